"""What is done again and again is done again, whatever happens."""

import asyncio
from collections.abc import Iterable

import pytest

from bot.delivery import LocalDispatcher
from bot.house import House
from bot.metrics import Metrics
from bot.settings import Settings
from bot.storage import Store
from bot.upkeep import wake_again_and_again
from tests.conftest import HandClock


class ClumsyDispatcher(LocalDispatcher):
    """Fails when it first wakes somebody."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__(drain=self._nothing, clock=clock)
        self.looks = 0
        self.has_woken = asyncio.Event()

    def wake(self, lanes: Iterable[str]) -> None:
        """Wake nobody."""
        self.looks += 1
        if self.looks == 1:
            raise ArithmeticError
        self.has_woken.set()

    async def _nothing(self, lane: str) -> bool:
        return True


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_lanes_are_woken_whatever_happens(store: Store, clock: HandClock) -> None:
    """Something of ours fails at one look for what waits, and the next look follows."""
    house = House(Settings.model_construct(), clock, Metrics(), store)
    dispatcher = ClumsyDispatcher(clock)

    waking = asyncio.create_task(wake_again_and_again(house, dispatcher))
    async with asyncio.timeout(20):
        await dispatcher.has_woken.wait()
    waking.cancel()
    await asyncio.gather(waking, return_exceptions=True)

    assert dispatcher.looks >= 2
