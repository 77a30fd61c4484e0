"""A question that takes long is said to be kept, in the place of its answer."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.conversation.judge import judge
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.surface import Ref, SurfaceError
from bot.conversation.turns import Turn
from bot.ondemand import BusyError, OnDemandError, OutageError, ThrottledError
from bot.waiting import unless_set

log = logging.getLogger(__name__)

#: Seconds after which a person hears that the question is kept, when OnDemand gives no sign of
#: life; and fewer seconds where an attempt has failed by then, since the next takes longer.
_PATIENCE = 10.0
_PATIENCE_AFTER_FAILURE = 5.0

#: Seconds that a question waits for the account's budget without being told.
_LONGEST_QUEUE = 3.0


class Reassurance:
    """Says it once, over all attempts at the same turn."""

    def __init__(
        self,
        turn: Turn,
        services: Services,
        *,
        language: str,
        wait: float,
        hold: Callable[[str], Awaitable[Ref | None]],
    ) -> None:
        """`wait` are the seconds for which the account's budget holds it up.

        `hold` shows this Markdown in the place of the answer; `None` if something is there.
        """
        self._turn = turn
        self._services = services
        self._language = language
        self._wait = wait
        self._hold = hold
        #: Set with the first sign of life of the assistant.
        self._is_alive = asyncio.Event()

    @asynccontextmanager
    async def given(self) -> AsyncIterator[None]:
        """For the length of the block: say it, where there is no sign of life for too long.

        How long it has been is remembered, so that short attempts add up.
        """
        clock = self._services.clock
        now = clock.now().timestamp()
        remembered = self._turn.recall("trouble")
        since = remembered if isinstance(remembered, float) else now
        is_queued = self._wait > _LONGEST_QUEUE
        patience = 0.0 if is_queued else max(0.0, since + _PATIENCE - now)
        phrase = "queued" if is_queued else "unreachable"
        waiting = asyncio.create_task(self._say_later(patience, phrase))
        try:
            yield
        except OnDemandError as error:
            if judge(error).try_again:
                passed = clock.now().timestamp() - since + (error.after or 0.0)
                # That the assistant is away is known: nobody has to wait to be told.
                if passed >= _PATIENCE_AFTER_FAILURE or isinstance(error, OutageError):
                    is_busy = isinstance(error, ThrottledError | BusyError)
                    await self._say("queued" if is_busy else "unreachable")
                if remembered is None:
                    await self._turn.remember("trouble", since)
            raise
        finally:
            # What is being posted must be known, so it is waited for and not cut.
            self._is_alive.set()
            await asyncio.shield(waiting)

    async def hear(self) -> None:
        """The assistant gives a sign of life: what stands in the place of the answer grows now."""
        self._is_alive.set()
        if self._turn.recall("notice") is not None:
            await self._turn.remember("notice", None)

    async def _say_later(self, seconds: float, phrase: str) -> None:
        await unless_set(self._services.clock.sleep(seconds), self._is_alive)
        if not self._is_alive.is_set():
            await self._say(phrase)

    async def _say(self, phrase: str) -> None:
        try:
            ref = await self._hold(say(phrase, self._language, ref=self._turn.reference))
        except SurfaceError as error:
            log.info("nobody reassured", extra={"error": type(error).__name__})
            return
        if ref is not None:
            await self._turn.remember("notice", ref.message)
