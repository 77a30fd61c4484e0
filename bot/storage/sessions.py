"""Sessions of conversations that were deleted here, which OnDemand still has to forget."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import answers, conversations, sessions_left


class Sessions:
    """The shelf of sessions that are to be deleted at OnDemand."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def leave(self, session_id: str, *, at: datetime) -> None:
        """This one is to be deleted there, whatever happens now."""
        made = insert_into(self._connection, sessions_left).values(
            session_id=session_id, left_at=at, tried_at=at
        )
        await self._connection.execute(made.on_conflict_do_nothing())

    async def leave_chat(self, chat_id: int, *, at: datetime) -> None:
        """The same for all sessions of a chat, whose they are, when the chat is erased."""
        await self._leave(conversations.c.chat_id == chat_id, at=at)

    async def leave_user(self, user_id: int, *, at: datetime) -> None:
        """The same for those that a person spoke in, alone or with others."""
        is_theirs = (conversations.c.chat_id == user_id) | (conversations.c.member_id == user_id)
        asked = select(answers.c.conversation_id).where(answers.c.asker_id == user_id)
        await self._leave(is_theirs | conversations.c.id.in_(asked), at=at)

    async def is_left(self, session_id: str) -> bool:
        """Whether it was not deleted there yet."""
        mine = sessions_left.c.session_id == session_id
        found = await self._connection.scalar(select(sessions_left.c.session_id).where(mine))
        return found is not None

    async def left(self, *, tried_before: datetime, limit: int) -> list[str]:
        """Some that were not tried since this moment, those first that wait longest."""
        due = (
            select(sessions_left.c.session_id)
            .where(sessions_left.c.tried_at < tried_before)
            .order_by(sessions_left.c.tried_at, sessions_left.c.session_id)
            .limit(limit)
        )
        return list(await self._connection.scalars(due))

    async def note_try(self, session_id: str, *, at: datetime) -> None:
        """It could not be deleted now."""
        mine = sessions_left.c.session_id == session_id
        await self._connection.execute(update(sessions_left).where(mine).values(tried_at=at))

    async def end(self, session_id: str) -> None:
        """It is deleted there."""
        mine = sessions_left.c.session_id == session_id
        await self._connection.execute(delete(sessions_left).where(mine))

    async def forget(self, *, before: datetime) -> None:
        """Give up those that were left before this moment."""
        old = sessions_left.c.left_at < before
        await self._connection.execute(delete(sessions_left).where(old))

    async def _leave(self, condition: ColumnElement[bool], *, at: datetime) -> None:
        moment = literal(at, sessions_left.c.left_at.type)
        theirs = select(conversations.c.session_id, moment, moment).where(
            condition, conversations.c.session_id.is_not(None)
        )
        made = insert_into(self._connection, sessions_left).from_select(
            ["session_id", "left_at", "tried_at"], theirs
        )
        await self._connection.execute(made.on_conflict_do_nothing())
