"""Invitations, bans, broadcasts and numbers, on both databases."""

import asyncio
from datetime import timedelta

from bot.conversation.quotas import day_of
from bot.storage import ADMITTED, NO_NEWS, UNREACHABLE, Arrival, Guests, Store, Transaction, Used
from tests.conftest import HandClock

ANNA, BRUNO, CLARA, DIEGO, EMMA = range(7_000_000_001, 7_000_000_006)
EVERYBODY = (ANNA, BRUNO, CLARA, DIEGO, EMMA)
WEEK = timedelta(days=7)


async def meet(tx: Transaction, clock: HandClock, *people: int) -> None:
    """Make people known, each in their private chat."""
    for person in people:
        await tx.users.meet(person, language=None, at=clock.now())
        await tx.chats.meet(person, kind="private", at=clock.now())


async def test_an_invitation_is_used_up(store: Store, clock: HandClock) -> None:
    """Of ten who follow a link for three at once, three come in."""
    async with store.begin() as tx:
        invite = await tx.invites.make(uses=3, at=clock.now(), until=clock.now() + WEEK)

    async def follow() -> bool:
        async with store.begin() as tx:
            return await tx.invites.use(invite.token, at=clock.now())

    assert sum(await asyncio.gather(*(follow() for _ in range(10)))) == 3
    async with store.read() as tx:
        assert await tx.invites.open(at=clock.now(), limit=9) == []


async def test_an_invitation_ends(store: Store, clock: HandClock) -> None:
    """A link holds for a week, or until an operator ends it; then it lets nobody in."""
    async with store.begin() as tx:
        old = await tx.invites.make(uses=1, at=clock.now(), until=clock.now() + WEEK)
        clock.advance(3600)
        new = await tx.invites.make(uses=1, at=clock.now(), until=clock.now() + WEEK)
        listed = await tx.invites.open(at=clock.now(), limit=9)
        await tx.invites.revoke(new.token)
        revoked = await tx.invites.use(new.token, at=clock.now())
        clock.advance(WEEK.total_seconds())
        expired = await tx.invites.use(old.token, at=clock.now())
        await tx.invites.forget(before=clock.now())

    assert listed == [new, old]
    assert (revoked, expired) == (False, False)


async def test_a_ban_outlasts_the_person(store: Store, clock: HandClock) -> None:
    """I am banned, erase myself, and come back: I am banned still, until the ban is lifted."""
    async with store.begin() as tx:
        await meet(tx, clock, ANNA)
        await tx.bans.ban(ANNA, at=clock.now())
        await tx.bans.ban(ANNA, at=clock.now())
        news = [await tx.bans.is_news(ANNA), await tx.bans.is_news(ANNA)]
        await tx.users.erase(ANNA, at=clock.now())
        after = await tx.bans.holds(ANNA)
        await tx.bans.lift(ANNA)
        lifted = await tx.bans.holds(ANNA)

    assert news == [True, False]
    assert (after, lifted) == (True, False)


async def test_whom_a_broadcast_is_for(store: Store, clock: HandClock) -> None:
    """All with whom the bot talks in private, but who wants none, is gone, or is banned."""
    today = day_of(clock.now())
    async with store.begin() as tx:
        await meet(tx, clock, *EVERYBODY)
        await tx.users.meet(7_000_000_099, language=None, at=clock.now())  # Only in a group.
        await tx.chats.meet(-100, kind="supergroup", at=clock.now())
        await tx.settings.set_for_user(BRUNO, NO_NEWS, True)
        await tx.settings.set_for_user(CLARA, UNREACHABLE, True)
        await tx.bans.ban(DIEGO, at=clock.now())
        await tx.usage.add(EMMA, today - timedelta(days=6), Used(questions=1))
        await tx.usage.add(ANNA, today - timedelta(days=7), Used(questions=1))
        counts = [await tx.broadcasts.audience(days, today=today) for days in (None, 7, 30)]

    assert counts == [2, 1, 2]


