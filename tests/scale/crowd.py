"""People who talk to many processes, of which one dies now and then, and the tally of it."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

import psycopg
from cryptography.fernet import Fernet

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from tests.crashes.loop import Talk, Tally
from tests.crashes.process import BotProcess, until

#: What happens to a process: a power cut, a machine that hangs for a while, a new version.
Fate = Literal["killed", "frozen", "replaced"]
FATES: tuple[Fate, ...] = ("killed", "frozen", "replaced")

#: How a process is started.
WORKER = ("-m", "bot", "worker")

#: Seconds that a frozen process hangs: longer than it is believed to be alive.
HANGS = 9.0

#: Seconds until a process that was started takes jobs, on a machine with much to do.
_START = 90.0

#: Seconds of silence after which a worker does not live as it should.
_SILENT = 3.0

#: Seconds from one look at the workers' jobs to the next.
_LOOK_EVERY = 0.1


@dataclass
class Takeovers:
    """How long lanes stood still after their worker died, as the database tells it."""

    url: str
    #: The workers that were seen.
    workers: set[int] = field(default_factory=set)
    #: Those that were silent, by the moment of their last sign of life, and when the last job was
    #: still theirs.
    held: dict[tuple[int, float], float] = field(default_factory=dict)
    #: When processes were killed or frozen.
    deaths: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            while True:
                found = await connection.execute(
                    "SELECT worker.id, extract(epoch FROM last_heartbeat)::float8, count(job.id) "
                    "FROM procrastinate_workers AS worker LEFT JOIN procrastinate_jobs AS job "
                    "ON job.worker_id = worker.id AND job.status = 'doing' GROUP BY worker.id"
                )
                for worker, beat, jobs in await found.fetchall():
                    self.workers.add(worker)
                    if jobs and time.time() - beat > _SILENT:
                        self.held[worker, beat] = time.time()
                await asyncio.sleep(_LOOK_EVERY)

    @property
    def seconds(self) -> list[float]:
        """For each worker that died over its work: from its death until nothing was its own."""
        return [
            held - death
            for death in self.deaths
            for (_, beat), held in self.held.items()
            if death - _SILENT < beat <= death
        ]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run."""

    tally: Tally
    fates: Sequence[Fate]
    takeovers: Sequence[float]
    seconds: float
    #: Exit codes of the processes that were told to end.
    codes: Sequence[int]

    def __str__(self) -> str:
        fates = ", ".join(f"{self.fates.count(fate)} {fate}" for fate in FATES)
        took = (
            f"taken over after {statistics.median(self.takeovers):.1f} s, "
            f"at most {max(self.takeovers):.1f} s"
            if self.takeovers
            else "nothing to take over"
        )
        return f"{fates}; {self.tally}; {took}; {self.seconds:.0f} s"


@dataclass(kw_only=True)
class Crowd(Talk):
    """People, and a crew of processes that answers them."""

    crew: list[BotProcess]
    takeovers: Takeovers
    #: Seconds between two questions, at most.
    pause: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        self._random = Random(self.seed)
        self._codes: list[int] = []
        #: The processes that hang just now. At least one does not.
        self._ice: list[BotProcess] = []

    async def run(self, *, questions: int, fates: Sequence[Fate], started_at: float) -> Result:
        """Ask so much, while this happens to one process after the other."""
        for process in self.crew:
            process.start(*WORKER)
        await until(lambda: len(self.takeovers.workers) >= len(self.crew), _START)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ask_all(questions))
            group.create_task(self._meet(fates))
        await self.until_answered()
        for process in self.crew:
            process.tell_to_end()
        self._codes += [await process.ended() for process in self.crew]
        return Result(
            self.tally(len(fates)),
            fates,
            self.takeovers.seconds,
            time.monotonic() - started_at,
            self._codes,
        )

    async def _ask_all(self, questions: int) -> None:
        for _ in range(questions):
            await asyncio.sleep(self._talks.uniform(0, self.pause))
            await self.ask()

    async def _meet(self, fates: Sequence[Fate]) -> None:
        """Let each of these come to a process, one soon after the other, while people talk."""
        async with asyncio.TaskGroup() as hanging:
            for fate in fates:
                await asyncio.sleep(self._random.uniform(0.5, 2.0))
                process = self._random.choice([each for each in self.crew if each not in self._ice])
                if fate == "frozen" and len(self._ice) + 1 < len(self.crew):
                    hanging.create_task(self._hang(process))
                elif fate == "replaced":
                    process.tell_to_end()
                    self._codes.append(await process.ended())
                    await self._start(process)
                else:
                    self.takeovers.deaths.append(time.time())
                    process.kill()
                    await self._start(process)

    async def _hang(self, process: BotProcess) -> None:
        self._ice.append(process)
        self.takeovers.deaths.append(time.time())
        process.freeze()
        await asyncio.sleep(HANGS)
        process.thaw()
        self._ice.remove(process)

    async def _start(self, process: BotProcess) -> None:
        """Start a process, and wait until it takes jobs."""
        known = len(self.takeovers.workers)
        process.start(*WORKER)
        await until(lambda: len(self.takeovers.workers) > known, _START)


@asynccontextmanager
async def crowd(
    *, url: str, folder: Path, seed: int, workers: int, people: int, pause: float
) -> AsyncIterator[Crowd]:
    """People and processes between sandboxes of their own, on a migrated database."""
    key = Fernet.generate_key().decode()
    async with (
        TelegramSandbox(limits="off", seed=seed) as telegram,
        OnDemandSandbox(pace=0.5, seed=seed) as ondemand,
    ):
        crew = []
        for number in range(workers):
            (folder / str(number)).mkdir()
            crew.append(
                BotProcess(
                    telegram=telegram,
                    ondemand=ondemand,
                    url=url,
                    folder=folder / str(number),
                    DATA_KEY=key,
                    TELEGRAM_CALLS_PER_SECOND="1000",
                    ONDEMAND_QUERIES_PER_MINUTE="100000",
                )
            )
        takeovers = Takeovers(url)
        watching = asyncio.create_task(takeovers.watch())
        names = [f"Person {number}" for number in range(people)]
        try:
            yield Crowd(
                telegram,
                ondemand,
                seed,
                names,
                crew=crew,
                takeovers=takeovers,
                pause=pause,
            )
        finally:
            for process in crew:
                process.thaw()
                process.kill()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
