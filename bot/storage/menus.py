"""Menus: who may press their buttons, and what each button means."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.settings import JSON
from bot.storage.tables import menus


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu as it stands in a chat."""

    #: Random; nobody can guess it.
    name: str
    chat_id: int
    #: Zero outside a topic.
    topic_id: int
    #: The number of our message; `None` while it is being posted.
    message_id: int | None
    #: For whom it was opened.
    user_id: int
    #: Which feature it belongs to.
    kind: str
    version: int
    state: JSON
    #: What each button means, in their order.
    actions: Sequence[JSON]
    #: What a reply to it means; `None` where it asks for no words.
    awaits: JSON
    opened_at: datetime


class Menus:
    """The shelf of menus."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(
        self, *, chat_id: int, topic_id: int, user_id: int, kind: str, state: JSON, at: datetime
    ) -> Menu:
        """A menu for this person. It has no buttons yet, and no message."""
        menu = Menu(
            name=secrets.token_urlsafe(9),
            chat_id=chat_id,
            topic_id=topic_id,
            message_id=None,
            user_id=user_id,
            kind=kind,
            version=0,
            state=state,
            actions=(),
            awaits=None,
            opened_at=at,
        )
        await self._connection.execute(
            menus.insert().values(
                name=menu.name,
                chat_id=chat_id,
                topic_id=topic_id,
                user_id=user_id,
                kind=kind,
                version=0,
                state=json.dumps(state),
                actions="[]",
                opened_at=at,
            )
        )
        return menu

    async def find(self, name: str) -> Menu | None:
        """The menu of this name."""
        found = await self._connection.execute(select(menus).where(menus.c.name == name))
        return _menu(found.one_or_none())

    async def shown_by(self, chat_id: int, message: int) -> Menu | None:
        """The menu that this message of ours shows."""
        here = (menus.c.chat_id == chat_id) & (menus.c.message_id == message)
        found = await self._connection.execute(
            select(menus).where(here).order_by(menus.c.opened_at.desc()).limit(1)
        )
        return _menu(found.one_or_none())

    async def turn(self, menu: Menu) -> Menu | None:
        """Its next version, if it still has this one: none of the old buttons does anything then.

        Of two who press at once, one turns it; the other has pressed what is no longer there.
        """
        turned = await self._connection.execute(
            update(menus)
            .where(menus.c.name == menu.name, menus.c.version == menu.version)
            .values(version=menu.version + 1)
        )
        return replace(menu, version=menu.version + 1) if turned.rowcount else None

    async def keep(self, menu: Menu) -> None:
        """Keep what it shows: its state, its message, its buttons, and what a reply would mean."""
        await self._connection.execute(
            update(menus)
            .where(menus.c.name == menu.name, menus.c.version == menu.version)
            .values(
                message_id=menu.message_id,
                state=json.dumps(menu.state),
                actions=json.dumps(list(menu.actions)),
                awaits=None if menu.awaits is None else json.dumps(menu.awaits),
            )
        )

    async def forget(self, *, before: datetime) -> None:
        """Drop menus that were opened before this moment."""
        await self._connection.execute(delete(menus).where(menus.c.opened_at < before))


def _menu(row: Row[Any] | None) -> Menu | None:
    if row is None:
        return None
    fields = dict(row._mapping)
    for name in ("state", "actions", "awaits"):
        fields[name] = None if fields[name] is None else json.loads(fields[name])
    return Menu(**fields)
