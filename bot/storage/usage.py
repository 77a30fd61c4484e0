"""What people, groups and everybody together used, by the day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Float,
    Select,
    Table,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.storage.dialects import insert_for, insert_into
from bot.storage.tables import bot_usage, chat_usage, chats, user_usage, users


@dataclass(frozen=True, slots=True)
class Used:
    """What was used."""

    questions: int = 0
    tokens: int = 0
    #: Seconds of recordings that were listened to, and of speech that was made.
    heard: float = 0.0
    spoken: float = 0.0
    translations: int = 0

    @property
    def voice(self) -> float:
        """Seconds of voice, both ways."""
        return self.heard + self.spoken


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a person may use in a day; `None` sets no limit."""

    questions: int | None = None
    tokens: int | None = None
    #: Seconds, heard and spoken together.
    voice: int | None = None
    translations: int | None = None


#: What somebody is told when it is used up.
Subject = Literal["questions", "voice", "translations"]

_TOLD: Final[Mapping[Subject, Column[Any]]] = {
    "questions": user_usage.c.told_at,
    "voice": user_usage.c.voice_told_at,
    "translations": user_usage.c.translations_told_at,
}

#: More than anybody uses. It stands for no limit, where a statement compares.
_MOST: Final = 2**53

_NAMES: Final = tuple(Used.__dataclass_fields__)
_COUNTERS: Final = {name: user_usage.c[name].type for name in _NAMES}


# Said once or twice in every turn. Built once, they cost a fifth of being built anew.
@cache
def _reserve(dialect: str) -> ReturningInsert[Any]:
    """Count a question of a person, if their day has room for it. The row is locked meanwhile."""
    row = select(users.c.id, bindparam("day", type_=Date()), 1).where(
        users.c.id == bindparam("owner")
    )
    made = insert_for(dialect, user_usage).from_select(["user_id", "day", "questions"], row)
    has_room = (user_usage.c.questions < bindparam("questions", type_=BigInteger())) & (
        user_usage.c.tokens < bindparam("tokens", type_=BigInteger())
    )
    counted = made.on_conflict_do_update(
        index_elements=["user_id", "day"],
        set_={"questions": user_usage.c.questions + 1},
        where=has_room,
    )
    return counted.returning(user_usage.c.user_id)


@cache
def _reserve_of_all(dialect: str) -> ReturningInsert[Any]:
    """Count a question of anybody, if the day of the whole bot has room for it."""
    made = insert_for(dialect, bot_usage).values(day=bindparam("day"), questions=1)
    counted = made.on_conflict_do_update(
        index_elements=["day"],
        set_={"questions": bot_usage.c.questions + 1},
        where=bot_usage.c.questions < bindparam("most", type_=BigInteger()),
    )
    return counted.returning(bot_usage.c.day)


@cache
def _reserve_voice(dialect: str) -> ReturningInsert[Any]:
    """Count seconds that are about to be heard, if the day has room for all of them."""
    seconds, most = bindparam("seconds", type_=Float()), bindparam("most", type_=Float())
    row = select(users.c.id, bindparam("day", type_=Date()), seconds).where(
        users.c.id == bindparam("owner"), seconds <= most
    )
    made = insert_for(dialect, user_usage).from_select(["user_id", "day", "heard"], row)
    after = user_usage.c.heard + user_usage.c.spoken + made.excluded.heard
    counted = made.on_conflict_do_update(
        index_elements=["user_id", "day"],
        set_={"heard": user_usage.c.heard + made.excluded.heard},
        where=after <= most,
    )
    return counted.returning(user_usage.c.user_id)


@cache
def _reserve_translation(dialect: str) -> ReturningInsert[Any]:
    """Count a translation that is about to be made for a person, if their day has room for it."""
    row = select(users.c.id, bindparam("day", type_=Date()), 1).where(
        users.c.id == bindparam("owner")
    )
    made = insert_for(dialect, user_usage).from_select(["user_id", "day", "translations"], row)
    counted = made.on_conflict_do_update(
        index_elements=["user_id", "day"],
        set_={"translations": user_usage.c.translations + 1},
        where=user_usage.c.translations < bindparam("most", type_=BigInteger()),
    )
    return counted.returning(user_usage.c.user_id)


@cache
def _add(dialect: str, table: Table, owners: Table) -> ReturningInsert[Any]:
    """Count what was used. Of somebody who was erased meanwhile nothing is counted."""
    key = next(iter(table.primary_key)).name
    row = select(
        owners.c.id,
        bindparam("day", type_=Date()),
        *(bindparam(name, type_=kind) for name, kind in _COUNTERS.items()),
    ).where(owners.c.id == bindparam("owner"))
    made = insert_for(dialect, table).from_select([key, "day", *_NAMES], row)
    counted = made.on_conflict_do_update(
        index_elements=[key, "day"],
        set_={name: table.c[name] + made.excluded[name] for name in _NAMES},
    )
    return counted.returning(*(table.c[name] for name in _NAMES))


