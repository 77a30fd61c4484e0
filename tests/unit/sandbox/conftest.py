"""A running sandbox that answers at once, and a raw client of it."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from tests.unit.sandbox.platform_client import PlatformClient, connected


@pytest.fixture
async def ondemand() -> AsyncIterator[OnDemandSandbox]:
    """The platform."""
    async with OnDemandSandbox(pace=0) as sandbox:
        yield sandbox


@pytest.fixture
async def client(ondemand: OnDemandSandbox) -> AsyncIterator[PlatformClient]:
    """A client of it."""
    async with connected(ondemand) as client:
        yield client
