"""Who drains, in many processes: whichever worker fetches the job of a lane first.

Procrastinate keeps the jobs in PostgreSQL, wakes workers when there is one, and lets none run
beside another of its lane. Here is what it does not do: a job is deferred in the transaction that
takes something in, what dead workers held is taken from them within seconds, and a worker that is
told to end finishes its turns or hands them over.

Nothing depends on a job being run once. A lane that two believe to hold belongs to the one who took
it over last, and the other is fenced off.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.worker import Worker

from bot.clock import Clock
from bot.delivery.local import LocalDispatcher
from bot.storage import StorageError, Store, Transaction
from bot.storage.jobs import DRAIN

log = logging.getLogger(__name__)

#: Seconds from one sign of life of a worker to the next; of silence after which it counts as dead;
#: and from one look for dead ones to the next. Together a lane stands still for less than ten.
_BEAT_EVERY = 2.0
_SILENCE = 6.0
_LOOK_EVERY = 1.5

#: Seconds after its last sign of life that a worker may still speak: less than the silence, so that
#: nobody else does meanwhile.
_LEASE = 5.0

#: Lanes that one process drains at a time. Most of them wait for something; there is no lane that
#: would be better off waiting for a free place.
_PLACES = 2000

#: Seconds after which a worker looks for jobs although nobody called: one that waited for the lock
#: of its lane is not called.
_LOOK_FOR_JOBS_EVERY = 0.5

#: Connections of a worker beside those of the store: to fetch jobs and to mark them as done.
CONNECTIONS = 4

#: Seconds before a worker that lost its database begins anew.
_PAUSE = 1.0

#: Seconds from one look for lanes that have no job, to the next, as cron writes it.
_FORGOTTEN_LANES = "* * * * * */10"

#: Seconds in which the last jobs are marked as done, when the process ends.
_LAST_WORDS = 3.0


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to do again and again, by one process for all of them."""

    #: When, as cron writes it, in UTC.
    cron: str
    do: Callable[[], Awaitable[None]]


async def defer(tx: Transaction, lanes: Iterable[str]) -> None:
    """Have these lanes drained by whichever worker is free, once this transaction is committed."""
    await tx.jobs.defer(lanes)


