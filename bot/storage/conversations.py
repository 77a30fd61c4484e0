"""Conversations with the assistant, and the OnDemand sessions behind them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, delete, exists, literal, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.settings import JSON
from bot.storage.tables import answers, chats, conversations


@dataclass(frozen=True, slots=True)
class Place:
    """Where one conversation is open at a time: a chat, a topic of it, or one member there."""

    chat_id: int
    #: Zero outside a topic.
    topic_id: int = 0
    #: Set where the members of a group talk to the assistant each alone.
    member_id: int | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread of questions and answers that remembers what was said."""

    id: int
    chat_id: int
    topic_id: int
    member_id: int | None
    #: OnDemand's session; `None` until the first question needs one.
    session_id: str | None
    #: Set when something was answered in it; empty where the question had no words for one.
    title: str | None
    #: Those that were chosen for it alone; `None` where it has what its person or group has.
    plugins: JSON
    opened_at: datetime
    closed_at: datetime | None


class Conversations:
    """The shelf of conversations."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def current(self, place: Place, *, at: datetime) -> Conversation:
        """The open conversation of this place, opened if there is none.

        Of two that ask at once, both get the same one.
        """
        while (found := await self.open_in(place)) is None:
            made = insert_into(self._connection, conversations).values(_row(place, at))
            await self._connection.execute(made.on_conflict_do_nothing())
        return found

    async def open_in(self, place: Place) -> Conversation | None:
        """The open conversation of this place, if there is one."""
        return await self._one(_is_open_in(place))

    async def open_new(self, place: Place, *, at: datetime) -> Conversation:
        """A fresh conversation. The one that was open is closed and kept.

        Of two that ask at once, both get one of their own, and the later one stays open.
        """
        close = update(conversations).where(_is_open_in(place)).values(closed_at=at)
        made = insert_into(self._connection, conversations).values(_row(place, at))
        opened = made.on_conflict_do_nothing().returning(*conversations.c)
        while True:  # Each turn more means that somebody else opened one meanwhile.
            await self._connection.execute(close)
            if row := (await self._connection.execute(opened)).one_or_none():
                return _from(row)

    async def find(self, conversation_id: int) -> Conversation | None:
        """This conversation, open or closed, if it still is there."""
        return await self._one(conversations.c.id == conversation_id)

    async def hold(self, conversation_id: int) -> Conversation | None:
        """The same, in a chat that does not move before the transaction ends.

        A move that is under way is waited for. It locks the chat before its conversations, and so
        does this.
        """
        held = (
            select(conversations)
            .join(chats, chats.c.id == conversations.c.chat_id)
            .where(conversations.c.id == conversation_id)
            .with_for_update(read=True, key_share=True, of=chats)
        )
        while await self.find(conversation_id) is not None:
            row = (await self._connection.execute(held)).one_or_none()
            if row is not None:  # Else its chat had moved by the time we had waited for it.
                return _from(row)
        return None

    async def listed(self, place: Place, *, limit: int, skip: int = 0) -> Sequence[Conversation]:
        """The conversations of this place in which something was answered, newest first."""
        listed = (
            select(conversations)
            .where(_is_in(place), conversations.c.title.is_not(None))
            .order_by(conversations.c.id.desc())
            .limit(limit)
            .offset(skip)
        )
        return [_from(row) for row in await self._connection.execute(listed)]

    async def open_again(self, conversation: Conversation, *, at: datetime) -> None:
        """Continue this one from now on. The one that is open in its place is closed and kept."""
        place = Place(conversation.chat_id, conversation.topic_id, conversation.member_id)
        mine = conversations.c.id == conversation.id
        others = _is_open_in(place) & ~mine
        await self._connection.execute(update(conversations).where(others).values(closed_at=at))
        await self._connection.execute(update(conversations).where(mine).values(closed_at=None))

    async def bind(self, conversation_id: int, session_id: str | None) -> bool:
        """Continue in this session of OnDemand, or in a new one when it is `None`.

        Tells whether the conversation is still there.
        """
        return await self._set(conversation_id, session_id=session_id)

    async def rename(self, conversation_id: int, title: str) -> None:
        """Give a conversation its title."""
        await self._set(conversation_id, title=title)

    async def choose_plugins(self, conversation_id: int, plugins: JSON) -> None:
        """Let it have plugins of its own; `None` lets it have those of its person or group."""
        kept = None if plugins is None else json.dumps(plugins)
        await self._set(conversation_id, plugins=kept)

    async def delete(self, conversation_id: int) -> bool:
        """Forget a conversation with its questions and answers. Whether it was there."""
        mine = conversations.c.id == conversation_id
        gone = await self._connection.execute(delete(conversations).where(mine))
        return gone.rowcount > 0

    async def let_go(self, user_id: int) -> None:
        """Before a person is erased: keep nothing of theirs in what they shared with others.

        The session holds their words, so the next question begins a new one. A title was made of
        the first question: where that was theirs it is emptied, whoever has changed it since. Where
        nobody else asked anything it is as if nothing had been answered.
        """
        mine = answers.c.conversation_id == conversations.c.id
        first = select(answers.c.asker_id).where(mine).order_by(answers.c.id).limit(1)
        others = exists().where(mine, answers.c.asker_id != user_id)
        title = case(
            (~others, null()),
            (first.scalar_subquery() == user_id, literal("", conversations.c.title.type)),
            else_=conversations.c.title,
        )
        asked = select(answers.c.conversation_id).where(answers.c.asker_id == user_id)
        await self._connection.execute(
            update(conversations)
            .where(conversations.c.id.in_(asked))
            .values(session_id=None, title=title)
        )

    async def _one(self, is_it: ColumnElement[bool]) -> Conversation | None:
        row = (await self._connection.execute(select(conversations).where(is_it))).one_or_none()
        return _from(row) if row else None

    async def _set(self, conversation_id: int, **values: str | None) -> bool:
        mine = conversations.c.id == conversation_id
        done = await self._connection.execute(update(conversations).where(mine).values(**values))
        return done.rowcount > 0


def _from(row: Row[Any]) -> Conversation:
    kept = row._mapping["plugins"]
    return Conversation(**{**row._mapping, "plugins": None if kept is None else json.loads(kept)})


def _row(place: Place, at: datetime) -> dict[str, object]:
    return {
        "chat_id": place.chat_id,
        "topic_id": place.topic_id,
        "member_id": place.member_id,
        "opened_at": at,
    }


def _is_open_in(place: Place) -> ColumnElement[bool]:
    return _is_in(place) & conversations.c.closed_at.is_(None)


def _is_in(place: Place) -> ColumnElement[bool]:
    """In words that both databases find in an index."""
    member = conversations.c.member_id
    return (
        (conversations.c.chat_id == place.chat_id)
        & (conversations.c.topic_id == place.topic_id)
        & (member.is_(None) if place.member_id is None else member == place.member_id)
    )
