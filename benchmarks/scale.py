"""What many processes deliver: `uv run python -m benchmarks.scale`.

Delivery alone is measured, on a PostgreSQL of its own: a feeder takes updates in, real processes
drain them by work that does nothing, and the database tells when. Everything shares the cores of
one machine, the server among it, so read the ratios.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import make_url, text

from bot.clock import SystemClock
from bot.delivery import Drain, Inbox, Turn, Work
from bot.delivery.postgres import Lease, PostgresDispatcher, defer
from bot.metrics import Metrics
from bot.storage import Arrival, Cipher, Store, conninfo, open_store, parse, upgrade
from tests import postgres

ROOT = Path(__file__).parent.parent

#: Lanes that the updates are spread over.
LANES = 500
#: Updates a webhook call or a poll brings along.
TOGETHER = 100

_FILL = text(
    "INSERT INTO inbox (update_id, lane, kind, state, attempts, accepted_at, ended_at) "
    "SELECT -n, 'talk:' || n % 100000 || ':' || 0, 'message', 'settled', 1, now(), now() "
    "FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n"
)
_WAITING = text("SELECT count(*) FROM inbox WHERE state = 'open'")
_TIMES = text(
    "SELECT extract(epoch FROM ended_at - accepted_at)::float8 FROM inbox WHERE update_id > 0"
)


async def _nothing(turn: Turn) -> None:
    """The work."""


async def _nobody(turn: Turn, error: Exception | None) -> None:
    """Nobody is told."""


@asynccontextmanager
async def opened(url: str, key: str) -> AsyncIterator[Store]:
    """The database, for one process."""
    async with open_store(
        parse(url), cipher=Cipher([key]), clock=SystemClock(), metrics=Metrics()
    ) as store:
        yield store


def drain_of(store: Store) -> Drain:
    """Delivery to nobody."""
    work = Work(_nothing, _nobody)
    return Drain(store=store, clock=SystemClock(), metrics=Metrics(), work=work)


async def be_a_worker(url: str, key: str) -> None:
    """Drain until killed."""
    async with opened(url, key) as store:
        dispatcher = PostgresDispatcher(
            conninfo=conninfo(parse(url), name="benchmark"),
            store=store,
            drain=drain_of(store),
            clock=SystemClock(),
            lease=Lease(),
            errands={},
            on_crew=lambda workers: None,
        )
        async with dispatcher:
            print("working", flush=True)
            await asyncio.Event().wait()


@asynccontextmanager
async def workers(number: int, url: str, key: str) -> AsyncIterator[None]:
    """So many processes, for the length of the block."""
    started = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.scale", "--be-a-worker", url, key),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(number)
    ]
    try:
        for process in started:
            assert process.stdout is not None  # noqa: S101  # It is a pipe.
            await process.stdout.readline()
        await asyncio.sleep(1)
        yield
    finally:
        for process in started:
            process.kill()
            await process.wait()


def arrivals(first: int, count: int) -> list[Arrival]:
    """Updates of many chats."""
    payload = json.dumps({"message": {"text": "hello " * 10}})
    return [
        Arrival(n, f"talk:{n % LANES}:0", "message", payload) for n in range(first, first + count)
    ]


async def until_empty(store: Store) -> None:
    """Wait until nothing waits."""
    while True:
        async with store.read() as tx:
            if not await tx.connection.scalar(_WAITING):
                return
        await asyncio.sleep(0.05)


async def forget_all(store: Store) -> None:
    """Begin anew."""
    async with store.begin() as tx:
        for table in ("inbox", "lanes", "procrastinate_jobs", "procrastinate_workers"):
            await tx.connection.execute(text(f"TRUNCATE {table} CASCADE"))


async def backlog(url: str, key: str, crew: int, updates: int) -> tuple[float, float]:
    """Seconds to take a backlog in, and updates a second until all of it is done."""
    async with opened(url, key) as store:
        await forget_all(store)
        inbox = Inbox(store=store, clock=SystemClock(), metrics=Metrics(), defer=defer)
        async with workers(crew, url, key):
            began = time.perf_counter()
            for first in range(1, updates + 1, TOGETHER):
                await inbox.accept(arrivals(first, TOGETHER))
            accepted = time.perf_counter() - began
            await until_empty(store)
            return accepted, updates / (time.perf_counter() - began)


async def latency(url: str, key: str, crew: int, updates: int, each: float) -> Sequence[float]:
    """Seconds from accepted to done, one update after the other at a steady pace."""
    async with opened(url, key) as store:
        await forget_all(store)
        inbox = Inbox(store=store, clock=SystemClock(), metrics=Metrics(), defer=defer)
        async with workers(crew, url, key):
            tasks = []
            for number in range(1, updates + 1):
                tasks.append(asyncio.create_task(inbox.accept(arrivals(number, 1))))
                await asyncio.sleep(each)
            await asyncio.gather(*tasks)
            await until_empty(store)
        async with store.read() as tx:
            return list(await tx.connection.scalars(_TIMES))


async def cost(url: str, key: str, stored: Sequence[int], messages: int) -> list[float]:
    """Seconds that one message costs, accepted and drained, with so many stored before it.

    Each number has a database of its own, and they take turns, so that what else the machine does
    falls on all of them.
    """
    times: list[list[float]] = [[] for _ in stored]
    async with AsyncExitStack() as stack:
        parts = []
        for place, count in enumerate(stored):
            name = f"cost_{place}"
            postgres.execute(url, f"CREATE DATABASE {name}")
            own = make_url(url).set(database=name).render_as_string(hide_password=False)
            await asyncio.to_thread(upgrade, parse(own))
            store = await stack.enter_async_context(opened(own, key))
            store.patience = 600.0
            async with store.begin() as tx:
                await tx.connection.execute(_FILL, {"first": 1, "last": count})
            async with store.begin() as tx:
                await tx.connection.execute(text("ANALYZE inbox"))
            inbox = Inbox(store=store, clock=SystemClock(), metrics=Metrics(), defer=defer)
            parts.append((inbox, drain_of(store)))
        for number in range(1, messages + 1):
            for row, (inbox, drain) in zip(times, parts, strict=True):
                began = time.perf_counter()
                await inbox.accept(arrivals(number, 1))
                await drain(f"talk:{number % LANES}:0")
                row.append(time.perf_counter() - began)
    return [statistics.median(row[messages // 5 :]) for row in times]


def spread(seconds: Sequence[float]) -> str:
    """The middle and the end of a row of times, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:6.1f} ms   p99 {cuts[98] * 1000:6.1f} ms"


