"""People who talk to many processes, of which one dies now and then, and the tally of it.

Workers poll by themselves, or Telegram calls processes of `ondemand-bot web` through a line that
gives each its turn. The database may be restarted meanwhile.
"""

import asyncio
import secrets
import signal
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

import psycopg
from cryptography.fernet import Fernet

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from tests.crashes.loop import Talk, Tally
from tests.crashes.process import BotProcess
from tests.dialogues.line import open_line
from tests.ports import free_port
from tests.postgres import Server
from tests.waiting import until

#: What happens to a process: a power cut, a machine that hangs for a while, a new version.
Fate = Literal["killed", "frozen", "replaced"]
FATES: tuple[Fate, ...] = ("killed", "frozen", "replaced")

#: How a process is started.
WORKER = ("-m", "bot", "worker")
WEB = ("-m", "bot", "web")

#: How a server ends before it is started again: cutting off everybody, or as in a crash.
_ENDS = (signal.SIGINT, signal.SIGQUIT)

#: How long the pauses of Telegram's deliveries in vain are here, next to its own.
_RETRY_PACE = 0.05

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
        while True:
            with suppress(psycopg.OperationalError):  # The database is being restarted.
                await self._watch()
            await asyncio.sleep(_LOOK_EVERY)

    async def _watch(self) -> None:
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
    #: How often the database was restarted.
    restarts: int
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
        restarts = f"database restarted {self.restarts} times"
        return f"{fates}, {restarts}; {self.tally}; {took}; {self.seconds:.0f} s"


@dataclass(kw_only=True)
class Crowd(Talk):
    """People, a crew of processes that answers them, and others that Telegram calls, if any."""

    crew: list[BotProcess]
    #: Each by the port at which Telegram reaches it.
    webs: dict[int, BotProcess]
    takeovers: Takeovers
    #: With which the processes keep what people write.
    data_key: str
    #: Seconds between two questions, at most.
    pause: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        self._random = Random(self.seed)
        self._codes: list[int] = []
        #: The processes that hang just now. At least one does not.
        self._ice: list[BotProcess] = []

    async def run(
        self,
        *,
        questions: int,
        fates: Sequence[Fate],
        started_at: float,
        database: Server | None = None,
        restarts: int = 0,
    ) -> Result:
        """Ask so much, while this happens to one process after the other, and to the database."""
        everybody = [*self.crew, *self.webs.values()]
        await asyncio.gather(*map(self._start, everybody))
        await until(lambda: len(self.takeovers.workers) >= len(self.crew), _START)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ask_all(questions))
            group.create_task(self._meet(fates))
            if database is not None:
                group.create_task(self._restart(database, restarts))
        await self.until_answered()
        for process in everybody:
            process.tell_to_end()
        self._codes += [await process.ended() for process in everybody]
        return Result(
            self.tally(len(fates)),
            fates,
            restarts,
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
                workers = [each for each in self.crew if each not in self._ice]
                process = self._random.choice([*workers, *self.webs.values()])
                is_spare = process in workers and len(workers) > 1
                if fate == "frozen" and is_spare:
                    hanging.create_task(self._hang(process))
                elif fate == "replaced":
                    process.tell_to_end()
                    self._codes.append(await process.ended())
                    await self._start(process)
                else:
                    if process in workers:
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
        """Start a process, and wait until it does its work."""
        port = next((port for port, web in self.webs.items() if web is process), None)
        program = WORKER if port is None else WEB
        known = len(self.takeovers.workers)
        process.start(*program)
        async with asyncio.timeout(_START):
            while not (
                len(self.takeovers.workers) > known if port is None else await _answers(port)
            ):
                if process.has_ended:  # The database is away; whoever watches it starts it again.
                    process.start(*program)
                await asyncio.sleep(_LOOK_EVERY)

    async def _restart(self, database: Server, times: int) -> None:
        """Take the database away and bring it back, so often."""
        for _ in range(times):
            await asyncio.sleep(self._random.uniform(0.5, 2.0))
            await asyncio.to_thread(database.end, self._random.choice(_ENDS))
            await asyncio.sleep(self._random.uniform(0.0, 1.0))
            await asyncio.to_thread(database.start)


async def _answers(port: int) -> bool:
    """Whether somebody listens at this port."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def crowd(
    *, url: str, folder: Path, seed: int, workers: int, people: int, pause: float, webs: int = 0
) -> AsyncIterator[Crowd]:
    """People and processes between sandboxes of their own, on a migrated database."""
    key = Fernet.generate_key().decode()
    variables = {
        "DATA_KEY": key,
        "TELEGRAM_CALLS_PER_SECOND": "1000",
        "ONDEMAND_QUERIES_PER_MINUTE": "100000",
    }
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(
            TelegramSandbox(limits="off", seed=seed, retry_pace=_RETRY_PACE)
        )
        ondemand = await stack.enter_async_context(OnDemandSandbox(pace=0.5, seed=seed))
        ports = [free_port() for _ in range(webs)]
        if ports:
            servers = [f"http://127.0.0.1:{port}" for port in ports]
            front = await stack.enter_async_context(open_line(*servers))
            variables |= {"WEBHOOK_URL": front.url, "WEBHOOK_SECRET": secrets.token_urlsafe(32)}

        def process(name: str, port: int = 0) -> BotProcess:
            (folder / name).mkdir()
            # A port of nobody's: workers open none, though a webhook's settings want one.
            return BotProcess(
                telegram=telegram,
                ondemand=ondemand,
                url=url,
                folder=folder / name,
                **variables | {"PORT": str(port or 8080)} if ports else variables,
            )

        one = Crowd(
            telegram,
            ondemand,
            seed,
            [f"Person {number}" for number in range(people)],
            crew=[process(f"worker-{number}") for number in range(workers)],
            webs={port: process(f"web-{port}", port) for port in ports},
            takeovers=Takeovers(url),
            data_key=key,
            pause=pause,
        )
        watching = asyncio.create_task(one.takeovers.watch())
        try:
            yield one
        finally:
            for each in [*one.crew, *one.webs.values()]:
                each.thaw()
                each.kill()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
