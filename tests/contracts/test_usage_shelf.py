"""What was used is counted, and limits hold, on both databases."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.conversation.usage import Reservation, reserve
from bot.storage import ADMITTED, JSON, OWN_ALLOWANCE, Allowance, Store, Transaction, Used
from bot.storage.tables import user_usage
from tests.conftest import HandClock

ANNA, BRUNO = 7_000_000_001, 7_000_000_002
GROUP, NEW_GROUP = -123, -1_001_234_567_890
TODAY = date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def _settled_in(store: Store, clock: HandClock) -> None:
    """Anna, Bruno and their group are known."""
    async with store.begin() as tx:
        for user in (ANNA, BRUNO):
            await tx.users.meet(user, language=None, at=clock.now())
        await tx.chats.meet(GROUP, kind="group", at=clock.now())


async def at_once(
    store: Store, times: int, work: Callable[[Transaction], Awaitable[bool]]
) -> Sequence[bool]:
    """Do this so many times in parallel, each in a transaction of its own."""

    async def once() -> bool:
        async with store.begin() as tx:
            return await work(tx)

    return await asyncio.gather(*(once() for _ in range(times)))


async def test_a_hundred_at_once_with_ten_left_are_ten(store: Store) -> None:
    """I send a hundred questions in one moment, and exactly ten are let in."""
    allowance = Allowance(questions=10)

    let_in = await at_once(store, 100, lambda tx: tx.usage.reserve(ANNA, TODAY, allowance))

    async with store.read() as tx:
        used = await tx.usage.of_user(ANNA, TODAY, TODAY)
    assert (sum(let_in), used) == (10, Used(questions=10))


async def test_the_bot_stops_at_its_own_limit_whoever_asks(store: Store) -> None:
    """A hundred of us ask in one moment, and exactly ten are answered."""
    let_in = await at_once(store, 100, lambda tx: tx.usage.reserve_of_all(TODAY, 10))

    async with store.read() as tx:
        asked = await tx.usage.of_all(TODAY)
    assert (sum(let_in), asked) == (10, 10)


async def test_both_limits_hold_at_once(store: Store, clock: HandClock) -> None:
    """The two of us ask fifty times each in one moment; the bot answers seven, and I at most five.

    Whoever the limit of all keeps out has not used up anything of their own.
    """
    allowance = Allowance(questions=5)

    async def ask(user: int) -> bool:
        async with store.begin() as tx:
            reserved = await reserve(tx, user, allowance, most=7, at=clock.now())
            return isinstance(reserved, Reservation)

    let_in = await asyncio.gather(*(ask(user) for _ in range(50) for user in (ANNA, BRUNO)))

    async with store.read() as tx:
        used = [(await tx.usage.of_user(user, TODAY, TODAY)).questions for user in (ANNA, BRUNO)]
        of_all = await tx.usage.of_all(TODAY)
    assert (sum(let_in), sum(used), of_all) == (7, 7, 7)
    assert max(used) <= 5


async def test_voice_is_let_in_as_long_as_all_of_it_fits(store: Store) -> None:
    """I send ten recordings of 25 seconds in one moment; of a minute, two are heard."""
    allowance = Allowance(voice=60)

    heard = await at_once(
        store, 10, lambda tx: tx.usage.reserve_voice(ANNA, TODAY, 25.0, allowance)
    )

    async with store.begin() as tx:
        shorter = await tx.usage.reserve_voice(ANNA, TODAY, 10.0, allowance)
        longer = await tx.usage.reserve_voice(ANNA, TODAY, 0.5, allowance)
        first_and_too_long = await tx.usage.reserve_voice(BRUNO, TODAY, 60.5, allowance)
    assert sum(heard) == 2
    assert (shorter, longer, first_and_too_long) == (True, False, False)


async def test_translations_are_made_up_to_the_limit(store: Store) -> None:
    """I want twenty translations in one moment, and exactly five are made; one that failed is mine
    again, and Bruno has his own.
    """
    allowance = Allowance(translations=5)

    made = await at_once(store, 20, lambda tx: tx.usage.reserve_translation(ANNA, TODAY, allowance))

    async with store.begin() as tx:
        await tx.usage.give_back(ANNA, TODAY, translations=1)
        again = [await tx.usage.reserve_translation(ANNA, TODAY, allowance) for _ in range(2)]
        others = await tx.usage.reserve_translation(BRUNO, TODAY, allowance)
        used = await tx.usage.of_user(ANNA, TODAY, TODAY)
    assert (sum(made), again, others) == (5, [True, False], True)
    assert used == Used(translations=5)


async def test_no_question_is_let_in_when_the_tokens_are_used(store: Store) -> None:
    """My tokens are gone, and so is my day, although I asked only once."""
    allowance = Allowance(questions=10, tokens=1000)
    async with store.begin() as tx:
        first = await tx.usage.reserve(ANNA, TODAY, allowance)
        await tx.usage.add(ANNA, TODAY, Used(tokens=1061))
        second = await tx.usage.reserve(ANNA, TODAY, allowance)
        without_limits = await tx.usage.reserve(ANNA, TODAY, Allowance())
        tomorrow = await tx.usage.reserve(ANNA, TODAY + timedelta(days=1), allowance)
        another = await tx.usage.reserve(BRUNO, TODAY, allowance)

    assert (first, second, without_limits, tomorrow, another) == (True, False, True, True, True)


async def test_what_is_given_back_can_be_used_again(store: Store) -> None:
    """A question that failed is mine again, and nobody gets more back than they gave."""
    async with store.begin() as tx:
        await tx.usage.reserve(ANNA, TODAY, Allowance())
        await tx.usage.reserve_of_all(TODAY, None)
        await tx.usage.reserve_voice(ANNA, TODAY, 10.0, Allowance())
        for _ in range(2):
            await tx.usage.give_back(ANNA, TODAY, questions=1, heard=7.5)
            await tx.usage.give_back_of_all(TODAY)
        await tx.usage.give_back(BRUNO, TODAY, questions=1)
        left = await tx.usage.of_user(ANNA, TODAY, TODAY), await tx.usage.of_all(TODAY)
        others = await tx.usage.of_user(BRUNO, TODAY, TODAY)

    assert (left, others) == ((Used(), 0), Used())


async def test_erasing_oneself_makes_no_new_day(store: Store, clock: HandClock) -> None:
    """I delete everything and come back: my question of today is asked, and that of before is gone.

    Tomorrow nothing is known of it any more.
    """
    allowance = Allowance(questions=1)
    async with store.begin() as tx:
        await tx.usage.add(ANNA, YESTERDAY, Used(questions=5))
        await tx.usage.reserve(ANNA, TODAY, allowance)
        await tx.users.erase(ANNA, at=clock.now())
        await tx.users.meet(ANNA, language=None, at=clock.now())
        await tx.users.erase(ANNA, at=clock.now())
        await tx.users.meet(ANNA, language=None, at=clock.now())
        again = await tx.usage.reserve(ANNA, TODAY, allowance)
        used = await tx.usage.of_user(ANNA, YESTERDAY, TODAY)
        await tx.users.erase(ANNA, at=clock.now())
        await tx.erased.forget(before=TODAY + timedelta(days=1))
        await tx.users.meet(ANNA, language=None, at=clock.now())
        tomorrow = await tx.usage.of_user(ANNA, YESTERDAY, TODAY)

    assert (again, used, tomorrow) == (False, Used(questions=1), Used())


async def test_what_operators_decided_outlasts_the_person(store: Store, clock: HandClock) -> None:
    """I was let in, with a limit of my own; I delete everything, and only what I chose is gone."""
    decided: dict[str, JSON] = {ADMITTED: True, OWN_ALLOWANCE: {"questions": 50}}
    async with store.begin() as tx:
        for name, value in {**decided, "language": "de"}.items():
            await tx.settings.set_for_user(ANNA, name, value)
        await tx.users.erase(ANNA, at=clock.now())
        erased = await tx.settings.of_user(ANNA)
        await tx.erased.forget(before=TODAY + timedelta(days=9))
        await tx.users.meet(ANNA, language=None, at=clock.now())
        found = await tx.settings.of_user(ANNA)

    assert (erased, found) == ({}, decided)


async def test_a_month_is_the_sum_of_its_days(store: Store) -> None:
    """I see what I used today, and all of it since the first of the month."""
    async with store.begin() as tx:
        for day in (date(2026, 10, 31), date(2026, 11, 1), YESTERDAY, TODAY, TODAY):
            await tx.usage.add(
                ANNA, day, Used(questions=1, tokens=100, heard=1.5, spoken=2.25, translations=1)
            )
    async with store.read() as tx:
        today = await tx.usage.of_user(ANNA, TODAY, TODAY)
        month = await tx.usage.of_user(ANNA, TODAY.replace(day=1), TODAY)
        nothing = await tx.usage.of_user(BRUNO, TODAY.replace(day=1), TODAY)

    assert today == Used(questions=2, tokens=200, heard=3.0, spoken=4.5, translations=2)
    assert month == Used(questions=4, tokens=400, heard=6.0, spoken=9.0, translations=4)
    assert nothing == Used()


async def test_counting_tells_the_sum_and_whether_there_is_anybody(store: Store) -> None:
    """Whoever was erased while they were answered is not counted, and nothing breaks."""
    async with store.begin() as tx:
        await tx.usage.add(ANNA, TODAY, Used(tokens=1))
        sums = [
            await tx.usage.add(ANNA, TODAY, Used(tokens=2)),
            await tx.usage.add_to_chat(GROUP, TODAY, Used(spoken=1.5)),
            await tx.usage.add(1, TODAY, Used(tokens=2)),
            await tx.usage.add_to_chat(-1, TODAY, Used(tokens=2)),
        ]

    assert sums == [Used(tokens=3), Used(spoken=1.5), None, None]


async def test_i_am_warned_once_a_day_and_told_once_an_hour(store: Store, clock: HandClock) -> None:
    """The bot says it, and does not nag; that voice is used up is another matter."""
    async with store.begin() as tx:
        too_early = await tx.usage.warn(ANNA, TODAY)
        await tx.usage.add(ANNA, TODAY, Used(tokens=1))
        warned = [await tx.usage.warn(ANNA, TODAY) for _ in range(2)]
        told = []
        for minutes in (0, 59, 1, 1):
            clock.advance(60 * minutes)
            told.append(await tx.usage.tell(ANNA, TODAY, "questions", at=clock.now(), pause=HOUR))
        of_voice = await tx.usage.tell(ANNA, TODAY, "voice", at=clock.now(), pause=HOUR)
        another = await tx.usage.tell(BRUNO, TODAY, "voice", at=clock.now(), pause=HOUR)
        used = await tx.usage.of_user(ANNA, TODAY, TODAY)

    assert (too_early, warned) == (False, [True, False])
    assert told == [True, False, True, False]
    assert (of_voice, another) == (True, True)
    assert used == Used(tokens=1)


async def test_a_group_that_moves_takes_its_count_along(store: Store, clock: HandClock) -> None:
    """Our group becomes a supergroup; what was used there before and after is one sum."""
    async with store.begin() as tx:
        for day in (YESTERDAY, TODAY):
            await tx.usage.add_to_chat(GROUP, day, Used(questions=2, tokens=10, heard=1.5))
        await tx.chats.meet(NEW_GROUP, kind="supergroup", at=clock.now())
        for day in (TODAY, TODAY + timedelta(days=1)):
            await tx.usage.add_to_chat(NEW_GROUP, day, Used(questions=1, tokens=5, spoken=2.5))

        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

        today = await tx.usage.of_chat(NEW_GROUP, TODAY, TODAY)
        all_days = await tx.usage.of_chat(NEW_GROUP, YESTERDAY, TODAY + timedelta(days=1))
        old = await tx.usage.of_chat(GROUP, YESTERDAY, TODAY)

    assert today == Used(questions=3, tokens=15, heard=1.5, spoken=2.5)
    assert all_days == Used(questions=6, tokens=30, heard=3.0, spoken=5.0)
    assert old == Used()


async def test_what_is_old_is_forgotten_and_so_is_whoever_asks_for_it(
    store: Store, clock: HandClock
) -> None:
    """Nothing is kept for longer than it is shown, and nothing at all of whom is erased."""
    async with store.begin() as tx:
        for day in (YESTERDAY, TODAY):
            for user in (ANNA, BRUNO):
                await tx.usage.add(user, day, Used(questions=1))
            await tx.usage.add_to_chat(GROUP, day, Used(questions=2))
            await tx.usage.reserve_of_all(day, None)
        await tx.usage.forget(before=TODAY)
        await tx.users.erase(BRUNO, at=clock.now())
        rows = await tx.connection.execute(select(user_usage.c.user_id, user_usage.c.day))
        left = [
            await tx.usage.of_chat(GROUP, YESTERDAY, TODAY),
            await tx.usage.of_all(YESTERDAY),
            await tx.usage.of_all(TODAY),
        ]

    assert [tuple(row) for row in rows] == [(ANNA, TODAY)]
    assert left == [Used(questions=2), 0, 1]
