"""Conversations are listed, opened again and deleted, on both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.storage import Place, Store
from bot.storage.store import Transaction
from tests.conftest import HandClock
from tests.contracts.residents import ANNA, BRUNO, GROUP, settle_in

SHARED = Place(GROUP)
SESSION = "6aca10000000000000000001"


async def converse(tx: Transaction, place: Place, *titles: str, at: HandClock) -> list[int]:
    """Open conversations with these titles."""
    made = []
    for title in titles:
        made.append((await tx.conversations.open_new(place, at=at.now())).id)
        await tx.conversations.rename(made[-1], title)
    return made


async def test_the_conversations_of_a_place_are_listed(store: Store, clock: HandClock) -> None:
    """I find those of this place, the newest first, and none that belongs to a member alone."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        await converse(tx, SHARED, "one", "two", "", at=clock)
        await tx.conversations.open_new(SHARED, at=clock.now())
        await converse(tx, Place(GROUP, 7), "of a topic", at=clock)
        await converse(tx, Place(GROUP, 0, ANNA), "hers", at=clock)
        await converse(tx, Place(GROUP, 0, BRUNO), "his", at=clock)

    async with store.read() as tx:
        everything = await tx.conversations.listed(SHARED, limit=9)
        second = await tx.conversations.listed(SHARED, limit=1, skip=1)
        hers = await tx.conversations.listed(Place(GROUP, 0, ANNA), limit=9)

    assert [each.title for each in everything] == ["", "two", "one"]
    assert [each.title for each in second] == ["two"]
    assert [each.title for each in hers] == ["hers"]


async def test_one_that_is_opened_again_is_the_only_open_one(
    store: Store, clock: HandClock
) -> None:
    """What I open goes on, what was open is kept, and what a member has alone stays open."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        old, _ = await converse(tx, SHARED, "one", "two", at=clock)
        (hers,) = await converse(tx, Place(GROUP, 0, ANNA), "hers", at=clock)
    for _ in range(2):
        async with store.begin() as tx:
            found = await tx.conversations.find(old)
            assert found is not None
            await tx.conversations.open_again(found, at=clock.now())

    async with store.begin() as tx:
        now = await tx.conversations.current(SHARED, at=clock.now())
        alone = await tx.conversations.current(Place(GROUP, 0, ANNA), at=clock.now())
        listed = await tx.conversations.listed(SHARED, limit=9)
    assert (now.id, alone.id) == (old, hers)
    assert [each.closed_at is None for each in listed] == [False, True]


async def test_what_was_said_goes_with_its_conversation(store: Store, clock: HandClock) -> None:
    """I delete it, and no answer of it is left; what I do to it afterwards finds nothing."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        (mine,) = await converse(tx, SHARED, "one", at=clock)
        for number in range(3):
            await tx.answers.keep(
                chat_id=GROUP,
                conversation_id=mine,
                asker_id=ANNA,
                question_message=number,
                question=f"{number}?",
                answer="yes",
                shown=[100 + number],
                at=clock.now(),
            )
        newest = await tx.answers.in_conversation(mine, limit=2)
        was_there = await tx.conversations.delete(mine)
        is_bound = await tx.conversations.bind(mine, SESSION)
        left = await tx.answers.in_conversation(mine, limit=9)
        shown = await tx.answers.shown_by(GROUP, 101)
        again = await tx.conversations.delete(mine)

    assert [each.question for each in newest] == ["1?", "2?"]
    assert (was_there, is_bound, left, shown, again) == (True, False, [], None, False)


