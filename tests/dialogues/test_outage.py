"""OnDemand or Telegram is away for long: what people are told, and what operators are."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.house import open_house
from bot.ondemand import Limits
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from bot.storage import Entry
from tests.dialogues.conftest import HurryingClock, RunningBot, is_final
from tests.dialogues.line import Line, open_line
from tests.waiting import until


@pytest.fixture
def pace() -> float:
    """Twenty minutes pass in some seconds."""
    return 240.0


@pytest.fixture
def limits() -> Limits:
    """The client waits for seconds where it would wait for minutes."""
    return Limits(connect=1.0, call=2.0, first_byte=1.0, silence=0.8, total=3.0)


@pytest.fixture
async def line(ondemand: OnDemandSandbox) -> AsyncIterator[Line]:
    """The line to OnDemand."""
    async with open_line(ondemand.url) as opened:
        yield opened


@pytest.fixture
def ondemand_url(line: Line) -> str:
    """The bot reaches OnDemand over the line."""
    return line.url


@pytest.fixture
async def telegram_line(telegram: TelegramSandbox) -> AsyncIterator[Line]:
    """The line to Telegram."""
    async with open_line(telegram.url) as opened:
        yield opened


@pytest.fixture
def telegram_url(telegram_line: Line) -> str:
    """The bot reaches Telegram over the line."""
    return telegram_line.url


def is_told(read: Read) -> bool:
    """Whether this says that the question is kept."""
    return "kept" in read.text


async def test_twenty_minutes_without_ondemand(
    bot: RunningBot,
    telegram: TelegramSandbox,
    ondemand: OnDemandSandbox,
    line: Line,
    clock: HurryingClock,
) -> None:
    """Five of us ask while it is away: each is told once, and answered once when it is back."""
    five = [telegram.person(name) for name in ("Anna", "Bert", "Cora", "Dana", "Emil")]
    await line.cut()
    began = clock.monotonic()
    for number, person in enumerate(five):
        await person.says(f"What is {number}?")
    notices = [(await person.reads(when=is_told))[0] for person in five]

    await clock.sleep(1200 - (clock.monotonic() - began))
    was_told = [[is_told(read) for read in person.sees()] for person in five]
    await line.mend()

    for number, (person, notice) in enumerate(zip(five, notices, strict=True)):
        _, answer = await person.sees_eventually(lambda seen: is_final(seen[-1]))
        assert answer.id == notice.id
        assert f"What is {number}?" in answer.text
        told = [is_told_in(each.content["text"]) for each in telegram.history(answer)]
        assert told.count(True) == 1
    assert was_told == [[False, True]] * 5
    assert ondemand.paid == 5


def is_told_in(text: str) -> bool:
    """Whether a version of a message says that the question is kept."""
    return "kept" in text


async def test_what_an_operator_has_tried_again_days_later_is_answered(
    anna: Person, bot: RunningBot, line: Line, clock: HurryingClock
) -> None:
    """It was away for days, and my question was given up; an operator has it answered after all.

    It may be away a little longer, too: to be tried again is to be kept again.
    """
    await line.cut()
    await anna.says("What is a monad?")
    await anna.reads(when=is_told)
    clock.leap(timedelta(hours=24))
    await anna.sees_eventually(lambda seen: "could not answer" in seen[-1].text)
    clock.leap(timedelta(hours=48))

    await retry(bot)
    await clock.sleep(300)
    await line.mend()

    await anna.sees_eventually(lambda seen: is_final(seen[-1]), timeout=30)


async def retry(bot: RunningBot) -> None:
    """Have what was just given up tried again, as an operator does."""
    async with open_house(bot.settings, clock=bot.clock) as house, asyncio.timeout(10):
        given_up: list[Entry] = []
        while not given_up:  # It is told shortly before it is written down.
            await asyncio.sleep(0.02)
            async with house.store.begin() as tx:
                given_up = await tx.inbox.parked(limit=1)
                for entry in given_up:
                    await tx.inbox.reopen(entry, at=bot.clock.now())


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_recording_is_kept_too(
    anna: Person, ondemand: OnDemandSandbox, line: Line, clock: HurryingClock
) -> None:
    """I speak while it is away: I am told that it is kept, and answered in the same message."""
    await line.cut()

    await anna.speaks("What is the answer?")
    (notice,) = await anna.reads(when=is_told)
    await clock.sleep(300)
    await line.mend()

    await anna.sees_eventually(lambda seen: any(is_final(read) for read in seen), timeout=30)
    assert next(read for read in anna.sees() if is_final(read)).id == notice.id


async def test_six_minutes_without_telegram(
    anna: Person, ondemand: OnDemandSandbox, telegram_line: Line, clock: HurryingClock
) -> None:
    """Telegram is away when my answer is ready: I read it when it is back, and once."""
    ondemand.assistant.will_say("A burrito.", first_delay=0.5)
    await anna.says("What is a monad?")
    await until(lambda: ondemand.paid)
    await telegram_line.cut()

    await clock.sleep(360)
    await telegram_line.mend()

    await anna.sees_eventually(lambda seen: is_final(seen[-1]), timeout=30)
    assert [read.text for read in anna.sees()].count("A burrito.") == 1
    assert ondemand.paid == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_an_apology_waits_for_telegram(
    anna: Person, ondemand: OnDemandSandbox, telegram_line: Line, clock: HurryingClock
) -> None:
    """The model refuses my subject while Telegram is away: I am told when it is back, and once."""
    ondemand.will("slow", seconds=0.3, times=1)
    ondemand.will("policy_refusal")
    await anna.says("Tell me a secret.")
    await until(lambda: ondemand.calls())
    await telegram_line.cut()

    await clock.sleep(360)
    await telegram_line.mend()

    await anna.reads(when=lambda read: "other words" in read.text)
    assert sum("other words" in read.text for read in anna.sees()) == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_refused_key_is_told_to_the_operators_once_an_hour(
    anna: Person,
    bruno: Person,
    bot: RunningBot,
    ondemand: OnDemandSandbox,
    clock: HurryingClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The key stays refused: people hear it at once; their operator hears what to do, once."""
    await bruno.says("/help")
    await bruno.reads()
    await bot.restart(ADMIN_USER_IDS=str(bruno.id))
    ondemand.will("invalid_key")

    for number in range(4):
        await anna.says(f"What is {number}?")
        await anna.reads(when=lambda read: "out of service" in read.text)
    (first,) = await bruno.reads(when=lambda read: "ONDEMAND_API_KEY" in read.text)
    calls = len(ondemand.calls())
    clock.leap(timedelta(hours=1))
    await anna.says("And now?")
    await anna.reads(when=lambda read: "out of service" in read.text)
    await bruno.sees_eventually(lambda seen: seen[-1].id != first.id)

    alerts = [read for read in bruno.sees() if "ONDEMAND_API_KEY" in read.text]
    assert len(alerts) == 2
    assert calls <= 7  # Six to be sure, and perhaps one a minute later.
    levels = {each.levelno for each in caplog.records if each.getMessage() == "operators alerted"}
    assert levels == {logging.ERROR}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_an_operator_who_cannot_be_told_stops_nothing(
    anna: Person,
    bruno: Person,
    bot: RunningBot,
    ondemand: OnDemandSandbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An admin has blocked the bot and cannot be written to; people hear the same."""
    await bot.restart(ADMIN_USER_IDS=str(bruno.id))
    await bruno.says("/help")
    await bruno.reads()
    await bruno.blocks()
    ondemand.will("invalid_key")

    await anna.says("What is a monad?")

    await anna.reads(when=lambda read: "out of service" in read.text)
    await until(lambda: "operator not alerted" in caplog.messages)
