"""Waiting for something to happen, without sleeping."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Tells whoever waits that something has changed."""

    def __init__(self) -> None:
        #: How many changes there were.
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> int:
        """Wake everybody who waits, and return the number of this change."""
        self.count += 1
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()
        return self.count

    async def until(self, look: Callable[[], T | None], seconds: float) -> T | None:
        """Look after each change until there is something to see; None when the time is over."""
        if (found := look()) is not None:
            return found
        try:
            async with asyncio.timeout(seconds):
                while True:
                    waiting = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiting)
                    try:
                        await waiting
                    finally:
                        self._waiting.discard(waiting)
                    if (found := look()) is not None:
                        return found
        except TimeoutError:
            return look()
