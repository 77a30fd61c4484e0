"""Waiting for something to happen, without sleeping.

Changes happen somewhere: in a chat, by its id, or in the bot's mailbox. Who waits says where they
look, so that a thousand people who wait are not woken by each other's messages.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

#: Where updates come and go; no chat has this id.
MAILBOX = 0
_ANYWHERE = None


class Changes:
    """Tells whoever waits that something has changed where they look."""

    def __init__(self) -> None:
        #: How many changes there were.
        self.count = 0
        self._waiting: defaultdict[int | None, set[asyncio.Future[None]]] = defaultdict(set)

    def tell(self, place: int | None = None) -> int:
        """Wake who looks at this place, or everybody, and return the number of this change."""
        self.count += 1
        for where in (place, _ANYWHERE) if place is not None else tuple(self._waiting):
            for waiting in self._waiting.get(where, ()):
                if not waiting.done():
                    waiting.set_result(None)
        return self.count

    async def until(
        self,
        look: Callable[[], T | None],
        seconds: float,
        places: Callable[[], Iterable[int | None]] = lambda: (_ANYWHERE,),
    ) -> T | None:
        """Look after each change until there is something to see; None when the time is over."""
        if (found := look()) is not None:
            return found
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self._change(set(places()))
                    if (found := look()) is not None:
                        return found
        except TimeoutError:
            return look()

    async def _change(self, places: set[int | None]) -> None:
        waiting = asyncio.get_running_loop().create_future()
        for place in places:
            self._waiting[place].add(waiting)
        try:
            await waiting
        finally:
            for place in places:
                self._waiting[place].discard(waiting)
                if not self._waiting[place]:
                    del self._waiting[place]
