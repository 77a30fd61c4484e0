"""Who may write next, where only one may write at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turnstile:
    """Lets one through at a time: in the order of coming, but the urgent first.

    While others wait, an urgent one is followed by one of them, so neither kind ever waits for
    more than it must.
    """

    def __init__(self) -> None:
        self._is_taken = False
        self._was_urgent = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def passed(self, *, is_urgent: bool) -> AsyncIterator[None]:
        """Wait for a turn, and keep it for the length of the block."""
        if self._is_taken:
            turn = asyncio.get_running_loop().create_future()
            queue = self._urgent if is_urgent else self._others
            queue.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():
                    self._next()  # It was handed to us in the very moment we left.
                raise
        self._is_taken = True
        self._was_urgent = is_urgent
        try:
            yield
        finally:
            self._next()

    def _next(self) -> None:
        """Hand the turn on. It stays taken, so that nobody who just came slips in between."""
        queues = (self._others, self._urgent) if self._was_urgent else (self._urgent, self._others)
        for queue in queues:
            while queue:
                turn = queue.popleft()
                if not turn.cancelled():
                    turn.set_result(None)
                    return
        self._is_taken = False
