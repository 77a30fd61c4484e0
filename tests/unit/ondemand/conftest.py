"""A client, and the other side it talks to."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from bot.ondemand import OnDemandClient
from tests.unit.ondemand.hand import Hand
from tests.unit.ondemand.other_side import AGENT, KEY, Script


@pytest.fixture(autouse=True)
def no_waiting_between_retries() -> Iterator[None]:
    """Retries are counted as in real life, and come at once."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def script() -> Script:
    """The other side, for calls without a real connection."""
    return Script()


@pytest.fixture
def hand() -> Hand:
    """The clock of the client."""
    return Hand()


@pytest.fixture
async def client(script: Script, hand: Hand) -> AsyncIterator[OnDemandClient]:
    """A client that talks to the script."""
    async with OnDemandClient(
        KEY, user_agent=AGENT, transport=script, clock=hand, sleep=hand.sleep
    ) as client:
        yield client
