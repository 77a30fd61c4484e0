"""The inbox: updates that were accepted, the lanes they wait in, and the journal of their work."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.storage.dialects import insert_for, insert_into
from bot.storage.errors import FencedError
from bot.storage.tables import inbox, journal, lanes
from bot.storage.types import Label, Words

State = Literal["open", "settled", "parked"]

# These steps of turns are known here, because an operator who has a turn tried again adds one, and
# changes what the others mean.

#: What a turn took along: it is tried again together.
TAKEN_ALONG: Final = "taken along"

#: That a turn was given up and its person told so: they are told anew if it is in vain again.
GIVEN_UP: Final = "given up"
APOLOGISED: Final = "apologised"

#: When an operator had the turn tried again: it is no older than that.
REOPENED: Final = "reopened"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as it came, with the lane it belongs to."""

    update_id: int
    lane: str
    kind: str
    payload: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One update that waits or is worked on."""

    id: int
    update_id: int
    lane: str
    kind: str
    #: The update as Telegram wrote it, or `None` once it is settled.
    payload: str | None
    state: State
    #: How often it was begun, this time included.
    attempts: int
    due_at: datetime | None
    failure: str | None
    accepted_at: datetime
    ended_at: datetime | None
    #: Which steps were done when; nothing of what was said.
    trail: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not settled, in numbers."""

    open: int
    parked: int
    #: When the oldest that is open was accepted; `None` where nothing waits.
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to work on a lane, until somebody else takes it over."""

    lane: str
    epoch: int


# These are said several times in every turn. Built once, they cost a fifth of being built anew.
_HELD = (
    select(lanes.c.epoch)
    .where(lanes.c.name == bindparam("lane"), lanes.c.epoch == bindparam("epoch"))
    .with_for_update()
)
_OLDEST = (
    select(inbox)
    .where(
        inbox.c.lane == bindparam("lane"),
        inbox.c.state == "open",
        inbox.c.id > bindparam("after"),
    )
    .order_by(inbox.c.id)
    .limit(1)
)
_BEGIN = (
    update(inbox)
    .where(inbox.c.id == bindparam("entry"))
    .values(attempts=inbox.c.attempts + 1, due_at=None)
)
_STEPS = select(journal.c.step, journal.c.result).where(journal.c.entry_id == bindparam("entry"))


_SETTLE = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("entries", expanding=True)))
    .values(
        state="settled",
        payload=None,
        ended_at=bindparam("at"),
        trail=func.coalesce(bindparam("trail", type_=Label(2000)), inbox.c.trail),
    )
)
_FORGET_STEPS = delete(journal).where(journal.c.entry_id.in_(bindparam("entries", expanding=True)))


@cache
def _accept(dialect: str) -> ReturningInsert[tuple[str]]:
    made = insert_for(dialect, inbox)
    return made.on_conflict_do_nothing(index_elements=["update_id"]).returning(inbox.c.lane)


@cache
def _remember(dialect: str) -> ReturningInsert[tuple[int]]:
    """Write a step down if the lane is held, in one statement: it is the most frequent of all."""
    row: Select[Any, Any, str] = (
        select(bindparam("entry"), bindparam("step"), bindparam("result", type_=Words()))
        .select_from(lanes)
        .where(lanes.c.name == bindparam("lane"), lanes.c.epoch == bindparam("epoch"))
        .with_for_update()
    )
    made = insert_for(dialect, journal).from_select(["entry_id", "step", "result"], row)
    kept = made.on_conflict_do_update(
        index_elements=["entry_id", "step"], set_={"result": made.excluded.result}
    )
    return kept.returning(journal.c.entry_id)


class Inbox:
    """The shelf of accepted updates."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def accept(self, arrivals: Sequence[Arrival], *, at: datetime) -> set[str]:
        """Take updates in, each once, and tell the lanes that have something new.

        An update that was accepted before, answered or not, changes nothing.
        """
        if not arrivals:
            return set()
        rows = [
            {
                "update_id": arrival.update_id,
                "lane": arrival.lane,
                "kind": arrival.kind,
                "payload": arrival.payload,
                "state": "open",
                "attempts": 0,
                "accepted_at": at,
            }
            for arrival in arrivals
        ]
        fresh = _accept(self._connection.dialect.name)
        return set(await self._connection.scalars(fresh, rows))

    async def open_lanes(self) -> set[str]:
        """Every lane in which something waits."""
        waiting = select(inbox.c.lane).where(inbox.c.state == "open").distinct()
        return set(await self._connection.scalars(waiting))

    async def take_over(self, lane: str, *, at: datetime) -> "HeldLane":
        """Become the one who works on this lane. Whoever did before is fenced off from now on."""
        made = insert_into(self._connection, lanes).values(name=lane, epoch=1, taken_at=at)
        raised = made.on_conflict_do_update(
            index_elements=["name"], set_={"epoch": lanes.c.epoch + 1, "taken_at": at}
        )
        epoch = await self._connection.scalar(raised.returning(lanes.c.epoch))
        return HeldLane(self._connection, Hold(lane, int(epoch or 0)))

    async def held(self, hold: Hold) -> "HeldLane":
        """Write on this lane until the transaction ends, which nobody takes over meanwhile.

        Raises `FencedError` when somebody has taken it over.
        """
        lane = {"lane": hold.lane, "epoch": hold.epoch}
        if await self._connection.scalar(_HELD, lane) is None:
            raise _fenced(hold)
        return HeldLane(self._connection, hold)

    async def remember(self, hold: Hold, entry: Entry, step: str, result: str) -> None:
        """Note that a step happened and what came of it. Said again, the newest counts.

        Raises `FencedError` when somebody has taken the lane over.
        """
        row = {"entry": entry.id, "step": step, "result": result}
        lane = {"lane": hold.lane, "epoch": hold.epoch}
        noted = _remember(self._connection.dialect.name)
        if await self._connection.scalar(noted, row | lane) is None:
            raise _fenced(hold)

    async def after(self, entry: Entry) -> Entry | None:
        """The open entry that follows this one in its lane, if there is one."""
        return await _oldest(self._connection, entry.lane, after=entry.id)

    async def waiting(self, lane: str, kind: str) -> list[Entry]:
        """What of this kind waits in a lane or is being worked on, oldest first."""
        mine = (inbox.c.lane == lane) & (inbox.c.state == "open") & (inbox.c.kind == kind)
        found = await self._connection.execute(select(inbox).where(mine).order_by(inbox.c.id))
        return [Entry(**row._mapping) for row in found]

    async def unsettled(self) -> list[Entry]:
        """Everything that waits or was given up, oldest first."""
        found = await self._connection.execute(
            select(inbox).where(inbox.c.state != "settled").order_by(inbox.c.id)
        )
        return [Entry(**row._mapping) for row in found]

    async def backlog(self) -> Backlog:
        """How much waits, and for how long. Costs nothing for what is settled."""
        waiting = select(func.count(), func.min(inbox.c.accepted_at)).where(inbox.c.state == "open")
        parked = select(func.count()).select_from(inbox).where(inbox.c.state == "parked")
        number, oldest_at = (await self._connection.execute(waiting)).one()
        return Backlog(number, await self._connection.scalar(parked) or 0, oldest_at)

    async def parked(self, *, limit: int, skip: int = 0) -> list[Entry]:
        """What was given up, the newest first."""
        found = await self._connection.execute(
            select(inbox)
            .where(inbox.c.state == "parked")
            .order_by(inbox.c.id.desc())
            .limit(limit)
            .offset(skip)
        )
        return [Entry(**row._mapping) for row in found]

    async def discard(self, entry: Entry, *, at: datetime) -> bool:
        """Be done with an entry and what its turn took along: what they said is scrubbed.

        Whether there was anything to do: somebody else may have dealt with it since it was read.
        One that waits is taken from whoever works on it, and its lane goes on when it is woken.
        """
        if entry.state == "open":
            await self.take_over(entry.lane, at=at)
        these = await self._hold_turn(entry)
        if these:
            await self._scrub(these, at=at)
        return bool(these)

    async def discard_of(self, person: int, *, at: datetime) -> None:
        """Be done with all that was given up in the private chat of a person."""
        in_private = inbox.c.lane.contains(f":{person}:") | (inbox.c.lane == f"read:{person}")
        await self._discard(in_private, at=at)

    async def discard_old(self, *, before: datetime, at: datetime) -> None:
        """Be done with what was given up before this moment: nobody has tried it again."""
        await self._discard(inbox.c.ended_at < before, at=at)

    async def _discard(self, which: ColumnElement[bool], *, at: datetime) -> None:
        these = select(inbox.c.id).where(inbox.c.state == "parked", which)
        # Held first, or one could be opened again without its steps.
        await self._connection.execute(these.order_by(inbox.c.id).with_for_update())
        await self._connection.execute(delete(journal).where(journal.c.entry_id.in_(these)))
        scrubbed = {"state": "settled", "payload": None, "ended_at": at}
        await self._connection.execute(
            update(inbox).where(inbox.c.id.in_(these)).values(**scrubbed)
        )

    async def steps(self, entry: Entry) -> list[str]:
        """The names of the steps that were remembered of this entry."""
        names = select(journal.c.step).where(journal.c.entry_id == entry.id)
        return list(await self._connection.scalars(names.order_by(journal.c.step)))

    async def find(self, update_id: int) -> Entry | None:
        """The entry of this update, whatever its state."""
        found = await self._connection.execute(select(inbox).where(inbox.c.update_id == update_id))
        row = found.one_or_none()
        return Entry(**row._mapping) if row else None

    async def reopen(self, entry: Entry, *, at: datetime) -> bool:
        """Try a parked entry again, with what its turn took along, as if it had just arrived.

        It has all its attempts, counts as no older than this moment, and its person is told if it
        is given up once more. Everything else that was remembered stays: what was asked is not
        asked and paid for again.

        Whether there was anything to do: somebody else may have dealt with it since it was read.
        """
        these = await self._hold_turn(entry) if entry.state == "parked" else []
        if not these:
            return False
        again = {"state": "open", "attempts": 0, "due_at": None, "ended_at": None}
        await self._connection.execute(update(inbox).where(inbox.c.id.in_(these)).values(**again))
        was_told = journal.c.entry_id.in_(these) & journal.c.step.in_([GIVEN_UP, APOLOGISED])
        await self._connection.execute(delete(journal).where(was_told))
        made = insert_into(self._connection, journal)
        mark = made.on_conflict_do_update(
            index_elements=["entry_id", "step"], set_={"result": made.excluded.result}
        )
        when = {"step": REOPENED, "result": json.dumps(at.isoformat())}
        await self._connection.execute(mark, [{"entry_id": one, **when} for one in these])
        return True

    async def _hold_turn(self, entry: Entry) -> list[int]:
        """The ids of an entry and of what its turn took along, which nobody else changes now.

        Those that are in another state by now are left out; without the entry itself, all are.
        """
        step = (journal.c.entry_id == entry.id) & (journal.c.step == TAKEN_ALONG)
        taken = await self._connection.scalar(select(journal.c.result).where(step))
        update_ids = [entry.update_id, *json.loads(taken or "[]")]
        is_it = inbox.c.update_id.in_(update_ids) & (inbox.c.state == entry.state)
        held = select(inbox.c.id).where(is_it).order_by(inbox.c.id).with_for_update()
        these = list(await self._connection.scalars(held))
        return these if entry.id in these else []

    async def _scrub(self, entries: Sequence[int], *, at: datetime) -> None:
        these = {"entries": entries}
        await self._connection.execute(_SETTLE, {**these, "at": at, "trail": None})
        await self._connection.execute(_FORGET_STEPS, these)

    async def forget(self, *, before: datetime) -> int:
        """Drop settled entries that ended before this moment; tells how many.

        With them go lanes that nobody has taken over since, and in which nothing waits. Whoever was
        fenced off from one was so before this moment, and cannot take the next one, which begins to
        count anew, for theirs. One that is taken over at this very moment stays: it is looked at
        again under its lock.
        """
        gone = await self._connection.execute(
            delete(inbox).where(inbox.c.state == "settled", inbox.c.ended_at < before)
        )
        waiting = select(inbox.c.id).where(inbox.c.lane == lanes.c.name, inbox.c.state == "open")
        await self._connection.execute(
            delete(lanes).where(lanes.c.taken_at < before, ~waiting.exists())
        )
        return gone.rowcount


