"""What a press costs: run by itself, `uv run python -m benchmarks.menus --stored 1000000`.

Two bots run side by side, each as a process of its own between two sandboxes, on loopback only. In
the one database hardly anybody has conversations, in the other very many have. People turn the
pages of theirs, in turns here and there; a press is timed until it is answered, and by then the
menu is edited. Read the ratio; the figures alone depend on the machine.

`--postgresql` measures on a server of its own, from the binaries that the tests use.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeAlias

import psycopg
from cryptography.fernet import Fernet
from sqlalchemy import make_url

from benchmarks.bots import RUN, process
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.storage import Cipher, parse, upgrade
from tests import postgres

#: People who press, and how many conversations each of them has.
PEOPLE, THEIRS = 20, 30
#: Conversations of each of the others.
OTHERS = 100

Rows: TypeAlias = Iterator[tuple[object, ...]]
_CHATS = "chats (id, kind, external_id, met_at)"
_CONVERSATIONS = "conversations (chat_id, topic_id, session_id, title, opened_at, closed_at)"
_WHEN = "2026-11-27 12:00:00.000000"


@dataclass
class Side:
    """One of the two that are compared."""

    stored: int
    people: Sequence[Person]
    #: Seconds that each press took.
    took: list[float] = field(default_factory=list)

    async def press(self, number: int) -> None:
        """Turn a page, and time it."""
        label = "‹" if number // PEOPLE % 2 else "›"
        began = time.perf_counter()
        if await self.people[number % PEOPLE].presses(label) is None:
            raise RuntimeError("a press was not answered")
        self.took.append(time.perf_counter() - began)

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.took, n=100)
        spread = f"p50 {cuts[49] * 1000:6.1f} ms   p99 {cuts[98] * 1000:6.1f} ms"
        return f"{self.stored:>9,} stored   {spread}"


def chats(people: Sequence[int], owners: Sequence[int]) -> Rows:
    """The chats of those who press, and of all the others."""
    for owner in (*owners, *people):
        yield owner, "private", f"{owner:032x}", _WHEN


def conversations(people: Sequence[int], owners: Sequence[int], stored: int, key: str) -> Rows:
    """Everybody's conversations; those of the people lie among the others', as they would."""
    title = Cipher([key]).encrypt(b"What shall we do about the weather in Porto?")
    theirs = [person for person in people for _ in range(THEIRS)]
    every = max(1, stored // len(theirs))
    for number in range(max(stored, len(theirs))):
        if number < stored:
            yield owners[number // OTHERS], 0, None, title, _WHEN, _WHEN
        if number % every == 0 and theirs:
            yield theirs.pop(), 0, None, title, _WHEN, _WHEN


def fill(url: str, key: str, people: Sequence[int], stored: int) -> None:
    """Write a database in which these people and so many others' conversations are."""
    upgrade(parse(url))
    owners = range(1, stored // OTHERS + 2)
    rows = {
        _CHATS: chats(people, owners),
        _CONVERSATIONS: conversations(people, owners, stored, key),
    }
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database or "")) as file, file:
            for table, these in rows.items():
                marks = ", ".join("?" * (table.count(",") + 1))
                file.executemany(f"INSERT INTO {table} VALUES ({marks})", these)  # noqa: S608
            file.execute("ANALYZE")
        return
    with psycopg.connect(url, autocommit=True) as server:
        for table, these in rows.items():
            with server.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                for row in these:
                    copy.write_row(row)
        server.execute("VACUUM ANALYZE")


@asynccontextmanager
async def open_side(url: str, stored: int) -> AsyncIterator[Side]:
    """Fill a database, run the bot on it, and have everybody look at their conversations."""
    key = Fernet.generate_key().decode()
    async with TelegramSandbox(limits="off") as telegram, OnDemandSandbox(pace=0) as ondemand:
        people = [telegram.person(f"Person {number}") for number in range(PEOPLE)]
        await asyncio.to_thread(fill, url, key, [each.id for each in people], stored)
        async with process(RUN, telegram, ondemand, DATABASE_URL=url, DATA_KEY=key):
            await asyncio.sleep(5)  # Until it has told Telegram its commands in every language.
            for person in people:
                await person.says("/chats")
                await person.reads()
            yield Side(stored, people)


async def measure(new_url: Callable[[], str], stored: Sequence[int], presses: int) -> list[Side]:
    """Press here and there in turns."""
    async with AsyncExitStack() as stack:
        sides = [await stack.enter_async_context(open_side(new_url(), each)) for each in stored]
        for number in range(PEOPLE + presses):
            if number == PEOPLE:  # The first press of each person is not counted.
                for side in sides:
                    side.took.clear()
            for side in sides if number % 2 else reversed(sides):
                await side.press(number)
        return sides


async def main() -> None:
    """Measure with few and with many, and print both and their ratio."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--few", type=int, default=10)
    arguments.add_argument("--stored", type=int, default=200_000)
    arguments.add_argument("--presses", type=int, default=400)
    arguments.add_argument("--postgresql", action="store_true")
    given = arguments.parse_args()
    kind = "PostgreSQL" if given.postgresql else "SQLite"
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {kind}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        names = (f"side_{number}" for number in count())
        server = stack.enter_context(postgres.server()).url if given.postgresql else ""

        def new_url() -> str:
            name = next(names)
            if not server:
                return f"sqlite:///{folder}/{name}.db"
            postgres.execute(server, f"CREATE DATABASE {name}")
            made = make_url(server).set(database=name)
            return made.render_as_string(hide_password=False)

        stored = (given.few, given.stored)
        sides = await measure(new_url, stored, given.presses)
    middles = [statistics.median(side.took) for side in sides]
    print(*sides, sep="\n")
    print(f"ratio of the middles   {middles[1] / middles[0]:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
