"""What people and groups chose: a JSON value under a name."""

import json
from typing import Final, TypeAlias

from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import chat_settings, user_settings

#: The setting of a person whom an operator or an invitation let in.
ADMITTED: Final = "admitted"

#: The setting that holds a limit of somebody's own, as an operator gave it.
OWN_ALLOWANCE: Final = "allowance"

#: What operators decided about a person, who cannot undo it by erasing themselves.
BY_OPERATORS: Final = (ADMITTED, OWN_ALLOWANCE)

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"


class Settings:
    """The shelf of choices. What was never chosen is absent; defaults live with who reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_user(self, user_id: int) -> dict[str, JSON]:
        """Everything this person chose."""
        return await self._all(user_settings, {"user_id": user_id})

    async def of_chat(self, chat_id: int, topic_id: int = 0) -> dict[str, JSON]:
        """Everything this group chose, for itself or for one of its topics."""
        return await self._all(chat_settings, {"chat_id": chat_id, "topic_id": topic_id})

    async def users_with(self, name: str) -> list[int]:
        """Everybody who chose something under this name."""
        theirs = select(user_settings.c.user_id).where(user_settings.c.name == name)
        found = await self._connection.scalars(theirs.order_by(user_settings.c.user_id))
        return list(found)

    async def set_for_user(self, user_id: int, name: str, value: JSON) -> None:
        """Remember a choice of this person; `None` forgets it."""
        await self._set(user_settings, {"user_id": user_id}, name, value)

    async def set_for_chat(
        self, chat_id: int, name: str, value: JSON, *, topic_id: int = 0
    ) -> None:
        """Remember a choice of this group or topic; `None` forgets it."""
        owner = {"chat_id": chat_id, "topic_id": topic_id}
        await self._set(chat_settings, owner, name, value)

    async def _all(self, table: Table, owner: dict[str, int]) -> dict[str, JSON]:
        rows = await self._connection.execute(
            select(table.c.name, table.c.value).filter_by(**owner)
        )
        return {name: json.loads(value) for name, value in rows}

    async def _set(self, table: Table, owner: dict[str, int], name: str, value: JSON) -> None:
        if value is None:
            gone = delete(table).filter_by(**owner, name=name)
            await self._connection.execute(gone)
            return
        made = insert_into(self._connection, table).values(
            **owner, name=name, value=json.dumps(value)
        )
        kept = made.on_conflict_do_update(
            index_elements=[*owner, "name"], set_={"value": made.excluded.value}
        )
        await self._connection.execute(kept)
