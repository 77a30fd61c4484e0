"""Who drains, in one process: an asyncio task for each lane in which something waits."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Self

from bot.clock import Clock
from bot.waiting import unless_set

log = logging.getLogger(__name__)

#: Seconds before a lane is drained again that could not be: at first, and at most.
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0

#: Seconds a turn that is cut may take to tidy up, before whatever it waits for is cut too.
_TIDYING = 2.0


class LocalDispatcher:
    """Promises that a lane which was woken is drained by exactly one task of this process."""

    def __init__(self, *, drain: Callable[[str], Awaitable[bool]], clock: Clock) -> None:
        """`drain` tells whether nothing waits in the lane any more."""
        self._drain = drain
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[bool]] = {}
        self._woken_again: set[str] = set()
        self._closing = asyncio.Event()

    def wake(self, lanes: Iterable[str]) -> None:
        """Something new waits in these lanes. A lane that is being drained is looked at again."""
        for lane in lanes:
            if lane in self._tasks:
                self._woken_again.add(lane)
            elif not self._closing.is_set():
                self._tasks[lane] = asyncio.create_task(self._keep_draining(lane), name=lane)

    async def drained(self, lane: str) -> bool:
        """Drain this lane until nothing waits in it; tells whether it came to that.

        It does not where this process ends: then somebody else must go on. Whoever asks while the
        lane is being drained joins in, and a cancelled wait cancels nothing else.
        """
        self.wake([lane])
        task = self._tasks.get(lane)
        if task is None:
            return False
        await asyncio.wait([task])
        return not task.cancelled() and task.result()

    async def idle(self) -> None:
        """Return when nothing is being drained."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def close(self, *, grace: float) -> None:
        """Let turns finish for `grace` seconds, then cut them; they go on at the next start."""
        self._closing.set()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=grace)
        await self.cut()

    async def cut(self) -> None:
        """End what is being drained now, in the middle of its turns."""
        unfinished = set(self._tasks.values())
        # A turn that is cut lets a call that is on its way come back, but not for ever.
        while unfinished:
            for task in unfinished:
                task.cancel()
            _, unfinished = await asyncio.wait(unfinished, timeout=_TIDYING)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close(grace=0)

    async def _keep_draining(self, lane: str) -> bool:
        pause, is_drained = _FIRST_PAUSE, False
        try:
            while True:
                self._woken_again.discard(lane)
                try:
                    is_drained = await self._drain(lane)
                except Exception as error:  # The database is away, most likely. Lanes never die.
                    log.warning("lane cannot be drained", exc_info=error, extra={"lane": lane})
                    await unless_set(self._clock.sleep(pause), self._closing)
                    if self._closing.is_set():
                        return False
                    pause = min(2 * pause, _LONGEST_PAUSE)
                    continue
                if lane not in self._woken_again:
                    return is_drained
        finally:
            del self._tasks[lane]
