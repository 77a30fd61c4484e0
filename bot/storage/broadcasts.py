"""Broadcasts: one text for many people, and what became of it for each of them.

Of everybody it is written down before the post that they are being written to, and afterwards that
they were. Killed in between, nobody can tell whether it arrived: that is kept as unsure, and never
sent again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.settings import ADMITTED
from bot.storage.tables import (
    bans,
    broadcast_recipients,
    broadcasts,
    chats,
    user_settings,
    user_usage,
    users,
)

#: A draft may be changed; one that runs or is paused has its recipients.
State = Literal["draft", "running", "paused", "done", "stopped"]

#: What became of it for one person. Unreachable are those whom the bot may not write to any more.
Fate = Literal["open", "sending", "sent", "unsure", "unreachable", "refused"]

#: Names of settings whose owners get none: who wants none, and who cannot be reached.
NO_NEWS: Final = "no news"
UNREACHABLE: Final = "unreachable"


@dataclass(frozen=True, slots=True)
class Guests:
    """Who may use the bot, and so may get one."""

    #: Whether everybody may; else only who was let in, and operators.
    is_everybody: bool = True
    operators: Collection[int] = ()


#: Where everybody may use the bot.
EVERYBODY: Final = Guests()


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One text for many people."""

    id: int
    #: The admin who wrote it.
    author: int
    text: str
    #: Only who asked something on one of so many days; everybody if it is `None`.
    active_days: int | None
    #: Messages in a second.
    pace: int
    state: State
    made_at: datetime


