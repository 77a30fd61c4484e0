"""Numbers for operators: sums over everybody, in which nobody can be told apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import bot_usage, inbox, user_usage, users
from bot.storage.trail import REFUSED


@dataclass(frozen=True, slots=True)
class Numbers:
    """What happened on a day."""

    #: People we know, and those of them who used anything.
    known: int
    people: int
    questions: int
    tokens: int
    #: Seconds of voice, heard and spoken.
    voice: float
    #: Turns that were given up.
    parked: int
    #: Turns that came to an end and were refused, as a whole or in a file or voice note of theirs.
    failed: int


class Statistics:
    """The shelf of numbers; it only reads."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_day(self, day: date) -> Numbers:
        """The numbers of this day, in UTC."""
        sums = select(
            func.count(),
            func.coalesce(func.sum(user_usage.c.tokens), 0),
            func.coalesce(func.sum(user_usage.c.heard + user_usage.c.spoken), 0.0),
        ).where(user_usage.c.day == day)
        people, tokens, voice = (await self._connection.execute(sums)).one()
        morning = datetime.combine(day, time(), UTC)
        questions = select(bot_usage.c.questions).where(bot_usage.c.day == day)
        parked = select(func.count()).where(inbox.c.state == "parked", inbox.c.ended_at >= morning)
        failed = select(func.count()).where(
            inbox.c.state == "settled",
            inbox.c.ended_at >= morning,
            inbox.c.trail.contains(f"{REFUSED} "),
        )
        return Numbers(
            known=int(await self._connection.scalar(select(func.count()).select_from(users)) or 0),
            people=int(people),
            questions=int(await self._connection.scalar(questions) or 0),
            tokens=int(tokens),
            voice=float(voice),
            parked=int(await self._connection.scalar(parked) or 0),
            failed=int(await self._connection.scalar(failed) or 0),
        )

    async def questions(self, first: date, last: date) -> Mapping[date, int]:
        """The questions of everybody on each of these days; a day without any is not there."""
        found = await self._connection.execute(
            select(bot_usage.c.day, bot_usage.c.questions).where(
                bot_usage.c.day.between(first, last)
            )
        )
        return {day: int(questions) for day, questions in found}