class HeldLane:
    """A lane that this transaction may write on, and nobody else may."""

    def __init__(self, connection: AsyncConnection, hold: Hold) -> None:
        self._connection = connection
        self.hold = hold

    async def next(self) -> Entry | None:
        """The oldest open entry of the lane, if there is one."""
        return await _oldest(self._connection, self.hold.lane, after=0)

    async def begin(self, entry: Entry) -> dict[str, str]:
        """Count an attempt, before the work; tells the steps that earlier attempts remembered."""
        await self._connection.execute(_BEGIN, {"entry": entry.id})
        if entry.attempts == 0 and entry.failure is None:
            return {}  # Nobody has worked on it yet.
        found = await self._connection.execute(_STEPS, {"entry": entry.id})
        return {row.step: row.result for row in found}

    async def settle(
        self, entries: Sequence[Entry], *, at: datetime, trail: str | None = None
    ) -> None:
        """These are done. What they said and what was remembered of them is scrubbed.

        Their trail stays, which says nothing of either.
        """
        these = [entry.id for entry in entries]
        await self._connection.execute(_SETTLE, {"entries": these, "at": at, "trail": trail})
        await self._connection.execute(_FORGET_STEPS, {"entries": these})

    async def postpone(
        self,
        entry: Entry,
        *,
        until: datetime,
        failure: str,
        is_counted: bool = True,
        trail: str | None = None,
    ) -> None:
        """Try again, but not before `until`. The lane waits, so that order is kept.

        An attempt that is not counted is taken back.
        """
        attempts = inbox.c.attempts - (0 if is_counted else 1)
        await self._set([entry], due_at=until, failure=failure, attempts=attempts, trail=trail)

    async def give_back(self, entry: Entry) -> None:
        """Undo the count of an attempt that was ended by us and not by the work.

        That it was begun is noted, so that the next attempt reads what this one remembered.
        """
        await self._set([entry], attempts=inbox.c.attempts - 1, failure="cut")

    async def bury(
        self, entries: Sequence[Entry], *, at: datetime, failure: str, trail: str | None = None
    ) -> None:
        """Give up, and keep these for a human. The lane goes on with what follows."""
        trails = {} if trail is None else {"trail": trail}
        await self._set(entries, state="parked", ended_at=at, failure=failure, **trails)

    async def _set(self, entries: Sequence[Entry], **values: object) -> None:
        await _set(self._connection, entries, **values)


async def _oldest(connection: AsyncConnection, lane: str, *, after: int) -> Entry | None:
    found = await connection.execute(_OLDEST, {"lane": lane, "after": after})
    row = found.one_or_none()
    return Entry(**row._mapping) if row else None


async def _set(connection: AsyncConnection, entries: Sequence[Entry], **values: object) -> None:
    these = inbox.c.id.in_([entry.id for entry in entries])
    await connection.execute(update(inbox).where(these).values(**values))


def _fenced(hold: Hold) -> FencedError:
    return FencedError(f"lane {hold.lane} was taken over")