async def main(scale: float) -> None:
    """Measure everything and print it."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"load {os.getloadavg()[0]:.1f} before\n")
    key = Fernet.generate_key().decode()
    with postgres.server() as server:
        url = server.url
        await asyncio.to_thread(upgrade, parse(url))
        updates = int(5000 * scale) // TOGETHER * TOGETHER
        for crew in (1, 2, 4):
            accepted, rate = await backlog(url, key, crew, updates)
            calm = await latency(url, key, crew, int(300 * scale), 0.1)
            busy = await latency(url, key, crew, int(1000 * scale), 0.02)
            print(f"{crew} worker(s)")
            print(f"  backlog of {updates}: accepted in {accepted:.1f} s, done at {rate:.0f}/s")
            print(f"  10/s   {spread(calm)}")
            print(f"  50/s   {spread(busy)}")
        stored = (1000, 1_000_000)
        few, many = await cost(url, key, stored, int(400 * scale))
        print(f"\na message costs {few * 1000:.2f} ms with {stored[0]} updates stored and")
        print(f"{many * 1000:.2f} ms with {stored[1]}: ratio {many / few:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="a smaller or larger run")
    parser.add_argument("--be-a-worker", nargs=2, metavar=("URL", "KEY"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.be_a_worker:
        asyncio.run(be_a_worker(*given.be_a_worker))
    else:
        asyncio.run(main(given.scale))
