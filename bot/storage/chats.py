"""Chats the bot was in."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, delete, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.files import Files
from bot.storage.sessions import Sessions
from bot.storage.tables import (
    answers,
    chat_settings,
    chat_usage,
    chats,
    conversations,
    menus,
    posts,
    translation_posts,
)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat, as Telegram has it."""

    id: int
    #: Telegram's word: private, group, supergroup, channel, or one of tomorrow.
    kind: str
    #: The `externalUserId` of what the members of this chat share.
    external_id: str
    met_at: datetime
    #: Its number before it became a supergroup, if it did.
    moved_from: int | None


class Chats:
    """The shelf of chats."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def meet(self, chat_id: int, *, kind: str, at: datetime) -> Chat:
        """The chat with this Telegram id, made on first sight, with the kind it has now.

        A group that has moved is what it moved to: its id is another one then. Who is known as told
        costs no write.
        """
        known = await self.find(chat_id)
        if known is None and kind == "group":
            known = await self._find(chats.c.moved_from == chat_id)
            if known:
                return known
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
        return await self._find(chats.c.id == chat_id)

    async def erase(self, chat_id: int, *, at: datetime) -> bool:
        """Forget a chat and all that belongs to it. Whether there was anything to forget.

        Its files and its sessions are handed over to be deleted at OnDemand.
        """
        await Files(self._connection).release_chat(chat_id)
        await Sessions(self._connection).leave_chat(chat_id, at=at)
        gone = await self._connection.execute(delete(chats).where(chats.c.id == chat_id))
        return gone.rowcount > 0

    async def move(self, old: int, new: int, *, at: datetime) -> bool:
        """A group has become a supergroup: everything goes along. Whether there was anything.

        It does not matter who learns of it first, nor whether the new chat was met before: what
        began there meanwhile is added. Of two conversations that are open in one place the older
        stays open, being the one in which the group has talked so far.

        Messages are numbered from one again there. So it is forgotten which messages show an
        answer, a translation or a menu, and questions keep their old numbers as negative ones,
        which name no message.

        What was said in the group may still wait to be worked on; `meet` knows where it belongs.
        """
        both = select(chats.c.id).where(chats.c.id.in_([old, new])).order_by(chats.c.id)
        found = set(await self._connection.scalars(both.with_for_update()))
        if old == new or not found:
            return False
        if old in found:
            await self._forget_numbers(old)
            if new in found:
                await self._close_younger([old, new], at=at)
                await self._take_in(new, into=old)
                await self.erase(new, at=at)
        # Remembered also of one that said nothing before: something may still be on its way.
        now = {"id": new, "kind": "supergroup", "moved_from": old}
        await self._connection.execute(update(chats).where(chats.c.id.in_(found)).values(now))
        return old in found

    async def _find(self, is_it: ColumnElement[bool]) -> Chat | None:
        row = (await self._connection.execute(select(chats).where(is_it))).one_or_none()
        return Chat(**row._mapping) if row else None

    async def _forget_numbers(self, chat_id: int) -> None:
        for table in (posts, translation_posts):
            await self._connection.execute(delete(table).where(table.c.chat_id == chat_id))
        # A menu that is being posted is no message yet, and becomes one in the new chat.
        shown = menus.c.chat_id == chat_id
        await self._connection.execute(update(menus).where(shown).values(message_id=None))
        here = (answers.c.chat_id == chat_id) & (answers.c.question_message > 0)
        negative = -answers.c.question_message
        await self._connection.execute(
            update(answers).where(here).values(question_message=negative)
        )

    async def _close_younger(self, chat_ids: Sequence[int], *, at: datetime) -> None:
        """Leave one conversation open in each place of these chats, seen as one."""
        is_open = conversations.c.chat_id.in_(chat_ids) & conversations.c.closed_at.is_(None)
        columns = conversations.c.id, conversations.c.topic_id, conversations.c.member_id
        oldest_first = conversations.c.opened_at, conversations.c.id
        places, younger = set(), []
        for row in await self._connection.execute(
            select(*columns).where(is_open).order_by(*oldest_first)
        ):
            if (place := (row.topic_id, row.member_id)) in places:
                younger.append(row.id)
            places.add(place)
        these = conversations.c.id.in_(younger)
        await self._connection.execute(update(conversations).where(these).values(closed_at=at))

    async def _take_in(self, other: int, *, into: int) -> None:
        """Make all that belongs to the other chat belong to this one, where the newer counts."""
        for table, key in (
            (answers, (answers.c.question_message,)),
            (chat_settings, (chat_settings.c.topic_id, chat_settings.c.name)),
        ):
            newer = select(*key).where(table.c.chat_id == other)
            replaced = (table.c.chat_id == into) & tuple_(*key).in_(newer)
            await self._connection.execute(delete(table).where(replaced))
        for table in (conversations, answers, posts, translation_posts, menus, chat_settings):
            theirs = table.c.chat_id == other
            await self._connection.execute(update(table).where(theirs).values(chat_id=into))
        await self._add_usage(other, into=into)

    async def _add_usage(self, other: int, *, into: int) -> None:
        """Count what the other chat used as used by this one. Its own count goes with it."""
        counted = [column for column in chat_usage.c if column.name != "chat_id"]
        theirs = select(literal(into, BigInteger), *counted).where(chat_usage.c.chat_id == other)
        made = insert_into(self._connection, chat_usage).from_select(
            ["chat_id", *(column.name for column in counted)], theirs
        )
        sums = {
            column.name: column + made.excluded[column.name]
            for column in counted
            if column.name != "day"
        }
        both = made.on_conflict_do_update(index_elements=["chat_id", "day"], set_=sums)
        await self._connection.execute(both)
