"""Killed in the middle of a broadcast, the bot goes on, and nobody is written to twice."""

import asyncio
import re
import signal

import pytest

from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.crashes.bot_that_stops_at import BROADCAST_STEPS
from tests.crashes.process import BotProcess
from tests.crashes.test_steps import PATIENCE
from tests.waiting import until

NEWS = "We have news."
PEOPLE = 20


@pytest.fixture
def people(telegram: TelegramSandbox, olga: Person) -> list[Person]:
    """All who are known to the bot, its operator among them."""
    return [olga, *(telegram.person(f"P{number}") for number in range(PEOPLE))]


@pytest.fixture
def olga(telegram: TelegramSandbox, bot: BotProcess) -> Person:
    """The operator."""
    olga = telegram.person("Olga")
    bot.set(ADMIN_USER_IDS=str(olga.id))
    return olga


async def written(olga: Person, people: list[Person]) -> Read:
    """A broadcast for all of them, about to be sent."""

    async def become_known(person: Person) -> None:
        await person.says("/voice")
        await person.reads(timeout=PATIENCE)

    await asyncio.gather(*map(become_known, people))
    await olga.says("/admin")
    (menu,) = await olga.reads(timeout=PATIENCE)
    await olga.presses("📣 Broadcast", message=menu)
    await olga.presses("✎ Write one", message=menu)
    await olga.says(NEWS, reply_to=menu)
    await olga.presses("20/s", message=menu, timeout=PATIENCE)
    await olga.presses("Send…", message=menu)
    return menu


def reached(people: list[Person]) -> list[int]:
    """How often each of them got it."""
    return [sum(read.text == NEWS and read.is_bot for read in person.sees()) for person in people]


def told(page: str, fate: str) -> int:
    """How many people the menu says this became of."""
    found = re.search(rf"{fate}: (\d+)", page)
    return int(found[1]) if found else 0


async def done(olga: Person, menu: Read) -> str:
    """What the menu says when nobody is left."""
    async with asyncio.timeout(PATIENCE):
        while True:
            (page,) = [read for read in olga.sees() if read.id == menu.id]
            if "It is done." in page.text:
                return page.text
            await asyncio.sleep(0.2)
            if any(button.startswith("⟳") for button in page.buttons):
                await olga.presses("⟳ Refresh", message=menu, timeout=PATIENCE)


async def test_killed_in_the_middle_nobody_gets_it_twice(
    bot: BotProcess, olga: Person, people: list[Person]
) -> None:
    """The power fails twice while twenty-one get my news: each gets it once, but for who was next.

    Of those it is told that nobody knows; they are one for each kill at most.
    """
    bot.start()
    menu = await written(olga, people)
    await olga.presses(f"Yes, send to {PEOPLE + 1}", message=menu)
    await until(lambda: sum(reached(people)) >= 5)
    bot.kill()
    bot.start()
    await until(lambda: sum(reached(people)) >= 12)
    bot.kill()
    bot.start()

    page = await done(olga, menu)

    counts = reached(people)
    sent, unsure = told(page, "Sent"), told(page, "not again")
    assert max(counts) == 1
    assert sent + unsure == PEOPLE + 1
    assert sent <= counts.count(1) <= sent + unsure
    assert unsure <= 2


@pytest.mark.parametrize("step", BROADCAST_STEPS)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_killed_between_two_steps_nobody_gets_it_twice(
    step: str, bot: BotProcess, olga: Person, people: list[Person]
) -> None:
    """The bot dies just before or after it writes to the third: that one is unsure, no other."""
    bot.start("-m", "tests.crashes.bot_that_stops_at", step)
    menu = await written(olga, people)
    await olga.presses(f"Yes, send to {PEOPLE + 1}", message=menu)
    assert await bot.ended() == -signal.SIGKILL

    bot.start()

    page = await done(olga, menu)
    assert sorted(reached(people)) == [1 if step == "B2" else 0, *[1] * PEOPLE]
    assert f"Sent: {PEOPLE}" in page
    assert "not again: 1" in page
