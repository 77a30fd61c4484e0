"""What outlasts whoever erased themselves: how much they used today, and what operators decided.

No word of theirs is in it. Without it erasing oneself would be a way around every limit, and would
lock out whoever was let in.
"""

import json
from datetime import date

from sqlalchemy import ColumnElement, Table, delete, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.settings import BY_OPERATORS, JSON
from bot.storage.tables import erased_settings, erased_usage, user_settings, user_usage


class Erased:
    """The shelf of what is kept until they come back; see `Users`, which fills and empties it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, user_id: int, *, day: date) -> None:
        """Before a person is erased: lay aside what outlasts them on this day."""
        is_todays = user_usage.c.day >= day
        is_decided = user_settings.c.name.in_(BY_OPERATORS)
        await self._copy(user_id, user_usage, erased_usage, is_todays)
        await self._copy(user_id, user_settings, erased_settings, is_decided)

    async def give_back(self, user_id: int, *, day: date) -> None:
        """A person is met for the first time, or again: what was laid aside is theirs."""
        await self._copy(user_id, erased_usage, user_usage, erased_usage.c.day >= day)
        await self._copy(user_id, erased_settings, user_settings, true())
        for table in (erased_usage, erased_settings):
            await self._connection.execute(delete(table).where(table.c.user_id == user_id))

    async def decided(self, user_id: int) -> dict[str, JSON]:
        """What operators decided about a person who is erased now."""
        theirs = select(erased_settings.c.name, erased_settings.c.value)
        rows = await self._connection.execute(theirs.where(erased_settings.c.user_id == user_id))
        return {name: json.loads(value) for name, value in rows}

    async def forget(self, *, before: date) -> None:
        """Drop what was used before this day. What operators decided stays."""
        old = erased_usage.c.day < before
        await self._connection.execute(delete(erased_usage).where(old))

    async def _copy(
        self, user_id: int, table: Table, into: Table, condition: ColumnElement[bool]
    ) -> None:
        names = [column.name for column in into.c if column.name in table.c]
        theirs = select(*(table.c[name] for name in names)).where(
            table.c.user_id == user_id, condition
        )
        made = insert_into(self._connection, into).from_select(names, theirs)
        await self._connection.execute(made.on_conflict_do_nothing())
