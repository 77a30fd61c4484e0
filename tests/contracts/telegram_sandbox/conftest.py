"""A running Telegram, a bot that is logged in, and Anna, who has said hello."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.telegram import Person, TelegramSandbox
from tests.conftest import HandClock
from tests.contracts.telegram_sandbox.client import Client


@pytest.fixture
async def telegram(clock: HandClock) -> AsyncIterator[TelegramSandbox]:
    """Return a running Telegram without flood limits, whose clock stands still."""
    async with TelegramSandbox(clock=clock.now, limits="off") as sandbox, asyncio.timeout(30):
        yield sandbox


@pytest.fixture
async def call(telegram: TelegramSandbox) -> AsyncIterator[Client]:
    """Return a bot that is logged in."""
    base = f"{telegram.url}/bot{telegram.token}/"
    async with httpx.AsyncClient(base_url=base, timeout=20) as http:
        yield Client(http)


@pytest.fixture
async def anna(telegram: TelegramSandbox, call: Client) -> Person:
    """Return somebody who has said hello, which the bot has heard."""
    anna = telegram.person("Anna", username="anna_b")
    await anna.says("/start")
    await call.hears()
    await call.confirms()
    return anna
