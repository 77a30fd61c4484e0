"""The bot, running for real in this process, with Telegram and OnDemand on loopback."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stamina

from bot import app
from bot.conversation.phrases import LANGUAGES
from bot.ondemand import Limits
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from bot.settings import Settings
from bot.telegram.parts import Entity, Part
from tests.tdlib import complaints
from tests.waiting import until


class HurryingClock:
    """A clock that runs faster than the machine's, so that nobody sits through long pauses."""

    def __init__(self, pace: float) -> None:
        self.pace = pace
        self._began = time.monotonic()
        self._began_at = datetime.now(UTC)

    def begin_at(self, *, hour: int) -> None:
        """Have it be this hour of the day, for who cares about days."""
        self._began_at = self._began_at.replace(hour=hour, minute=0)

    def now(self) -> datetime:
        """The moment, by a calendar that began with the test."""
        return self._began_at + timedelta(seconds=self.monotonic())

    def leap(self, span: timedelta) -> None:
        """Tear pages off the calendar; nobody's waiting ends by that."""
        self._began_at += span

    def monotonic(self) -> float:
        """Seconds since the test began, as the clock counts them."""
        return (time.monotonic() - self._began) * self.pace

    async def sleep(self, seconds: float) -> None:
        """Let so many of its seconds pass."""
        await asyncio.sleep(seconds / self.pace)


@pytest.fixture
def pace() -> float:
    """How many seconds pass in one; a file about long waits says how many."""
    return 1.0


@pytest.fixture
def clock(pace: float) -> HurryingClock:
    """The time of the bot, of Telegram and of OnDemand."""
    return HurryingClock(pace)


@pytest.fixture
async def telegram(clock: HurryingClock) -> AsyncIterator[TelegramSandbox]:
    """Telegram, as strict as the real one. Whatever it would have punished fails the test.

    Groups are old ones, in which the bot has said what it says by itself; it is added to others.
    """
    async with TelegramSandbox(clock=clock.now, tells_of_founding=False) as sandbox:
        yield sandbox
        assert sandbox.violations() == []
        assert [complaints([part]) for part in said(sandbox) if complaints([part])] == []


def said(telegram: TelegramSandbox) -> list[Part]:
    """Every text that the bot sent or changed, refused ones too. Rich messages have none."""
    calls = [*telegram.calls("sendMessage"), *telegram.calls("editMessageText")]
    texts = (call.parameters for call in calls if "text" in call.parameters)
    return [Part(each["text"], _entities(each)) for each in texts]


def _entities(parameters: Mapping[str, Any]) -> tuple[Entity, ...]:
    entities = parameters.get("entities") or ()
    if isinstance(entities, str):  # As it came, in a call that was refused before it was read.
        entities = json.loads(entities)
    return tuple(
        Entity(each["type"], each["offset"], each["length"], each.get("url"), each.get("language"))
        for each in entities
    )


@pytest.fixture
async def ondemand(clock: HurryingClock) -> AsyncIterator[OnDemandSandbox]:
    """OnDemand, answering at once."""
    async with OnDemandSandbox(pace=0, clock=clock.now) as sandbox:
        yield sandbox


@pytest.fixture
def telegram_url(telegram: TelegramSandbox) -> str:
    """Where the bot looks for Telegram."""
    return telegram.url


@pytest.fixture
def ondemand_url(ondemand: OnDemandSandbox) -> str:
    """Where the bot looks for OnDemand."""
    return ondemand.url


@pytest.fixture
def limits() -> Limits:
    """How long the client of OnDemand waits, in seconds of the machine."""
    return Limits()


def is_announced(telegram: TelegramSandbox) -> bool:
    """Whether the bot has set its menus and texts in every language."""
    return sum(call.method.startswith("setMy") for call in telegram.calls()) >= 4 * len(LANGUAGES)


@dataclass
class RunningBot:
    """The bot's process, as far as a test may touch it."""

    settings: Settings
    clock: HurryingClock
    limits: Limits = field(default_factory=Limits)
    _task: asyncio.Task[None] | None = None
    _stopping: asyncio.Event | None = None

    async def start(self) -> None:
        """Start it; it goes on where it ended."""
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(
            app.run(self.settings, stopping=self._stopping, clock=self.clock, limits=self.limits)
        )

    async def restart(self, **variables: str) -> None:
        """End it, and start it again with these variables changed."""
        await self.stop()
        changed = {name.lower(): value for name, value in variables.items()}
        values = self.settings.model_dump(exclude_unset=True) | changed
        self.settings = Settings.model_validate(values)
        await self.start()

    async def stop(self) -> None:
        """Tell it to end, and wait until it has."""
        if self._task is not None and self._stopping is not None:
            self._stopping.set()
            async with asyncio.timeout(30):
                await self._task
            self._task = None


@pytest.fixture
async def bot(
    telegram: TelegramSandbox,
    telegram_url: str,
    ondemand_url: str,
    url: str,
    clock: HurryingClock,
    limits: Limits,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[RunningBot]:
    """The bot, running on each database."""
    variables = {
        "TELEGRAM_API_URL": telegram_url,
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "ONDEMAND_API_URL": ondemand_url,
        "ONDEMAND_API_KEY": "a-key-for-the-sandbox",
        "DATABASE_URL": url,
        "PORT": "0",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    running = RunningBot(Settings.load(), clock, limits)
    # The client's own pauses between attempts are real ones; here it makes none.
    with stamina.set_testing(True, attempts=100, cap=True):
        await running.start()
        if clock.pace > 1:
            # A test in a hurry has no time of its own for what the bot does beside its work.
            await until(lambda: is_announced(telegram))
        yield running
        await running.stop()


@pytest.fixture
def anna(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """Somebody who writes to the bot."""
    return telegram.person("Anna")


@pytest.fixture
async def olga(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """The operator."""
    olga = telegram.person("Olga")
    await bot.restart(ADMIN_USER_IDS=str(olga.id))
    return olga


@pytest.fixture
def bruno(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """Somebody else."""
    return telegram.person("Bruno", language="es")


def labels(read: Read) -> list[str]:
    """What the buttons under a message say."""
    return [button.label for row in read.keyboard for button in row]


def is_final(read: Read) -> bool:
    """Whether an answer is complete: it can be asked for again, in whatever language."""
    return any(label.startswith("↻ ") for label in labels(read))


def grows(read: Read) -> bool:
    """Whether an answer is being made: it can be stopped."""
    return any(label.startswith("■ ") for label in labels(read))
