"""Waiting for what nobody tells of: it is looked for again and again, and not for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds that something may take on the slowest of machines.
PATIENCE = 30.0


async def until(
    is_so: Callable[[], object], seconds: float = PATIENCE, *, every: float = 0.01
) -> None:
    """Wait for this to come true. Raises `TimeoutError` when the time is over.

    Look more rarely where a look is long.
    """
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(every)


async def until_found(
    look: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE, *, every: float = 0.02
) -> T:
    """What such a look finds at last. Raises `TimeoutError` when the time is over."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(every)
        return found
