"""A group that becomes a supergroup, or is known by another number: all it has goes along."""

import dataclasses
from datetime import datetime

from sqlalchemy import select, update

from bot.storage import (
    Menu,
    Place,
    Store,
)
from bot.storage.store import Transaction
from bot.storage.tables import chats, conversations
from tests.conftest import HandClock
from tests.contracts.residents import ANNA, GROUP, settle_in


async def test_a_chat_that_changes_its_id_takes_everything_along(
    store: Store, clock: HandClock
) -> None:
    """Our group became a supergroup, and its conversation and settings came along."""
    supergroup = -1_009_999_999_999
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        await tx.conversations.current(Place(GROUP), at=clock.now())
        await tx.settings.set_for_chat(GROUP, "languages", ["en"])
        moved = update(chats).where(chats.c.id == GROUP).values(id=supergroup)
        await tx.connection.execute(moved)
    async with store.begin() as tx:
        conversation = await tx.conversations.current(Place(supergroup), at=clock.now())
        settings = await tx.settings.of_chat(supergroup)
        erased = await tx.chats.erase(supergroup, at=clock.now())
    async with store.read() as tx:
        left = (await tx.connection.execute(select(conversations))).all()

    assert conversation.opened_at == clock.now()
    assert settings == {"languages": ["en"]}
    assert (erased, left) == (True, [])


NEW_GROUP = -1_009_876_543_210


async def ask_in(tx: Transaction, chat: int, conversation: int, message: int, at: datetime) -> int:
    """Keep an answer to Anna's question in this chat, shown by the message after it."""
    return await tx.answers.keep(
        chat_id=chat,
        conversation_id=conversation,
        asker_id=ANNA,
        question_message=message,
        question=f"Question {message} in {chat}?",
        answer="Yes.",
        shown=[message + 1],
        at=at,
    )


async def test_a_group_moves_with_all_it_has(store: Store, clock: HandClock) -> None:
    """Our group becomes a supergroup; it is the same company, talks on, and keeps its choices."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        before = await tx.chats.find(GROUP)
        talk = await tx.conversations.current(Place(GROUP, topic_id=5), at=clock.now())
        await ask_in(tx, GROUP, talk.id, 7, clock.now())
        await tx.settings.set_for_chat(GROUP, "language", "pt")

    async with store.begin() as tx:
        has_moved = await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

    async with store.begin() as tx:
        after = await tx.chats.find(NEW_GROUP)
        assert before is not None
        assert after is not None
        assert has_moved
        assert after == dataclasses.replace(
            before, id=NEW_GROUP, kind="supergroup", moved_from=GROUP
        )
        assert await tx.chats.find(GROUP) is None
        place = Place(NEW_GROUP, topic_id=5)
        assert (await tx.conversations.current(place, at=clock.now())).id == talk.id
        assert await tx.settings.of_chat(NEW_GROUP) == {"language": "pt"}


async def test_numbers_of_messages_do_not_move(store: Store, clock: HandClock) -> None:
    """Messages count from one again after the move: number 8 is no longer our old answer."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        talk = await tx.conversations.current(Place(GROUP), at=clock.now())
        old = await ask_in(tx, GROUP, talk.id, 7, clock.now())
        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

        assert await tx.answers.shown_by(NEW_GROUP, 8) is None
        assert await tx.answers.to_question(NEW_GROUP, 7) is None
        new = await ask_in(tx, NEW_GROUP, talk.id, 7, clock.now())
        assert new != old


async def test_menus_of_before_the_move_stand_nowhere(store: Store, clock: HandClock) -> None:
    """A reply to message 8 of the new group is no word for the menu that message 8 once showed.

    A menu that was opened there before the bot heard of the move stays what it is, and one that is
    just being posted may be.
    """
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        await tx.chats.meet(NEW_GROUP, kind="supergroup", at=clock.now())
        old = await menu_in(tx, GROUP, 8, clock.now())
        posting = await menu_in(tx, GROUP, None, clock.now())
        new = await menu_in(tx, NEW_GROUP, 3, clock.now())
        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

        moved = [await tx.menus.find(menu.name) for menu in (old, posting, new)]
        by_number = [await tx.menus.shown_by(NEW_GROUP, number) for number in (8, 3)]

    assert [menu and (menu.chat_id, menu.message_id) for menu in moved] == [
        (NEW_GROUP, None),
        (NEW_GROUP, None),
        (NEW_GROUP, 3),
    ]
    assert by_number == [None, moved[2]]


async def menu_in(tx: Transaction, chat: int, message: int | None, at: datetime) -> Menu:
    """A menu of Anna's that stands in this message."""
    menu = await tx.menus.open(
        chat_id=chat, topic_id=0, user_id=ANNA, kind="voice", state={}, at=at
    )
    await tx.menus.keep(dataclasses.replace(menu, message_id=message))
    return menu


async def test_a_group_moves_once_whoever_says_so_first(store: Store, clock: HandClock) -> None:
    """Telegram tells of the move up to three times, in any order; it happens once."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        moves = [await tx.chats.move(GROUP, NEW_GROUP, at=clock.now()) for _ in range(3)]

        assert moves == [True, False, False]
        assert not await tx.chats.move(NEW_GROUP, NEW_GROUP, at=clock.now())


async def test_what_began_in_the_new_group_before_the_move_is_kept(
    store: Store, clock: HandClock
) -> None:
    """Somebody asks in the new group before the bot hears of the move; nothing of it is lost."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        before = await tx.chats.find(GROUP)
        old_talk = await tx.conversations.current(Place(GROUP), at=clock.now())
        await ask_in(tx, GROUP, old_talk.id, 3, clock.now())
        await tx.settings.set_for_chat(GROUP, "language", "pt")
        clock.advance(60)
        await tx.chats.meet(NEW_GROUP, kind="supergroup", at=clock.now())
        new_talk = await tx.conversations.current(Place(NEW_GROUP), at=clock.now())
        await ask_in(tx, NEW_GROUP, new_talk.id, 3, clock.now())
        await tx.settings.set_for_chat(NEW_GROUP, "language", "es")

        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())

        after = await tx.chats.find(NEW_GROUP)
        assert before is not None
        assert after is not None
        assert after.external_id == before.external_id
        current = await tx.conversations.current(Place(NEW_GROUP), at=clock.now())
        assert current.id == old_talk.id
        closed = await tx.conversations.find(new_talk.id)
        assert closed is not None
        assert (closed.chat_id, closed.closed_at) == (NEW_GROUP, clock.now())
        shown = await tx.answers.shown_by(NEW_GROUP, 4)
        assert shown is not None
        assert shown.conversation_id == new_talk.id
        assert await tx.settings.of_chat(NEW_GROUP) == {"language": "es"}


async def test_an_update_of_the_old_group_that_comes_late_does_no_harm(
    store: Store, clock: HandClock
) -> None:
    """A message from before the move is worked on after it; the group's conversation stays open."""
    async with store.begin() as tx:
        await settle_in(tx, clock, kind="group")
        talk = await tx.conversations.current(Place(GROUP), at=clock.now())
        await ask_in(tx, GROUP, talk.id, 7, clock.now())
        await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())
        clock.advance(60)

        met = await tx.chats.meet(GROUP, kind="group", at=clock.now())

        assert met.id == NEW_GROUP
        late = await tx.conversations.current(Place(met.id), at=clock.now())
        assert late.id == talk.id
        # Told of the move again, it moves nothing.
        assert not await tx.chats.move(GROUP, NEW_GROUP, at=clock.now())
        assert await tx.chats.find(GROUP) is None
