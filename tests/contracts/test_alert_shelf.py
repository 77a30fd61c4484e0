"""Operators are told once, whichever process it was that noticed."""

import asyncio
from datetime import timedelta

from bot.storage import Store
from tests.conftest import HandClock

HOUR = timedelta(hours=1)


async def test_an_alert_is_news_once_an_hour(store: Store, clock: HandClock) -> None:
    """I am told of a refused key, not again within the hour, and of another trouble at once."""
    told = []
    for name, minutes in (("key", 0), ("key", 59), ("credit", 0), ("key", 1), ("key", 1)):
        clock.advance(minutes * 60)
        async with store.begin() as tx:
            told.append(await tx.alerts.is_news(name, at=clock.now(), pause=HOUR))

    assert told == [True, False, True, True, False]


async def test_of_many_that_notice_at_once_one_tells(store: Store, clock: HandClock) -> None:
    """Ten questions fail at the same moment; I get one message."""

    async def notice() -> bool:
        async with store.begin() as tx:
            return await tx.alerts.is_news("key", at=clock.now(), pause=HOUR)

    assert sum(await asyncio.gather(*(notice() for _ in range(10)))) == 1
