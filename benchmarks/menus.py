"""What a press costs: run by itself, `uv run python benchmarks/menus.py --stored 200000`.

The bot runs as a process of its own between the two sandboxes, on loopback only. People turn the
pages of their conversations; a press is timed until it is answered, and by then the menu is edited.
It is done with few stored conversations of other people and with many. Read the ratio; the figures
alone depend on the machine.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from cryptography.fernet import Fernet

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.storage import Cipher, parse, upgrade

HERE = Path(__file__).parent
BOT = (sys.executable, "-m", "bot", "run")

#: People who press, and how many conversations each of them has.
PEOPLE, THEIRS = 20, 30
#: Conversations of each of the others.
OTHERS = 100


def store(file: Path, key: str, people: Sequence[int], stored: int) -> None:
    """Write a database in which these people and so many others' conversations are."""
    upgrade(parse(f"sqlite:///{file}"))
    title = Cipher([key]).encrypt(b"What shall we do about the weather in Porto?")
    owners = [*range(1, stored // OTHERS + 2)]
    with closing(sqlite3.connect(file)) as database, database:
        rows = [(owner, "private", f"{owner:032x}", "2026-11-27") for owner in (*owners, *people)]
        database.executemany(
            "INSERT INTO chats (id, kind, external_id, met_at) VALUES (?, ?, ?, ?)", rows
        )
        # Theirs lie among the others', as they would.
        whose = [owners[n // OTHERS] for n in range(stored)]
        for number, person in enumerate(person for person in people for _ in range(THEIRS)):
            whose.insert(len(whose) * number // (len(people) * THEIRS), person)
        closed = "2026-11-27 12:00:00.000000"
        database.executemany(
            "INSERT INTO conversations (chat_id, topic_id, session_id, title, opened_at, closed_at)"
            " VALUES (?, 0, NULL, ?, ?, ?)",
            ((owner, title, closed, closed) for owner in whose),
        )
        database.execute("ANALYZE")


@asynccontextmanager
async def running(
    file: Path, key: str, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> AsyncIterator[None]:
    """Run the bot on this database until the block ends."""
    started = await asyncio.create_subprocess_exec(
        *BOT,
        cwd=file.parent,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HERE.parent),
            "TELEGRAM_API_URL": telegram.url,
            "PORT": "0",
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "ONDEMAND_API_URL": ondemand.url,
            "ONDEMAND_API_KEY": "a-key-for-the-benchmark",
            "DATABASE_URL": f"sqlite:///{file}",
            "DATA_KEY": key,
            "TELEGRAM_CALLS_PER_SECOND": "1000",
            "LOG_LEVEL": "ERROR",
        },
    )
    try:
        while not telegram.calls("getUpdates"):
            await asyncio.sleep(0.02)
        await asyncio.sleep(3)  # Until it has told Telegram its commands in every language.
        yield
    finally:
        started.terminate()
        await started.wait()


async def press(person: Person, label: str) -> float:
    """Seconds from the press to its answer."""
    began = time.perf_counter()
    if await person.presses(label) is None:
        raise RuntimeError("a press was not answered")
    return time.perf_counter() - began


async def measure(stored: int, presses: int) -> list[float]:
    """Seconds that each press took, one at a time."""
    key = Fernet.generate_key().decode()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bot.db"
        async with TelegramSandbox(limits="off") as telegram, OnDemandSandbox(pace=0) as ondemand:
            people = [telegram.person(f"Person {number}") for number in range(PEOPLE)]
            await asyncio.to_thread(store, file, key, [each.id for each in people], stored)
            async with running(file, key, telegram, ondemand):
                for person in people:
                    await person.says("/chats")
                    await person.reads()
                took = []
                for number in range(presses):
                    label = "‹" if number // PEOPLE % 2 else "›"
                    took.append(await press(people[number % PEOPLE], label))
                return took


def spread(seconds: Sequence[float]) -> str:
    """The middle and the end of a row of times, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:6.1f} ms   p99 {cuts[98] * 1000:6.1f} ms"


async def main() -> None:
    """Measure with few and with many, and print both and their ratio."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--few", type=int, default=10)
    arguments.add_argument("--stored", type=int, default=200_000)
    arguments.add_argument("--presses", type=int, default=400)
    given = arguments.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, SQLite")
    middles = []
    for stored in (given.few, given.stored):
        took = await measure(stored, given.presses)
        middles.append(statistics.median(took))
        print(f"{stored:>9,} stored   {spread(took)}")
    print(f"ratio of the middles   {middles[1] / middles[0]:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
