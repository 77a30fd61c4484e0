"""The worker processes, seen from the house: started when needed, stopped at a limit, replaced.

A thread stands by each of them, because to start a process and to fill a pipe takes time; the event
loop does neither.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

from bot.audio.errors import BusyError, UnusableError, WorkerError
from bot.audio.wire import Parcel

#: A worker of ours. In isolated mode neither variables nor the current folder change what it runs.
PROGRAM = (sys.executable, "-I", "-m", "bot.audio.worker")
#: All that a worker sees of our environment, which holds secrets: what Python may need to start.
_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of the crew, with the defaults it is meant to run with. Times are in seconds."""

    workers: int = 2
    #: Jobs that may wait for a worker.
    waiting: int = 40
    #: Until a worker has started. It is part of no job's time.
    start: float = 20.0
    #: Until a job is done; then its worker is stopped.
    job: float = 120.0
    #: Jobs until a worker is replaced, for what may leak in libraries.
    jobs: int = 100


class _Worker:
    """One process, for as long as it lives. Its methods block, all but `stop`."""

    def __init__(self, program: Sequence[str], *, jobs: int) -> None:
        self._program = program
        self._left = jobs
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    @property
    def is_alive(self) -> bool:
        """Whether it can take another job."""
        return not self._is_stopped and self._process is not None and self._process.poll() is None

    def start(self) -> Parcel | None:
        """Start the process; None where it did not become ready."""
        known = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603  # Nothing but our own program is run.
                self._program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PATH": "", **known},
                cwd=os.sep,
            )
        except OSError:
            return None
        if self._is_stopped:  # In the meantime.
            self._process.kill()
        return self._received()

    def work(self, job: Parcel) -> Parcel | None:
        """Hand in a job and wait for the answer; None where the process did not survive it."""
        assert self._process and self._process.stdin  # noqa: S101  # It was started.
        # A broken pipe shows below, where nothing comes back.
        with contextlib.suppress(OSError):
            job.send(self._process.stdin)
        answer = self._received()
        self._left -= 1
        if not self._left:
            self.end()
        return answer

    def _received(self) -> Parcel | None:
        assert self._process and self._process.stdout  # noqa: S101  # It was started.
        try:
            return Parcel.receive(self._process.stdout)
        except (EOFError, OSError):
            self.end()
            return None

    def stop(self) -> None:
        """Kill the process, whatever it does. Whoever waits for it hears that it is gone."""
        self._is_stopped = True
        if self._process:
            self._process.kill()

    def end(self) -> None:
        """Kill the process, and leave nothing of it behind."""
        self.stop()
        if self._process and self._process.stdin:
            with contextlib.suppress(OSError):  # What was still to be written.
                self._process.stdin.close()
            with self._process:
                pass  # It is waited for, and the other pipe is closed.


class Crew:
    """A few workers and those who wait for them, in order. An async context manager."""

    def __init__(self, limits: Limits, program: Sequence[str] = PROGRAM) -> None:
        self._limits = limits
        self._program = program
        # The system ends a worker together with the thread that started it, so these stay.
        self._threads = ThreadPoolExecutor(limits.workers, thread_name_prefix="audio")
        self._workers: set[_Worker] = set()
        #: A place for each worker. The one that was at work last is taken first.
        self._places: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        for _ in range(limits.workers):
            self._places.put_nowait(None)
        self._waiting = 0
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all workers. Jobs that wait or are being done end with `WorkerError`."""
        self._is_closed = True
        workers = tuple(self._workers)
        for worker in workers:
            worker.stop()
        await asyncio.to_thread(self._end, workers)

    def _end(self, workers: Iterable[_Worker]) -> None:
        self._threads.shutdown()
        for worker in workers:
            worker.end()

    async def do(self, job: str, contents: Sequence[bytes], **words: Any) -> Parcel:
        """Have a job done. Raises `UnusableError`, `BusyError` and `WorkerError`.

        A caller who is cancelled takes the worker with it: the work is of no use to anybody else.
        """
        if self._places.empty() and self._waiting >= self._limits.waiting:
            raise BusyError("too many jobs wait already")
        self._waiting += 1
        try:
            worker = await self._places.get()
        finally:
            self._waiting -= 1
        try:
            if worker is None or not worker.is_alive:
                self._retire(worker)
                worker = self._new()
                await self._within(self._limits.start, worker, worker.start)
            words |= {"job": job, "limit": self._limits.job}
            work = partial(worker.work, Parcel(words, contents))
            answer = await self._within(self._limits.job, worker, work)
            if failed := answer.words.get("failed"):
                worker.stop()  # Nobody knows what it left behind, or how much memory.
                raise WorkerError(f"a worker failed: {failed}")
        finally:
            if worker is not None and not worker.is_alive:
                self._retire(worker)
                worker = None
            self._places.put_nowait(worker)
        if reason := answer.words.get("unusable"):
            raise UnusableError(reason)
        return answer

    async def _within(
        self, limit: float, worker: _Worker, step: Callable[[], Parcel | None]
    ) -> Parcel:
        """Wait for one step of a worker, and stop the worker where nobody waits any longer."""
        if self._is_closed:
            raise WorkerError("closed")
        running = asyncio.get_running_loop().run_in_executor(self._threads, step)
        try:
            await asyncio.wait([running], timeout=limit)
        finally:
            if not running.done():
                worker.stop()
        if not running.done():
            raise WorkerError(f"a worker took more than {limit:.0f} seconds")
        answer = running.result()
        if answer is None:
            raise WorkerError("a worker is gone")
        return answer

    def _new(self) -> _Worker:
        worker = _Worker(self._program, jobs=self._limits.jobs)
        self._workers.add(worker)
        return worker

    def _retire(self, worker: _Worker | None) -> None:
        if worker is not None and not self._is_closed:  # Or all of them are being ended.
            self._workers.discard(worker)
            self._threads.submit(worker.end)
