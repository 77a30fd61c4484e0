"""The bot, running for real in this process, with Telegram and OnDemand on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from bot import app
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from bot.settings import Settings


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    """Telegram, as strict as the real one. Whatever it would have punished fails the test."""
    async with TelegramSandbox() as sandbox:
        yield sandbox
        assert sandbox.violations() == []


@pytest.fixture
async def ondemand() -> AsyncIterator[OnDemandSandbox]:
    """OnDemand, answering at once."""
    async with OnDemandSandbox(pace=0) as sandbox:
        yield sandbox


@dataclass
class RunningBot:
    """The bot's process, as far as a test may touch it."""

    settings: Settings
    _task: asyncio.Task[None] | None = None
    _stopping: asyncio.Event | None = None

    async def start(self) -> None:
        """Start it; it goes on where it ended."""
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(app.run(self.settings, stopping=self._stopping))

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
    ondemand: OnDemandSandbox,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[RunningBot]:
    """The bot, running on each database."""
    variables = {
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "ONDEMAND_API_URL": ondemand.url,
        "ONDEMAND_API_KEY": "a-key-for-the-sandbox",
        "DATABASE_URL": url,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    running = RunningBot(Settings.load())
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def anna(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """Somebody who writes to the bot."""
    return telegram.person("Anna")


@pytest.fixture
def bruno(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """Somebody else."""
    return telegram.person("Bruno", language="es")


def labels(read: Read) -> list[str]:
    """What the buttons under a message say."""
    return [button.label for row in read.keyboard for button in row]


def is_final(read: Read) -> bool:
    """Whether an answer is complete: it can be asked for again."""
    return "↻ Again" in labels(read)


Finally = Callable[[Read], bool]
