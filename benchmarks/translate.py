"""What it costs that most messages need no translation: `uv run python -m benchmarks.translate`.

A busy group is played from the labelled messages of `tests/samples/languages`: its people write in
its languages, and in between are names, laughs, links and emoji. For each message is decided what
of it is language, and in which it is. The same is done with py3langid alone, over all languages it
knows, for every message. Read the ratios; the figures alone depend on the machine.

Then the messages of both halves are asked for, as the tests do: what detection was tuned on, and
what was held out.

At last people ask the running bot, between the two sandboxes, for translations: what that adds to
the time that the service takes by itself, for words that were never asked for and for some that
were.
"""

import asyncio
import os
import platform
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from benchmarks.bots import RUN, process
from bot.conversation.detection import load, speech_of, told
from bot.ondemand import OnDemandClient
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.languages import HALVES, samples
from tests.languages import told as as_lines

#: The languages of the group, and how many messages are sent to it.
GROUP, MESSAGES = ("en", "es", "ar"), 6_000
#: Of five messages so many have nothing to translate in them.
WITHOUT_LANGUAGE = 2
#: Rounds, of which the quickest counts: others use this machine, too.
ROUNDS = 3
#: People who ask for a translation, one after the other.
PEOPLE = 40


def stream() -> list[str]:
    """The messages, in an order that is always the same."""
    both = [sample for half in HALVES for sample in samples(half)]
    spoken = [sample.words for sample in both if sample.language in GROUP]
    rest = [sample.words for sample in both if not sample.language]
    chance = random.Random(1)  # noqa: S311 - Not for secrets.
    return [
        chance.choice(rest if number % 5 < WITHOUT_LANGUAGE else spoken)
        for number in range(MESSAGES)
    ]


def a_second(decide: Callable[[str], object], messages: Sequence[str]) -> float:
    """How many messages are decided in a second."""
    quickest = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for message in messages:
            decide(message)
        quickest = min(quickest, time.perf_counter() - began)
    return len(messages) / quickest


def megabytes() -> float:
    """The memory this process has, as far as the system tells."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measured() -> Iterator[str]:
    """The figures, as lines."""
    before, began = megabytes(), time.perf_counter()
    model = load()
    took, more = time.perf_counter() - began, megabytes() - before
    everything = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    messages = stream()
    silent = sum(not speech_of(message) for message in messages)
    known = sum(told(message, GROUP, model) is not None for message in messages)
    yield f"loading the model    {took:9.2f} s       {more:.0f} MB"
    yield (
        f"of {len(messages):,} messages {silent / len(messages):.0%} are no language, and "
        f"{known / len(messages):.0%} in one that is known; the rest would be left to the service"
    )
    plain = a_second(everything.classify, messages)
    yield f"py3langid alone      {plain:9,.0f} a second   1.00"
    for name, decide in (
        ("with the model", lambda text: told(text, GROUP, model)),
        ("without the model", lambda text: told(text, GROUP, None)),
        ("language or not", speech_of),
    ):
        pace = a_second(decide, messages)
        yield f"{name:20} {pace:9,.0f} a second   {pace / plain:.2f}"

    def alone(text: str, among: Sequence[str]) -> str | None:
        language, _ = everything.classify(text)
        return language if language in among else None

    for half in HALVES:
        yield "\npy3langid alone"
        yield from as_lines(half, alone)
        yield "with the model"
        yield from as_lines(half, lambda text, among: told(text, among, model))
        yield "without the model"
        yield from as_lines(half, lambda text, among: told(text, among, None))


async def milliseconds(acts: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """The median of what these take, one after the other."""
    took = []
    for act in acts:
        began = time.perf_counter()
        await act()
        took.append(time.perf_counter() - began)
    return 1_000 * statistics.median(took)


async def added() -> Iterable[str]:
    """What the bot adds to the service's own time."""

    async def ask(person: Person, words: str) -> None:
        await person.says(words)
        await person.reads()

    async with OnDemandSandbox(pace=0) as ondemand, TelegramSandbox() as telegram:
        people = [telegram.person(f"Person {number}") for number in range(PEOPLE)]
        async with OnDemandClient(
            "a-key-for-the-benchmark", user_agent="benchmark", base_url=ondemand.url
        ) as client:
            alone = await milliseconds(
                [
                    partial(client.services.translate, f"Sentence {n} of many.", "es")
                    for n in range(PEOPLE)
                ]
            )
        async with process(RUN, telegram, ondemand):
            await ask(people[0], "/help")
            new = await milliseconds(
                [
                    partial(ask, person, f"/translate es Word {n} is new.")
                    for n, person in enumerate(people)
                ]
            )
            known = await milliseconds(
                [partial(ask, person, "/translate es Word 7 is new.") for person in people]
            )
            help_ = await milliseconds([partial(ask, person, "/help") for person in people])
    return (
        f"the service alone    {alone:6.1f} ms",
        f"/translate, new      {new:6.1f} ms   adds {new - alone:.1f}",
        f"/translate, known    {known:6.1f} ms",
        f"/help, to compare    {help_:6.1f} ms",
    )


def main() -> None:
    """Print them as they come."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    for line in measured():
        print(line, flush=True)
    print()
    for line in asyncio.run(added()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
