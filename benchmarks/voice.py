"""What speaking costs: `uv run python -m benchmarks.voice`, two minutes.

How long after the last word of an answer its voice note is there: spoken along while it is written,
as the bot does, and spoken afterwards, as 🔊 Listen does with a text of the same length. The bot
runs as a process of its own between the two sandboxes, whose speech service takes a second for each
piece. Read the ratios; the figures alone depend on the machine.
"""

import argparse
import asyncio
import os
import platform
import statistics
from datetime import UTC, datetime

from benchmarks.bots import RUN, process
from benchmarks.delivery import is_complete
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read

#: Seconds between two words of an answer, and those the speech service takes.
PACE, SERVICE = 0.05, 1.0
PATIENCE = 240.0


def is_spoken(read: Read) -> bool:
    """Whether a message is a voice note."""
    return read.kind == "voice"


def text(number: int, sentences: int) -> str:
    """An answer nobody has heard before."""
    return " ".join(
        f"This is sentence {n} of answer {number}, and it tells a little of the weather in Porto."
        for n in range(sentences)
    )


async def note_of(person: Person, telegram: TelegramSandbox) -> datetime:
    """When the next voice note arrived."""
    (note,) = await person.reads(when=is_spoken, timeout=PATIENCE)
    return telegram.history(note)[0].at


async def measure(sentences: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds from the whole text to the note: spoken along, and spoken afterwards."""
    along, afterwards = [], []
    async with TelegramSandbox(limits="off") as telegram, OnDemandSandbox(pace=0) as ondemand:
        ondemand.will("slow", operation="text_to_speech", seconds=SERVICE)
        anna = telegram.person("Anna")
        async with process(RUN, telegram, ondemand):
            for number in range(rounds):
                for answer, is_along in ((2 * number, True), (2 * number + 1, False)):
                    ondemand.assistant.will_say(text(answer, sentences), word_delay=PACE)
                    await (anna.speaks if is_along else anna.says)(f"Question {answer}")
                    (written,) = await anna.reads(when=is_complete, timeout=PATIENCE)
                    if is_along:
                        since = telegram.history(written)[-1].at
                        along.append((await note_of(anna, telegram) - since).total_seconds())
                    else:
                        pressed = datetime.now(UTC)
                        await anna.presses("🔊 Listen", message=written)
                        waited = await note_of(anna, telegram) - pressed
                        afterwards.append(waited.total_seconds())
    return along, afterwards


async def main(rounds: int) -> None:
    """Measure and print."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"load {os.getloadavg()[0]:.1f} before; the speech service takes {SERVICE:g} s a piece\n")
    for sentences in (2, 8, 24):
        along, afterwards = await measure(sentences, rounds)
        a, b = statistics.median(along), statistics.median(afterwards)
        words = len(text(0, sentences).split())
        print(f"an answer of {words} words, {words * PACE:.1f} s to write")
        print(f"  spoken along {a:5.2f} s   afterwards {b:5.2f} s   ratio {a / b:.2f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="answers of each length")
    asyncio.run(main(parser.parse_args().rounds))
