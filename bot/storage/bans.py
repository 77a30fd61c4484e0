"""Whom the operators banned. It outlasts the person: erasing oneself lifts no ban."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import bans


class Bans:
    """The shelf of bans."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ban(self, user_id: int, *, at: datetime) -> None:
        """Answer this person no more. Banned again they stay as they are."""
        made = insert_into(self._connection, bans).values(user_id=user_id, banned_at=at)
        await self._connection.execute(made.on_conflict_do_nothing())

    async def lift(self, user_id: int) -> None:
        """Answer them again."""
        await self._connection.execute(delete(bans).where(bans.c.user_id == user_id))

    async def holds(self, user_id: int) -> bool:
        """Whether this person is banned."""
        found = select(bans.c.user_id).where(bans.c.user_id == user_id)
        return await self._connection.scalar(found) is not None

    async def is_news(self, user_id: int) -> bool:
        """Whether to tell them that they are banned: once."""
        first = update(bans).where(bans.c.user_id == user_id, ~bans.c.was_told)
        return (await self._connection.execute(first.values(was_told=True))).rowcount > 0