class Broadcasts:
    """The shelf of broadcasts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def draft(self, author: int, text: str, *, pace: int, at: datetime) -> int:
        """A new one for everybody, not sent yet. Its number."""
        made = broadcasts.insert().values(
            author=author, text=text, pace=pace, state="draft", made_at=at
        )
        number = await self._connection.scalar(made.returning(broadcasts.c.id))
        return int(number or 0)

    async def find(self, number: int) -> Broadcast | None:
        """The broadcast of this number."""
        found = await self._connection.execute(select(broadcasts).where(broadcasts.c.id == number))
        row = found.one_or_none()
        return Broadcast(**row._mapping) if row else None

    async def newest(self, limit: int) -> Sequence[Broadcast]:
        """The newest ones, whoever wrote them."""
        found = await self._connection.execute(
            select(broadcasts).order_by(broadcasts.c.id.desc()).limit(limit)
        )
        return [Broadcast(**row._mapping) for row in found]

    async def revise(self, number: int, *, active_days: int | None, pace: int) -> None:
        """Change whom a draft is for and how fast it goes. What was begun stays as it is."""
        await self._connection.execute(
            update(broadcasts)
            .where(broadcasts.c.id == number, broadcasts.c.state == "draft")
            .values(active_days=active_days, pace=pace)
        )

    async def audience(
        self, active_days: int | None, *, today: date, guests: Guests = EVERYBODY
    ) -> int:
        """How many people would get one now."""
        chosen = _audience(active_days, today, guests).subquery()
        return int(await self._connection.scalar(select(func.count()).select_from(chosen)) or 0)

    async def begin(self, number: int, *, today: date, guests: Guests = EVERYBODY) -> bool:
        """Let a draft run, for whoever belongs to its audience now. Whether it was one: once."""
        if not await self.turn(number, "running", before=("draft",)):
            return False
        draft = await self.find(number)
        days = draft.active_days if draft else None
        people = _audience(days, today, guests).subquery()
        row = select(literal(number), people.c.id, literal("open"))
        await self._connection.execute(
            broadcast_recipients.insert().from_select(["broadcast_id", "user_id", "fate"], row)
        )
        return True

    async def turn(self, number: int, state: State, *, before: Sequence[State]) -> bool:
        """Give it this state, if it has one of those. Whether it had."""
        turned = await self._connection.execute(
            update(broadcasts)
            .where(broadcasts.c.id == number, broadcasts.c.state.in_(before))
            .values(state=state)
        )
        return turned.rowcount > 0

    async def running(self) -> Broadcast | None:
        """The oldest that runs."""
        found = await self._connection.execute(
            select(broadcasts)
            .where(broadcasts.c.state == "running")
            .order_by(broadcasts.c.id)
            .limit(1)
        )
        row = found.one_or_none()
        return Broadcast(**row._mapping) if row else None

    async def claim(self, number: int) -> int | None:
        """Whom to write to next; from now on nobody else does. `None` when nothing is left to do.

        Said once for each post, in a transaction of its own.
        """
        runs = exists().where(broadcasts.c.id == number, broadcasts.c.state == "running")
        following = (
            select(broadcast_recipients.c.user_id)
            .where(_of(number), broadcast_recipients.c.fate == "open", runs)
            .order_by(broadcast_recipients.c.user_id)
            .limit(1)
            .scalar_subquery()
        )
        claimed = (
            update(broadcast_recipients)
            .where(
                _of(number),
                broadcast_recipients.c.user_id == following,
                broadcast_recipients.c.fate == "open",
            )
            .values(fate="sending")
            .returning(broadcast_recipients.c.user_id)
        )
        found: int | None = await self._connection.scalar(claimed)
        return found

    async def mark(self, number: int, user_id: int, fate: Fate) -> None:
        """What became of it for this person."""
        await self._connection.execute(
            update(broadcast_recipients)
            .where(_of(number), broadcast_recipients.c.user_id == user_id)
            .values(fate=fate)
        )

    async def leave_unsure(self, number: int) -> int:
        """Those to whom somebody was writing who is no more are unsure. How many they are."""
        left = await self._connection.execute(
            update(broadcast_recipients)
            .where(_of(number), broadcast_recipients.c.fate == "sending")
            .values(fate="unsure")
        )
        return left.rowcount

    async def finish(self, number: int) -> bool:
        """It is done, if it runs and nobody is left in it. Whether that is so."""
        somebody = exists().where(_of(number), broadcast_recipients.c.fate == "open")
        done = await self._connection.execute(
            update(broadcasts)
            .where(broadcasts.c.id == number, broadcasts.c.state == "running", ~somebody)
            .values(state="done")
        )
        return done.rowcount > 0

    async def tally(self, number: int) -> Mapping[Fate, int]:
        """How many people met which fate."""
        found = await self._connection.execute(
            select(broadcast_recipients.c.fate, func.count())
            .where(_of(number))
            .group_by(broadcast_recipients.c.fate)
        )
        return {row.fate: row[1] for row in found}


def _of(number: int) -> ColumnElement[bool]:
    return broadcast_recipients.c.broadcast_id == number


def _audience(active_days: int | None, today: date, guests: Guests) -> Select[Any]:
    """The people in a private chat with the bot who may use it and may be written to.

    Whoever was turned away and never came back is none, although everybody may come in by now.
    """
    has_come_in = users.c.id.in_(guests.operators) | exists().where(
        user_settings.c.user_id == users.c.id, user_settings.c.name == ADMITTED
    )
    if guests.is_everybody:
        has_come_in |= users.c.refused_at.is_(None)
    spared = exists().where(
        user_settings.c.user_id == users.c.id,
        user_settings.c.name.in_((NO_NEWS, UNREACHABLE)),
    )
    banned = exists().where(bans.c.user_id == users.c.id)
    people = (
        select(users.c.id)
        .join(chats, and_(chats.c.id == users.c.id, chats.c.kind == "private"))
        .where(has_come_in, ~spared, ~banned)
    )
    if active_days is None:
        return people
    first = date.fromordinal(today.toordinal() - active_days + 1)
    active = exists().where(user_usage.c.user_id == users.c.id, user_usage.c.day >= first)
    return people.where(active)
