"""Conversations with the assistant, and the OnDemand sessions behind them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import conversations


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
    title: str | None
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
        mine = select(conversations).where(_is_open_in(place))
        row = (await self._connection.execute(mine)).one_or_none()
        if row is None:
            made = insert_into(self._connection, conversations).values(_row(place, at))
            await self._connection.execute(made.on_conflict_do_nothing())
            row = (await self._connection.execute(mine)).one()
        return Conversation(**row._mapping)

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
                return Conversation(**row._mapping)

    async def find(self, conversation_id: int) -> Conversation | None:
        """This conversation, open or closed, if it still is there."""
        mine = conversations.c.id == conversation_id
        row = (await self._connection.execute(select(conversations).where(mine))).one_or_none()
        return Conversation(**row._mapping) if row else None

    async def bind(self, conversation_id: int, session_id: str | None) -> None:
        """Continue in this session of OnDemand, or in a new one when it is `None`."""
        await self._set(conversation_id, session_id=session_id)

    async def rename(self, conversation_id: int, title: str) -> None:
        """Give a conversation its title."""
        await self._set(conversation_id, title=title)

    async def _set(self, conversation_id: int, **values: str | None) -> None:
        mine = conversations.c.id == conversation_id
        await self._connection.execute(update(conversations).where(mine).values(**values))


def _row(place: Place, at: datetime) -> dict[str, object]:
    return {
        "chat_id": place.chat_id,
        "topic_id": place.topic_id,
        "member_id": place.member_id,
        "opened_at": at,
    }


def _is_open_in(place: Place) -> ColumnElement[bool]:
    return (
        (conversations.c.chat_id == place.chat_id)
        & (conversations.c.topic_id == place.topic_id)
        & conversations.c.member_id.is_not_distinct_from(place.member_id)
        & conversations.c.closed_at.is_(None)
    )