async def test_sessions_are_left_until_they_are_deleted(store: Store, clock: HandClock) -> None:
    """Each is tried again after a while, in turn, and given up in the end."""
    begun = clock.now()
    async with store.begin() as tx:
        for number in range(3):
            await tx.sessions.leave(f"{number}", at=clock.now())
            await tx.sessions.leave(f"{number}", at=clock.now())
            clock.advance(60)
        await tx.sessions.note_try("0", at=clock.now())
        await tx.sessions.end("1")
        due = await tx.sessions.left(tried_before=clock.now(), limit=9)
        both = await tx.sessions.left(tried_before=clock.now() + timedelta(seconds=1), limit=9)
        one = await tx.sessions.left(tried_before=clock.now() + timedelta(seconds=1), limit=1)
        are_left = [await tx.sessions.is_left(f"{number}") for number in range(3)]
        await tx.sessions.forget(before=begun + timedelta(seconds=61))
        at_last = await tx.sessions.left(tried_before=clock.now() + timedelta(days=1), limit=9)

    assert (due, both, one) == (["2"], ["2", "0"], ["2"])
    assert are_left == [True, False, True]
    assert at_last == ["2"]


async def _five_sessions(tx: Transaction, clock: HandClock) -> None:
    """One of the group, one of a topic, one of each member there alone, and Anna's in private."""
    await settle_in(tx, clock)
    await tx.chats.meet(ANNA, kind="private", at=clock.now())
    places = {
        "group": SHARED,
        "topic": Place(GROUP, 7),
        "hers": Place(GROUP, 0, ANNA),
        "his": Place(GROUP, 7, BRUNO),
        "private": Place(ANNA, 3),
    }
    for session, place in places.items():
        conversation = await tx.conversations.current(place, at=clock.now())
        await tx.conversations.bind(conversation.id, session)
        await tx.conversations.open_new(place, at=clock.now())


async def test_sessions_of_whoever_is_erased_are_left_to_be_deleted(
    store: Store, clock: HandClock
) -> None:
    """I am forgotten; so is, at OnDemand, what I said to the assistant alone, wherever I did."""
    async with store.begin() as tx:
        await _five_sessions(tx, clock)
    async with store.begin() as tx:
        await tx.users.erase(ANNA, at=clock.now())
    clock.advance(1)
    async with store.begin() as tx:
        left = await tx.sessions.left(tried_before=clock.now(), limit=9)

    assert sorted(left) == ["hers", "private"]


async def _answer(
    tx: Transaction, conversation: int, asker: int, number: int, clock: HandClock
) -> None:
    """Keep an answer to somebody in the group."""
    await tx.answers.keep(
        chat_id=GROUP,
        conversation_id=conversation,
        asker_id=asker,
        question_message=number,
        question=f"question {number}",
        answer="Yes.",
        shown=[],
        at=clock.now(),
    )


async def test_nothing_of_whoever_is_erased_stays_in_what_others_share(
    store: Store, clock: HandClock
) -> None:
    """Where I asked among others the session is left, and a title made of my question is empty."""
    async with store.begin() as tx:
        await settle_in(tx, clock)
        mine, first, second, others = await converse(
            tx, SHARED, "mine", "first", "second", "others", at=clock
        )
        for number in (mine, first, second, others):
            await tx.conversations.bind(number, f"session {number}")
        await _answer(tx, mine, ANNA, 1, clock)
        await _answer(tx, first, ANNA, 2, clock)
        await _answer(tx, first, BRUNO, 3, clock)
        await _answer(tx, second, BRUNO, 4, clock)
        await _answer(tx, second, ANNA, 5, clock)
        await _answer(tx, others, BRUNO, 6, clock)
        await tx.users.erase(ANNA, at=clock.now())
        kept = [await tx.conversations.find(each) for each in (mine, first, second, others)]
        left = await tx.sessions.left(tried_before=clock.now() + timedelta(seconds=1), limit=9)

    found = [(each.title, each.session_id) for each in kept if each]
    assert found == [(None, None), ("", None), ("second", None), ("others", f"session {others}")]
    assert sorted(left) == sorted(f"session {each}" for each in (mine, first, second))