class Lease:
    """Whether this process may speak: others surely believe that it is alive.

    A process that hung, or did not reach the database, may find when it goes on that its lanes were
    taken over. What it writes down is fenced; what it says is not, so it says nothing until all of
    its turns of before are cut.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._renewed_at: float | None = None
        self._has_lapsed = False

    def is_valid(self) -> bool:
        """Whether it may speak at this moment."""
        if self._renewed_at is None:
            return False
        self._has_lapsed |= self._now() - self._renewed_at >= _LEASE
        return not self._has_lapsed

    def renew(self, given_at: float) -> None:
        """A sign of life arrived, which was given at this moment. A lapsed lease stays so."""
        self.is_valid()
        self._renewed_at = given_at

    def restore(self) -> None:
        """Nothing of before is going on any more: from the next sign of life on it may speak."""
        self._has_lapsed = False


class PostgresDispatcher:
    """One worker of several: promises to drain its share of the lanes, and to look after the rest.

    Within a process a lane has one task, as where there is no other process.
    """

    def __init__(
        self,
        *,
        conninfo: str,
        store: Store,
        drain: Callable[[str], Awaitable[bool]],
        clock: Clock,
        lease: Lease,
        errands: Mapping[str, Errand],
        on_crew: Callable[[int], None],
    ) -> None:
        """`on_crew` is told, now and then, how many workers there are."""
        self._conninfo = conninfo
        self._store = store
        self._local = LocalDispatcher(drain=drain, clock=clock)
        self._errands = {"wake forgotten lanes": Errand(_FORGOTTEN_LANES, self._wake_forgotten)}
        self._errands |= errands
        self._on_crew = on_crew
        self._lease = lease
        self._worker: Worker | None = None
        #: The jobs that are being worked on, and those that seemed not to be at the last look.
        self._jobs: set[int] = set()
        self._suspects: set[int] = set()
        self._is_closing = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._take_jobs()),
            asyncio.create_task(self._look_after_others()),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close(grace=0)

    async def close(self, *, grace: float) -> None:
        """Take no more jobs, let turns finish for `grace` seconds, and hand the rest over."""
        if self._is_closing:
            return
        self._is_closing = True
        taking, looking = self._tasks
        looking.cancel()
        beating = None
        if (worker := self._worker) is not None:
            worker.shutdown_graceful_timeout = None
            worker.stop()  # type: ignore[no-untyped-call]  # The library's.
            # It stops to beat, too, and others would take what it is still working on.
            beating = asyncio.create_task(self._beat(worker))
        await self._local.close(grace=grace)
        await asyncio.wait([taking], timeout=_LAST_WORDS)
        ending = [task for task in (taking, looking, beating) if task is not None]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _take_jobs(self) -> None:
        """Fetch jobs and run them, through whatever the database does."""
        while not self._is_closing:
            app = App(connector=PsycopgConnector(conninfo=self._conninfo, max_size=CONNECTIONS))
            app.job_manager = _Jobs(app.connector, self._lease)
            self._teach(app)
            try:
                async with app.open_async():
                    await self._run_worker(app)
            except Exception as error:  # The database is away, most likely.
                log.warning("no jobs taken", extra={"error": type(error).__name__})
            if not self._is_closing:
                await asyncio.sleep(_PAUSE)

    async def _run_worker(self, app: App) -> None:
        self._worker = Worker(
            app,
            concurrency=_PLACES,
            fetch_job_polling_interval=_LOOK_FOR_JOBS_EVERY,
            # Where the database was lost a new worker begins at once. What this one drained goes on
            # in its tasks meanwhile, and whoever fetches its lane next joins in or takes it over.
            shutdown_graceful_timeout=0,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=_BEAT_EVERY,
        )
        try:
            await self._worker.run()  # type: ignore[no-untyped-call]  # The library's.
        finally:
            self._worker = None

    def _teach(self, app: App) -> None:
        """Tell the library what is to be done with its jobs."""

        @app.task(name=DRAIN, pass_context=True)
        async def drain(context: JobContext, lane: str) -> None:
            job = context.job.id or 0
            self._jobs.add(job)
            try:
                if not await self._local.drained(lane):
                    await self._hand_over(lane)
            finally:
                self._jobs.discard(job)

        for name, errand in self._errands.items():
            self._teach_errand(app, name, errand)

    def _teach_errand(self, app: App, name: str, errand: Errand) -> None:
        @app.periodic(cron=errand.cron, periodic_id=name)
        @app.task(name=name, lock=name, queueing_lock=name, pass_context=True)
        async def do(context: JobContext, timestamp: int) -> None:
            job = context.job.id or 0
            self._jobs.add(job)
            try:
                await errand.do()
            except Exception as error:  # The next time may go better, and is not far.
                log.warning("errand failed", exc_info=error, extra={"errand": name})
            finally:
                self._jobs.discard(job)

    async def _hand_over(self, lane: str) -> None:
        """Let another worker go on with this lane, as soon as our job ends."""
        try:
            async with self._store.begin() as tx:
                await tx.jobs.defer([lane])
        except StorageError as error:  # Then it is found to have no job, some seconds later.
            log.warning("lane not handed over", extra={"error": type(error).__name__})

    async def _look_after_others(self) -> None:
        """Take from dead workers what they held, and from ourselves what we hold by mistake."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                if not self._lease.is_valid():
                    await self._local.cut()
                    self._lease.restore()
                await self._look()
            except Exception as error:  # Dead workers keep their lanes where nobody looks.
                log.warning("workers not looked at", extra={"error": type(error).__name__})

    async def _look(self) -> None:
        worker = self._worker.worker_id if self._worker is not None else None
        async with self._store.begin() as tx:
            held = await tx.jobs.held_by(worker) if worker is not None else set()
            # Fetched or done with an answer that never came. Between two looks every other one has
            # long begun, or ended.
            idle = held - self._jobs
            lost, self._suspects = idle & self._suspects, idle
            lanes = await tx.jobs.take_from_dead(silence=_SILENCE, lost=lost)
            await tx.jobs.defer(lanes)
            crew = await tx.jobs.alive(silence=_SILENCE)
        if lanes:
            log.warning("lanes taken from dead workers", extra={"lanes": len(lanes)})
        self._on_crew(max(1, crew))

    async def _wake_forgotten(self) -> None:
        """Have lanes drained that nobody was told of: reopened by an operator, or left behind."""
        async with self._store.begin() as tx:
            await tx.jobs.defer(await tx.jobs.forgotten_lanes())

    async def _beat(self, worker: Worker) -> None:
        """Give signs of life for a worker that has stopped to, until it is no more."""
        while worker.worker_id is not None:
            with contextlib.suppress(ConnectorException):
                await worker.app.job_manager.update_heartbeat(worker.worker_id)
            await asyncio.sleep(_BEAT_EVERY)


class _Jobs(JobManager):
    """The library's door to its tables, which notices signs of life, and forgives.

    A job that cannot be marked as done just now is found at the next looks and dropped; one that
    was taken from us is gone already.
    """

    def __init__(self, connector: BaseConnector, lease: Lease) -> None:
        super().__init__(connector)
        self._lease = lease

    async def register_worker(self) -> int:
        given_at = time.monotonic()
        worker = await super().register_worker()
        self._lease.renew(given_at)
        return worker

    async def update_heartbeat(self, worker_id: int) -> None:
        given_at = time.monotonic()
        await super().update_heartbeat(worker_id)
        self._lease.renew(given_at)

    async def finish_job_by_id_async(self, job_id: int, *arguments: object, **more: object) -> None:
        try:
            await super().finish_job_by_id_async(job_id, *arguments, **more)  # type: ignore[arg-type]  # As it came.
        except ConnectorException as error:
            log.info("job not ended", extra={"job": job_id, "error": type(error).__name__})
