"""Jobs that wake lanes, on PostgreSQL: who is to drain which lane, and who died over it.

The tables are Procrastinate's, which fetches jobs and marks them as done. A lane is the lock of its
job, so that two jobs of one lane never run at once, and its queueing lock, so that one waits at
most, however many entries the lane has.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: The name under which a worker knows what to do with a lane.
DRAIN = "drain"

# A job that waits already is enough only if whoever fetches it sees what was just written. So the
# lane is locked until that is committed: its drain begins by taking the lane over, and waits here.
# In order, or two who write at once could wait for each other. An update that touches no row still
# locks it.
_LOCK = text(
    "INSERT INTO lanes (name, epoch) "
    "SELECT lane, 0 FROM unnest(CAST(:lanes AS text[])) AS lane ORDER BY lane "
    "ON CONFLICT (name) DO UPDATE SET epoch = lanes.epoch WHERE FALSE"
)
_DEFER = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args) "
    "SELECT 'lanes', :task, lane, lane, jsonb_build_object('lane', lane) "
    "FROM unnest(CAST(:lanes AS text[])) AS lane "
    "ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING"
)

_TAKE = text(
    "WITH dead AS (DELETE FROM procrastinate_jobs "
    "WHERE status = 'doing' AND (worker_id IS NULL OR id = ANY(CAST(:lost AS bigint[])) "
    "OR worker_id IN (SELECT id FROM procrastinate_workers "
    "WHERE last_heartbeat < now() - make_interval(secs => :silence))) "
    "RETURNING task_name, lock) SELECT lock FROM dead WHERE task_name = :task"
)
_HELD = text("SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = :worker")
_ALIVE = text(
    "SELECT count(*) FROM procrastinate_workers "
    "WHERE last_heartbeat >= now() - make_interval(secs => :silence)"
)

_FORGOTTEN = text(
    "SELECT DISTINCT lane FROM inbox WHERE state = 'open' AND NOT EXISTS ("
    "SELECT 1 FROM procrastinate_jobs AS job "
    "WHERE job.lock = inbox.lane AND job.status IN ('todo', 'doing'))"
)


class Jobs:
    """The shelf of jobs. There is none on SQLite, where one process drains what it accepts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def defer(self, lanes: Iterable[str]) -> None:
        """Have each of these lanes drained, wherever a worker is free, once this is committed."""
        if these := sorted(set(lanes)):
            await self._connection.execute(_LOCK, {"lanes": these})
            await self._connection.execute(_DEFER, {"lanes": these, "task": DRAIN})

    async def held_by(self, worker: int) -> set[int]:
        """The jobs that a worker has fetched and not marked as done."""
        return set(await self._connection.scalars(_HELD, {"worker": worker}))

    async def take_from_dead(self, *, silence: float, lost: Collection[int] = ()) -> set[str]:
        """Drop the jobs of workers not heard of for so many seconds, and these; tells their lanes.

        The lanes are to be deferred anew, in the same transaction.
        """
        values = {"silence": silence, "lost": list(lost), "task": DRAIN}
        return set(await self._connection.scalars(_TAKE, values))

    async def forgotten_lanes(self) -> set[str]:
        """Lanes in which something waits and for which there is no job."""
        return set(await self._connection.scalars(_FORGOTTEN))

    async def alive(self, *, silence: float) -> int:
        """How many workers were heard of within so many seconds."""
        return int(await self._connection.scalar(_ALIVE, {"silence": silence}) or 0)