async def test_a_broadcast_is_for_those_who_may_come_in(store: Store, clock: HandClock) -> None:
    """I was let in, Bruno runs the bot, Clara was turned away, and the others only wrote to it.

    Where everybody may come in, Clara is not written to before she has.
    """
    today = day_of(clock.now())
    private = Guests(is_everybody=False, operators=[BRUNO])
    async with store.begin() as tx:
        await meet(tx, clock, *EVERYBODY)
        await tx.users.turn_away(ANNA, at=clock.now(), pause=WEEK)
        await tx.users.turn_away(CLARA, at=clock.now(), pause=WEEK)
        await tx.settings.set_for_user(ANNA, ADMITTED, True)
        let_in = await tx.broadcasts.audience(None, today=today, guests=private)
        before = await tx.broadcasts.audience(None, today=today)
        await tx.users.welcome(CLARA)
        after = await tx.broadcasts.audience(None, today=today)
        number = await tx.broadcasts.draft(BRUNO, "News.", pace=10, at=clock.now())
        await tx.broadcasts.begin(number, today=today, guests=private)
        claimed = [await tx.broadcasts.claim(number) for _ in range(3)]

    assert (let_in, before, after) == (2, 4, 5)
    assert claimed == [ANNA, BRUNO, None]


async def test_whoever_is_turned_away_hears_so_after_a_pause(
    store: Store, clock: HandClock
) -> None:
    """I knock again and again: I am told now, and when the pause is over, or when I was in."""
    async with store.begin() as tx:
        await meet(tx, clock, ANNA)
        told = [await tx.users.turn_away(ANNA, at=clock.now(), pause=WEEK) for _ in range(2)]
        clock.advance(WEEK.total_seconds())
        told.append(await tx.users.turn_away(ANNA, at=clock.now(), pause=WEEK))
        await tx.users.welcome(ANNA)
        told.append(await tx.users.turn_away(ANNA, at=clock.now(), pause=WEEK))

    assert told == [True, False, True, True]


async def test_nobody_is_claimed_twice(store: Store, clock: HandClock) -> None:
    """However many send the same broadcast at once, each person is written to by one of them."""
    async with store.begin() as tx:
        await meet(tx, clock, *EVERYBODY)
        number = await tx.broadcasts.draft(ANNA, "News.", pace=10, at=clock.now())
        begun = [await tx.broadcasts.begin(number, today=day_of(clock.now())) for _ in range(2)]

    async def claim() -> int | None:
        async with store.begin() as tx:
            return await tx.broadcasts.claim(number)

    claimed: list[int] = []
    for _ in range(10):
        claimed += filter(None, await asyncio.gather(*(claim() for _ in range(3))))

    assert begun == [True, False]
    assert sorted(claimed) == list(EVERYBODY)


async def test_what_became_of_a_broadcast(store: Store, clock: HandClock) -> None:
    """It is done when nobody is left; whoever was being written to when we died is unsure."""
    async with store.begin() as tx:
        await meet(tx, clock, ANNA, BRUNO, CLARA)
        number = await tx.broadcasts.draft(ANNA, "News.", pace=10, at=clock.now())
        await tx.broadcasts.revise(number, active_days=None, pace=2)
        await tx.broadcasts.begin(number, today=day_of(clock.now()))
        await tx.broadcasts.revise(number, active_days=7, pace=20)  # Too late.
        await tx.broadcasts.mark(number, await tx.broadcasts.claim(number) or 0, "sent")
        await tx.broadcasts.claim(number)
        unsure = await tx.broadcasts.leave_unsure(number)
        early = await tx.broadcasts.finish(number)
        paused = await tx.broadcasts.turn(number, "paused", before=("running",))
        held = await tx.broadcasts.claim(number)
        await tx.broadcasts.turn(number, "running", before=("paused",))
        await tx.broadcasts.mark(number, await tx.broadcasts.claim(number) or 0, "unreachable")
        done = await tx.broadcasts.finish(number)
        tally = await tx.broadcasts.tally(number)
        found = await tx.broadcasts.find(number)

    assert (unsure, early, paused, held, done) == (1, False, True, None, True)
    assert tally == {"sent": 1, "unsure": 1, "unreachable": 1}
    assert found is not None
    assert (found.text, found.pace, found.active_days, found.state) == ("News.", 2, None, "done")


async def test_who_is_erased_is_written_to_no_more(store: Store, clock: HandClock) -> None:
    """I erase myself while a broadcast runs: it does not know me any more."""
    async with store.begin() as tx:
        await meet(tx, clock, ANNA, BRUNO)
        number = await tx.broadcasts.draft(ANNA, "News.", pace=10, at=clock.now())
        await tx.broadcasts.begin(number, today=day_of(clock.now()))
        await tx.users.erase(ANNA, at=clock.now())
        claimed = [await tx.broadcasts.claim(number) for _ in range(2)]

    assert claimed == [BRUNO, None]


