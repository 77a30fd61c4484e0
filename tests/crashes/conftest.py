"""A bot to kill, and what it talks to."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.traces import Violation
from tests.crashes.process import BotProcess


def is_of_a_kill(violation: Violation) -> bool:
    """Whether a kill explains it: half a request, or an edit that nobody could remember."""
    return "ended early" in violation.what or "not modified" in violation.what


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    """Telegram, as strict as the real one. Whatever it would have punished fails the test."""
    async with TelegramSandbox() as sandbox:
        yield sandbox
        assert [each for each in sandbox.violations() if not is_of_a_kill(each)] == []


@pytest.fixture
async def ondemand() -> AsyncIterator[OnDemandSandbox]:
    """OnDemand, answering at once."""
    async with OnDemandSandbox(pace=0) as sandbox:
        yield sandbox


@pytest.fixture
def bot(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, url: str, tmp_path: Path
) -> Iterator[BotProcess]:
    """The bot on each database, not started yet; ended whatever happens."""
    process = BotProcess(telegram=telegram, ondemand=ondemand, url=url, folder=tmp_path)
    try:
        yield process
    finally:
        process.kill()


@pytest.fixture
def anna(telegram: TelegramSandbox) -> Person:
    """Somebody who writes to the bot."""
    return telegram.person("Anna")