async def test_sessions_of_a_chat_that_is_erased_are_left_to_be_deleted(
    store: Store, clock: HandClock
) -> None:
    """Our group is forgotten, with all that we said there, and nothing that we said elsewhere."""
    async with store.begin() as tx:
        await _five_sessions(tx, clock)
    async with store.begin() as tx:
        await tx.chats.erase(GROUP, at=clock.now())
    clock.advance(1)
    async with store.begin() as tx:
        left = await tx.sessions.left(tried_before=clock.now(), limit=9)

    assert sorted(left) == ["group", "hers", "his", "topic"]


async def test_what_is_not_erased_leaves_no_session(store: Store, clock: HandClock) -> None:
    """An erasure that is taken back leaves everything as it was, at OnDemand too."""
    with pytest.raises(ZeroDivisionError):
        async with store.begin() as tx:
            await _five_sessions(tx, clock)
            await tx.users.erase(ANNA, at=clock.now())
            raise ZeroDivisionError
    async with store.read() as tx:
        left = await tx.sessions.left(tried_before=clock.now() + timedelta(days=1), limit=9)

    assert left == []


async def test_whoever_holds_a_conversation_knows_where_it_is(
    store: Store, clock: HandClock
) -> None:
    """The group moves while an answer is about to be kept: it is kept where the group is then."""
    supergroup = GROUP - 1
    async with store.begin() as tx:
        await settle_in(tx, clock)
        number = (await tx.conversations.current(SHARED, at=clock.now())).id
    has_moved = asyncio.Event()

    async def move() -> None:
        async with store.begin() as tx:
            await tx.chats.move(GROUP, supergroup, at=clock.now())
            has_moved.set()
            await asyncio.sleep(0.2)  # The other one asks meanwhile, and waits.

    async def hold() -> list[int]:
        await has_moved.wait()
        async with store.begin() as tx:
            held = await tx.conversations.hold(number)
            gone = await tx.conversations.hold(number + 1)
            assert gone is None
            return [held.chat_id] if held else []

    _, where = await asyncio.gather(move(), hold())

    assert where == [supergroup]


async def test_a_group_that_moves_leaves_no_session(store: Store, clock: HandClock) -> None:
    """We become a supergroup that was met before; what we talked about there goes on, too."""
    supergroup = -1_009_999_999_999
    async with store.begin() as tx:
        await _five_sessions(tx, clock)
        await tx.chats.meet(supergroup, kind="supergroup", at=clock.now())
        there = await tx.conversations.current(Place(supergroup), at=clock.now())
        await tx.conversations.bind(there.id, "there")
        await tx.chats.move(GROUP, supergroup, at=clock.now())
        left = await tx.sessions.left(tried_before=clock.now() + timedelta(days=1), limit=9)
        kept = await tx.conversations.find(there.id)

    assert left == []
    assert kept is not None
    assert kept.session_id == "there"


async def test_a_list_is_read_from_an_index(store: Store, clock: HandClock) -> None:
    """However many conversations others have, mine are found without looking at theirs."""
    async with store.begin() as tx:
        is_sqlite = tx.connection.dialect.name == "sqlite"
        if not is_sqlite:  # It would not trouble an index with a table this small.
            await tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
            await tx.connection.execute(text("SET LOCAL enable_bitmapscan = off"))
            await tx.connection.execute(text("SET LOCAL enable_sort = off"))
        where = "chat_id = 1 AND topic_id = 0 AND title IS NOT NULL"
        plans = []
        for whose in ("member_id IS NULL", "member_id = 5"):
            listed = f"SELECT * FROM conversations WHERE {where} AND {whose}"  # noqa: S608  # Ours.
            explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
            asked = text(f"{explain} {listed} ORDER BY id DESC LIMIT 7")
            plans.append(str((await tx.connection.execute(asked)).all()))

    assert "ix_conversations_listed_shared" in plans[0]
    assert "ix_conversations_listed_of_member" in plans[1]
    assert not any("TEMP B-TREE" in plan or "Sort" in plan for plan in plans)
