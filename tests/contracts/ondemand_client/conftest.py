"""The platform, a client of it, and a session to ask in."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from bot.ondemand import OnDemandClient, Session
from bot.sandbox.ondemand import OnDemandSandbox
from tests.contracts.ondemand_client.proof import HurriedClock, connected


@pytest.fixture(autouse=True)
def no_waiting_between_retries() -> Iterator[None]:
    """Retries are counted as in real life, and come at once."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def clock() -> HurriedClock:
    """The clock of the client."""
    return HurriedClock()


@pytest.fixture
async def ondemand() -> AsyncIterator[OnDemandSandbox]:
    """The platform, which answers at once."""
    async with OnDemandSandbox(pace=0) as sandbox:
        yield sandbox


@pytest.fixture
async def client(ondemand: OnDemandSandbox, clock: HurriedClock) -> AsyncIterator[OnDemandClient]:
    """A client of it."""
    async with connected(ondemand.url, clock=clock) as client:
        yield client


@pytest.fixture
async def session(client: OnDemandClient) -> Session:
    """A session to ask in."""
    return await client.chat.create_session("anna")