class Usage:
    """The shelf of what is used. A day is one of UTC.

    Limits hold however many ask at once: whether there is room is asked and answered by the
    statement that counts.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def reserve(self, user_id: int, day: date, allowance: Allowance) -> bool:
        """Count a question of this person before it is answered. Whether they may ask it."""
        limits = {
            "questions": _MOST if allowance.questions is None else allowance.questions,
            "tokens": _MOST if allowance.tokens is None else allowance.tokens,
        }
        row = {"owner": user_id, "day": day}
        return await self._says_yes(_reserve(self._dialect), row | limits)

    async def reserve_of_all(self, day: date, most: int | None) -> bool:
        """Count a question of the whole bot. Whether it may answer it.

        Said last in a transaction, since everybody counts in the same row.
        """
        row = {"day": day, "most": _MOST if most is None else most}
        return await self._says_yes(_reserve_of_all(self._dialect), row)

    async def reserve_voice(
        self, user_id: int, day: date, seconds: float, allowance: Allowance
    ) -> bool:
        """Count a recording of this person before it is listened to. Whether there is room."""
        most = float(_MOST if allowance.voice is None else allowance.voice)
        row = {"owner": user_id, "day": day, "seconds": seconds, "most": most}
        return await self._says_yes(_reserve_voice(self._dialect), row)

    async def reserve_translation(self, user_id: int, day: date, allowance: Allowance) -> bool:
        """Count a translation for this person before it is made. Whether there is room."""
        most = _MOST if allowance.translations is None else allowance.translations
        row = {"owner": user_id, "day": day, "most": most}
        return await self._says_yes(_reserve_translation(self._dialect), row)

    async def give_back(
        self,
        user_id: int,
        day: date,
        *,
        questions: int = 0,
        heard: float = 0.0,
        translations: int = 0,
    ) -> None:
        """Undo what was reserved for this person and not used."""
        mine = (user_usage.c.user_id == user_id) & (user_usage.c.day == day)
        less = {
            "questions": _less(user_usage.c.questions, questions),
            "heard": _less(user_usage.c.heard, heard),
            "translations": _less(user_usage.c.translations, translations),
        }
        await self._connection.execute(update(user_usage).where(mine).values(**less))

    async def give_back_of_all(self, day: date) -> None:
        """Undo the count of a question of the whole bot."""
        today = bot_usage.c.day == day
        less = update(bot_usage).where(today).values(questions=_less(bot_usage.c.questions, 1))
        await self._connection.execute(less)

    async def add(self, user_id: int, day: date, used: Used) -> Used | None:
        """Count what a person used, and tell the sum of the day; `None` if they were erased."""
        return await self._added(user_usage, users, user_id, day, used)

    async def add_to_chat(self, chat_id: int, day: date, used: Used) -> Used | None:
        """Count what a group used, and tell the sum of the day; `None` if it is not known."""
        return await self._added(chat_usage, chats, chat_id, day, used)

    async def of_user(self, user_id: int, first: date, last: date) -> Used:
        """What a person used from one day to another, both included."""
        return await self._sum(user_usage, user_usage.c.user_id == user_id, first, last)

    async def of_chat(self, chat_id: int, first: date, last: date) -> Used:
        """What a group used from one day to another, both included."""
        return await self._sum(chat_usage, chat_usage.c.chat_id == chat_id, first, last)

    async def of_all(self, day: date) -> int:
        """The questions of everybody on this day."""
        today = select(bot_usage.c.questions).where(bot_usage.c.day == day)
        return int(await self._connection.scalar(today) or 0)

    async def warn(self, user_id: int, day: date) -> bool:
        """Whether to tell them that their day comes to an end: once in each."""
        mine = (user_usage.c.user_id == user_id) & (user_usage.c.day == day)
        first = update(user_usage).where(mine, ~user_usage.c.was_warned).values(was_warned=True)
        return (await self._connection.execute(first)).rowcount > 0

    async def tell(
        self, user_id: int, day: date, subject: Subject, *, at: datetime, pause: timedelta
    ) -> bool:
        """Whether to tell them that this is used up: not again until a pause is over."""
        told = _TOLD[subject]
        made = insert_into(self._connection, user_usage).values(
            {"user_id": user_id, "day": day, told.name: at}
        )
        noted = made.on_conflict_do_update(
            index_elements=["user_id", "day"],
            set_={told.name: at},
            where=told.is_(None) | (told <= at - pause),
        )
        return await self._says_yes(noted.returning(user_usage.c.user_id), {})

    async def forget(self, *, before: date) -> None:
        """Drop the days before this one."""
        for table in (user_usage, chat_usage, bot_usage):
            await self._connection.execute(delete(table).where(table.c.day < before))

    @property
    def _dialect(self) -> str:
        return self._connection.dialect.name

    async def _says_yes(self, statement: ReturningInsert[Any], row: Mapping[str, object]) -> bool:
        return await self._connection.scalar(statement, dict(row)) is not None

    async def _added(
        self, table: Table, owners: Table, owner: int, day: date, used: Used
    ) -> Used | None:
        row = {"owner": owner, "day": day, **asdict(used)}
        found = await self._connection.execute(_add(self._dialect, table, owners), row)
        after = found.one_or_none()
        return Used(**after._mapping) if after else None

    async def _sum(self, table: Table, mine: Any, first: date, last: date) -> Used:
        sums: Select[Any] = select(
            *(func.coalesce(func.sum(table.c[name]), 0).label(name) for name in _NAMES)
        ).where(mine, table.c.day.between(first, last))
        found = (await self._connection.execute(sums)).one()
        return Used(
            questions=int(found.questions),
            tokens=int(found.tokens),
            heard=float(found.heard),
            spoken=float(found.spoken),
            translations=int(found.translations),
        )


def _less(column: Column[Any], number: float) -> Any:
    """What remains, and never less than nothing."""
    return case((column > number, column - number), else_=0)
