"""What delivery costs: run by itself, `uv run python benchmarks/delivery.py`.

The bot runs as a process of its own between the two sandboxes, and beside it, in the same run, a
plain python-telegram-bot application that keeps nothing. Read the ratios; the figures alone depend
on the machine. Both talk to loopback only.
"""

import argparse
import asyncio
import os
import platform
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.bots import ECHO, RUN, process, resident
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.waiting import until

#: Words of a streamed answer, and seconds between them.
WORDS, PACE = 400, 0.05


def is_complete(read: Read) -> bool:
    """Whether an answer has ended: it can be asked for again."""
    return any("↻" in button.label for row in read.keyboard for button in row)


def spread(seconds: Sequence[float]) -> str:
    """The middle and the end of a row of times, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return f"p50 {cuts[49] * 1000:7.1f} ms   p99 {cuts[98] * 1000:7.1f} ms"


async def intake(command: Sequence[str], updates: int) -> float:
    """Updates a second, from the first one offered to the last one confirmed.

    They are messages of groups that are not for the bot, so nothing but intake is measured.
    """
    async with TelegramSandbox(limits="off") as telegram, OnDemandSandbox(pace=0) as ondemand:
        anna = telegram.person("Anna")
        groups = [telegram.group(f"Group {n}", anna, telegram.bot) for n in range(50)]
        for group in groups:
            await group.promote(telegram.bot)
        async with process(command, telegram, ondemand):
            await until(lambda: telegram.pending() == 0, 60, every=0.005)
            started = time.perf_counter()
            for number in range(updates):
                await anna.says(f"not for the bot {number}", in_=groups[number % len(groups)])
            await until(lambda: telegram.pending() == 0, 120, every=0.005)
            return updates / (time.perf_counter() - started)


async def latency(command: Sequence[str], questions: int, each: float) -> list[float]:
    """Seconds from a person's message to the bot's next call because of it, at a steady pace.

    For our bot that is the query to OnDemand, after the message and its turn were committed; for
    the echo it is the reply to Telegram, after nothing.
    """
    async with TelegramSandbox(limits="off") as telegram, OnDemandSandbox(pace=0) as ondemand:
        people = [telegram.person(f"Person {n}") for n in range(20)]
        said: dict[str, datetime] = {}

        def heard() -> dict[str, datetime]:
            if command is ECHO:
                calls = telegram.calls("sendMessage")
                return {call.parameters.get("text", ""): call.at for call in calls}
            return {call.body["query"]: call.at for call in ondemand.calls("submit_query")}

        async with process(command, telegram, ondemand):
            for person in people:  # So that everybody is known and has a session.
                await person.says(f"hello from {person.name}")
            await until(lambda: len(heard()) == len(people), 60, every=0.005)
            await asyncio.sleep(2)
            for number in range(questions):
                said[f"question {number}"] = datetime.now(UTC)
                await people[number % len(people)].says(f"question {number}")
                await asyncio.sleep(each)
            await until(lambda: said.keys() <= heard().keys(), 60, every=0.005)
            at = heard()
            return [(at[text] - when).total_seconds() for text, when in said.items()]


async def streams(people: int, spread: float) -> tuple[list[float], list[float], float]:
    """Many answers at once: how long each took, when it first showed, and the memory it took.

    People ask one after the other, within so many seconds. Each answer is timed from its question,
    and its first sight from its query.
    """
    async with TelegramSandbox(limits="off") as telegram, OnDemandSandbox(pace=0) as ondemand:
        crowd = [telegram.person(f"Person {n}") for n in range(people)]
        text = "A first sentence. " + " ".join(["word"] * WORDS)
        async with process(RUN, telegram, ondemand) as bot:
            for _ in crowd:
                ondemand.assistant.will_say(text, word_delay=PACE)

            async def ask(number: int, person: Person) -> tuple[float, float, float]:
                await asyncio.sleep(spread * number / people)
                asked_at = datetime.now(UTC)
                await person.says(f"question of {person.name}")
                (answer,) = await person.reads(when=is_complete, timeout=240)
                first, *_, last = telegram.history(answer)
                query = next(
                    call.at
                    for call in ondemand.calls("submit_query")
                    if call.body["query"] == f"question of {person.name}"
                )
                edits = len(telegram.history(answer)) - 1
                whole, shown = last.at - asked_at, first.at - query
                return whole.total_seconds(), shown.total_seconds(), edits

            times = await asyncio.gather(*(ask(n, person) for n, person in enumerate(crowd)))
            memory = resident(bot.pid)
        return [whole for whole, _, _ in times], [shown for _, shown, _ in times], memory


async def main(scale: float) -> None:
    """Measure everything and print it."""
    updates, questions = int(2000 * scale), int(200 * scale)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"load {os.getloadavg()[0]:.1f} before\n")

    ours, theirs = await intake(RUN, updates), await intake(ECHO, updates)
    print(f"intake of {updates} updates, each committed before it is confirmed")
    print(f"  ours {ours:6.0f}/s   not durable {theirs:6.0f}/s   ratio {ours / theirs:.2f}\n")

    durable = await latency(RUN, questions, 0.1)
    plain = await latency(ECHO, questions, 0.1)
    ratio = statistics.median(durable) / statistics.median(plain)
    print(f"from a message to the call it causes, {questions} at 10/s")
    print(f"  ours         {spread(durable)}")
    print(f"  not durable  {spread(plain)}   ratio of p50 {ratio:.2f}\n")

    # The sandbox says a word, then waits: the last word has no wait after it.
    ideal = (WORDS + 3) * PACE
    for people in (100, 300):
        number = max(2, int(people * scale))
        ended, shown, memory = await streams(number, ideal)
        print(f"{number} answers at once, {ideal:.2f} s each from the first word to the last")
        print(f"  whole        {spread(ended)}   p99 / ideal {max(ended) / ideal:.2f}")
        print(f"  first sight  {spread(shown)} after the query")
        print(f"  memory       {memory:.0f} MB\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="a smaller or larger run")
    asyncio.run(main(parser.parse_args().scale))