async def test_the_numbers_of_a_day(store: Store, clock: HandClock) -> None:
    """They are the sums of all people on this day, and of no other."""
    today = day_of(clock.now())
    async with store.begin() as tx:
        await meet(tx, clock, ANNA, BRUNO, CLARA)
        for person in (ANNA, BRUNO):
            await tx.usage.add(person, today, Used(questions=1, tokens=5, heard=1.5, spoken=2.0))
            await tx.usage.reserve_of_all(today, None)
        await tx.usage.add(CLARA, today - timedelta(days=1), Used(questions=9))
        await tx.usage.reserve_of_all(today - timedelta(days=1), None)
        await tx.inbox.accept([Arrival(1, "talk:1:0", "message", "{}")], at=clock.now())
        entry = await tx.inbox.find(1)
        assert entry is not None
        lane = await tx.inbox.take_over(entry.lane, at=clock.now())
        await lane.bury([entry], at=clock.now(), failure="E")
        trails = {2: "refused file 0.10", 3: "entered 0.10", 4: "entered 0.10;refused E 1.00"}
        for number, trail in trails.items():
            arrival = Arrival(number, f"talk:{number}:0", "message", "{}")
            await tx.inbox.accept([arrival], at=clock.now())
            entry = await tx.inbox.find(number)
            assert entry is not None
            hold = await tx.inbox.take_over(entry.lane, at=clock.now())
            await hold.settle([entry], at=clock.now(), trail=trail)
        numbers = await tx.statistics.of_day(today)
        days = await tx.statistics.questions(today - timedelta(days=9), today)

    assert (numbers.known, numbers.people, numbers.questions) == (3, 2, 2)
    assert (numbers.tokens, numbers.voice) == (10, 7.0)
    assert (numbers.parked, numbers.failed) == (1, 2)
    assert days == {today: 2, today - timedelta(days=1): 1}


async def test_what_is_buried_for_good_says_nothing_any_more(
    store: Store, clock: HandClock
) -> None:
    """An operator buries an entry: its words are scrubbed, and nobody finds it given up again."""
    async with store.begin() as tx:
        await tx.inbox.accept([Arrival(1, "talk:1:0", "message", "words")], at=clock.now())
        entry = await tx.inbox.find(1)
        assert entry is not None
        lane = await tx.inbox.take_over(entry.lane, at=clock.now())
        await lane.bury([entry], at=clock.now(), failure="E", trail="entered 0.10")
        (parked,) = await tx.inbox.parked(limit=9)
        buried = [await tx.inbox.discard(parked, at=clock.now()) for _ in range(2)]
        reopened = await tx.inbox.reopen(parked, at=clock.now())
        after = await tx.inbox.find(1)

    assert (buried, reopened) == ([True, False], False)
    assert after is not None
    assert (after.state, after.payload, after.trail) == ("settled", None, "entered 0.10")


async def test_of_many_operators_one_deals_with_what_was_given_up(
    store: Store, clock: HandClock
) -> None:
    """Ten of us press at once, some to bury it and some to have it tried again: one of us does."""
    async with store.begin() as tx:
        await tx.inbox.accept([Arrival(1, "talk:1:0", "message", "words")], at=clock.now())
        entry = await tx.inbox.find(1)
        assert entry is not None
        lane = await tx.inbox.take_over(entry.lane, at=clock.now())
        await lane.bury([entry], at=clock.now(), failure="E")
        (parked,) = await tx.inbox.parked(limit=9)

    async def press(number: int) -> bool:
        async with store.begin() as tx:
            deal = tx.inbox.reopen if number % 2 else tx.inbox.discard
            return await deal(parked, at=clock.now())

    assert sum(await asyncio.gather(*(press(number) for number in range(10)))) == 1


async def test_everybody_with_a_choice_is_found(store: Store, clock: HandClock) -> None:
    """Who chose something is found by its name; who took it back, or erased themselves, is not."""
    async with store.begin() as tx:
        await meet(tx, clock, ANNA, BRUNO, CLARA, DIEGO)
        for person in (CLARA, BRUNO, ANNA):
            await tx.settings.set_for_user(person, NO_NEWS, True)
        await tx.settings.set_for_user(DIEGO, "language", "es")
        await tx.settings.set_for_user(BRUNO, NO_NEWS, None)
        await tx.users.erase(CLARA, at=clock.now())
        found = await tx.settings.users_with(NO_NEWS)

    assert found == [ANNA]
