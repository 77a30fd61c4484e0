"""Invitations: links that let so many people in, until a moment."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import invites


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation that may still be used."""

    #: Random; whoever has it may come in.
    token: str
    uses_left: int
    made_at: datetime
    expires_at: datetime


class Invites:
    """The shelf of invitations."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def make(self, *, uses: int, at: datetime, until: datetime) -> Invite:
        """A new one, for so many people."""
        invite = Invite(secrets.token_urlsafe(12), uses, at, until)
        await self._connection.execute(
            invites.insert().values(
                token=invite.token, uses_left=uses, made_at=at, expires_at=until
            )
        )
        return invite

    async def use(self, token: str, *, at: datetime) -> bool:
        """Let one person in by it. Whether it still holds; of two with the last use one gets it."""
        holds = (invites.c.uses_left > 0) & (invites.c.expires_at > at)
        used = await self._connection.execute(
            update(invites)
            .where(invites.c.token == token, holds)
            .values(uses_left=invites.c.uses_left - 1)
        )
        return used.rowcount > 0

    async def open(self, *, at: datetime, limit: int) -> Sequence[Invite]:
        """Those that may still be used, the newest first."""
        found = await self._connection.execute(
            select(invites)
            .where(invites.c.uses_left > 0, invites.c.expires_at > at)
            .order_by(invites.c.made_at.desc(), invites.c.token)
            .limit(limit)
        )
        return [Invite(**row._mapping) for row in found]

    async def revoke(self, token: str) -> None:
        """Let nobody in by it any more. Whoever came in stays in."""
        await self._connection.execute(delete(invites).where(invites.c.token == token))

    async def forget(self, *, before: datetime) -> None:
        """Drop those that expired before this moment."""
        await self._connection.execute(delete(invites).where(invites.c.expires_at < before))
