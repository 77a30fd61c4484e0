"""Chats the bot was in."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import chats


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat, as Telegram has it."""

    id: int
    #: Telegram's word: private, group, supergroup, channel, or one of tomorrow.
    kind: str
    #: The `externalUserId` of what the members of this chat share.
    external_id: str
    met_at: datetime


class Chats:
    """The shelf of chats."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def meet(self, chat_id: int, *, kind: str, at: datetime) -> Chat:
        """The chat with this Telegram id, made on first sight, with the kind it has now.

        Who is known as told costs no write.
        """
        known = await self.find(chat_id)
        if known and known.kind == kind:
            return known
        made = insert_into(self._connection, chats).values(
            id=chat_id, kind=kind, external_id=secrets.token_hex(16), met_at=at
        )
        kept = made.on_conflict_do_update(index_elements=["id"], set_={"kind": made.excluded.kind})
        row = (await self._connection.execute(kept.returning(*chats.c))).one()
        return Chat(**row._mapping)

    async def find(self, chat_id: int) -> Chat | None:
        """The chat with this Telegram id, if it is known."""
        found = await self._connection.execute(select(chats).where(chats.c.id == chat_id))
        row = found.one_or_none()
        return Chat(**row._mapping) if row else None

    async def erase(self, chat_id: int) -> bool:
        """Forget a chat and all that belongs to it. Whether there was anything to forget."""
        gone = await self._connection.execute(delete(chats).where(chats.c.id == chat_id))
        return gone.rowcount > 0
