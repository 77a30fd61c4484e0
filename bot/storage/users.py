"""People, and who OnDemand believes they are."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.conversations import Conversations
from bot.storage.dialects import insert_into
from bot.storage.erased import Erased
from bot.storage.files import Files
from bot.storage.inbox import Inbox
from bot.storage.sessions import Sessions
from bot.storage.tables import chats, users

#: An IETF tag, roughly. Telegram hands on what the person's app says.
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")


@dataclass(frozen=True, slots=True)
class User:
    """A person who uses the bot."""

    id: int
    #: The `externalUserId` of this person at OnDemand.
    external_id: str
    language: str | None
    met_at: datetime
    #: When they were last told that they may not come in; `None` since they may.
    refused_at: datetime | None


class Users:
    """The shelf of people."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def meet(self, user_id: int, *, language: str | None, at: datetime) -> User:
        """The person with this Telegram id, made on first sight.

        The language is the newest one told; what cannot be a language is not kept. Of two that meet
        a person at once, both get the same external id. Who is known as told costs no write.
        """
        if language and not _LANGUAGE.fullmatch(language):
            language = None
        known = await self.find(user_id)
        if known and language in {None, known.language}:
            return known
        made = insert_into(self._connection, users).values(
            id=user_id, external_id=secrets.token_hex(16), language=language, met_at=at
        )
        kept = made.on_conflict_do_update(
            index_elements=["id"],
            set_={"language": func.coalesce(made.excluded.language, users.c.language)},
        )
        row = (await self._connection.execute(kept.returning(*users.c))).one()
        if known is None:
            await Erased(self._connection).give_back(user_id, day=at.date())
        return User(**row._mapping)

    async def find(self, user_id: int) -> User | None:
        """The person with this Telegram id, if it is known."""
        found = await self._connection.execute(select(users).where(users.c.id == user_id))
        row = found.one_or_none()
        return User(**row._mapping) if row else None

    async def turn_away(self, user_id: int, *, at: datetime, pause: timedelta) -> bool:
        """They may not come in. Whether to tell them: not again until a pause is over."""
        is_news = users.c.refused_at.is_(None) | (users.c.refused_at <= at - pause)
        told = update(users).where(users.c.id == user_id, is_news).values(refused_at=at)
        return (await self._connection.execute(told)).rowcount > 0

    async def welcome(self, user_id: int) -> None:
        """They may come in now, who were turned away."""
        mine = users.c.id == user_id
        await self._connection.execute(update(users).where(mine).values(refused_at=None))

    async def erase(self, user_id: int, *, at: datetime) -> bool:
        """Forget a person and all that belongs to them. Whether there was anything to forget.

        Their private chat goes too: it has the same id. What was given up there is scrubbed. The
        files they sent and the sessions they spoke in are handed over to be deleted at OnDemand.
        What they used today and what operators decided about them comes back with them; see
        `Erased`.
        """
        await Erased(self._connection).keep(user_id, day=at.date())
        await Inbox(self._connection).discard_of(user_id, at=at)
        await Files(self._connection).release_user(user_id)
        await Sessions(self._connection).leave_user(user_id, at=at)
        await Conversations(self._connection).let_go(user_id)
        chat = await self._connection.execute(delete(chats).where(chats.c.id == user_id))
        user = await self._connection.execute(delete(users).where(users.c.id == user_id))
        return chat.rowcount + user.rowcount > 0
