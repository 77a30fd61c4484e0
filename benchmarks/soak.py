"""What grows while the bot runs: `uv run python -m benchmarks.soak --minutes 10`.

The bot runs as a process of its own between the two sandboxes. People ask, send voice notes, open
menus and translate, all the time; memory, open files and tasks are read now and then. Read the
slopes, from a third of the time on, when all has been loaded. It talks to loopback only.
"""

import argparse
import asyncio
import re
import statistics
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.bots import RUN, process, resident
from benchmarks.delivery import is_complete
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.ports import free_port

#: Seconds from one look at the process to the next.
EVERY = 5.0

#: Seconds between two things somebody does, on average, and those the bot gets for one.
PAUSE, PATIENCE = 2.0, 120.0


@dataclass(frozen=True)
class Look:
    """The bot at one moment."""

    at: float
    megabytes: float
    files: int
    tasks: int


def look(pid: int, port: int, started: float) -> Look:
    """Read what the process holds, the sound workers not counted."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        (tasks,) = re.findall(r"^ondemand_bot_tasks (\d+)", page.read().decode(), re.MULTILINE)
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Look(time.monotonic() - started, resident(pid), files, int(tasks))


def slope(looks: Sequence[Look], what: str) -> str:
    """How much of it there was first and last, and how it grew in an hour."""
    times, values = [each.at for each in looks], [getattr(each, what) for each in looks]
    grew = statistics.linear_regression(times, values).slope * 3600
    return f"{what:<10} {values[0]:7.0f} then {values[-1]:7.0f}; {grew:+8.1f} an hour"


async def live(person: Person, until: float, chances: Random, done: list[str]) -> None:
    """Do one thing after the other with the bot, as somebody who has much to ask."""
    while time.monotonic() < until:
        what = chances.choices(["ask", "speak", "menu", "translate"], [8, 1, 2, 2])[0]
        if what == "ask":
            await person.says(f"What is {chances.randrange(100)} + {chances.randrange(100)}?")
            await person.reads(when=is_complete, timeout=PATIENCE)
        elif what == "speak":
            await person.speaks(f"How far is it to place {chances.randrange(100)}?")
            await person.reads(when=is_complete, timeout=PATIENCE)
        elif what == "menu":
            await person.says(chances.choice(["/plugins", "/chats", "/settings", "/usage"]))
            await person.reads(timeout=PATIENCE)
        else:
            await person.says(f"/translate es We meet at {chances.randrange(24)} o'clock.")
            await person.reads(timeout=PATIENCE)
        done.append(what)
        await asyncio.sleep(chances.uniform(0, 2 * PAUSE))


async def main(minutes: float, people: int) -> None:
    """Let people live for so long, and print what grew."""
    looks: list[Look] = []
    done: list[str] = []
    port, started = free_port(), time.monotonic()
    until = started + minutes * 60
    async with (
        TelegramSandbox(limits="off") as telegram,
        OnDemandSandbox(pace=0) as ondemand,
        process(
            RUN,
            telegram,
            ondemand,
            PORT=str(port),
            RATE_QUESTIONS_AT_ONCE="1000",
            ONDEMAND_UPLOADS_PER_MINUTE="100000",
        ) as bot,
    ):
        crowd = [telegram.person(f"Person {number}") for number in range(people)]
        async with asyncio.TaskGroup() as lives:
            for number, person in enumerate(crowd):
                lives.create_task(live(person, until, Random(number), done))  # noqa: S311
            while time.monotonic() < until:
                await asyncio.sleep(EVERY)
                looks.append(await asyncio.to_thread(look, bot.pid, port, started))
        await asyncio.sleep(EVERY)
        rest = await asyncio.to_thread(look, bot.pid, port, started)
    later = looks[len(looks) // 3 :]
    counted = ", ".join(f"{done.count(what)} × {what}" for what in sorted(set(done)))
    print(f"{people} people, {minutes:g} minutes: {counted}")
    for what in ("megabytes", "files", "tasks"):
        print(f"  {slope(later, what)}; at rest {getattr(rest, what):.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--people", type=int, default=20)
    given = parser.parse_args()
    asyncio.run(main(given.minutes, given.people))
