"""Draining a lane: one turn after the other, each begun again until it is done or given up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.journal import Turn
from bot.metrics import Metrics
from bot.storage import Entry, FencedError, Hold, Store

log = logging.getLogger(__name__)

#: How often a turn is begun before it is given up.
LAST_ATTEMPT = 5


class PostponedError(Exception):
    """Raised by the work: it cannot be done now, but in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not before {seconds:g} s")
        self.seconds = seconds


def pause_after(attempt: int) -> float:
    """Seconds to wait before the next attempt: 1, 5, 25, 125, and never more than three minutes."""
    return float(min(180, 5 ** (attempt - 1)))


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with a turn."""

    #: Does it. An exception means that it is not done.
    do: Callable[[Turn], Awaitable[None]]
    #: Called once when it is given up, with the last failure, to tell whom it concerns. The failure
    #: is `None` when every attempt ended with the death of its process.
    give_up: Callable[[Turn, Exception | None], Awaitable[None]]


class Drain:
    """Works through lanes. Any number of lanes may be drained at once, each by one drain."""

    def __init__(self, *, store: Store, clock: Clock, metrics: Metrics, work: Work) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._work = work
        #: The turns that are being worked on, by lane.
        self.turns: dict[str, Turn] = {}

    async def __call__(self, lane: str) -> None:
        """Work on this lane until nothing waits in it.

        Ends quietly when another worker takes the lane over. Raises `StorageError` when the
        database cannot be used; the lane is then to be drained again later.
        """
        try:
            async with self._store.begin() as tx:
                hold = await tx.inbox.take_over(lane)
                entry = await tx.inbox.next(hold)
            while entry is not None:
                await self._wait_until_due(entry)
                await self._attempt(hold, entry)
                async with self._store.begin() as tx:
                    entry = await tx.inbox.next(hold)
        except FencedError:
            log.info("lane taken over", extra={"lane": lane})

    async def _wait_until_due(self, entry: Entry) -> None:
        if entry.due_at is not None:
            seconds = (entry.due_at - self._clock.now()).total_seconds()
            # A clock set back by an hour does not hold up a lane for an hour.
            await self._clock.sleep(max(0.0, min(seconds, pause_after(LAST_ATTEMPT))))

    async def _attempt(self, hold: Hold, entry: Entry) -> None:
        """Begin a turn once, and write down how it ended."""
        async with self._store.begin() as tx:
            memory = await tx.inbox.begin(hold, entry)
        turn = Turn(store=self._store, hold=hold, entry=entry, memory=memory)
        attempt = entry.attempts + 1
        self.turns[hold.lane] = turn
        try:
            if attempt > LAST_ATTEMPT:
                await self._give_up(hold, turn, None)
                return
            await turn.take_along_as_before()
            await self._work.do(turn)
        except FencedError:
            raise
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(hold, entry))
            raise
        except Exception as error:  # What the work did not foresee is tried again, then given up.
            await self._failed(hold, turn, attempt, error)
        else:
            async with self._store.begin() as tx:
                await tx.inbox.settle(hold, turn.entries, at=self._clock.now())
            self._metrics.turns.labels("settled").inc()
        finally:
            del self.turns[hold.lane]

    async def _failed(self, hold: Hold, turn: Turn, attempt: int, error: Exception) -> None:
        entry = turn.entry
        fields = {"lane": hold.lane, "update": entry.update_id, "attempt": attempt}
        if isinstance(error, PostponedError):
            log.info("turn postponed", extra=fields | {"seconds": error.seconds})
        else:
            log.warning("turn failed", exc_info=error, extra=fields)
        if attempt >= LAST_ATTEMPT:
            await self._give_up(hold, turn, error)
            return
        pause = error.seconds if isinstance(error, PostponedError) else pause_after(attempt)
        until = self._clock.now() + timedelta(seconds=pause)
        async with self._store.begin() as tx:
            await tx.inbox.postpone(hold, entry, until=until, failure=type(error).__name__)
        self._metrics.turns.labels("postponed").inc()

    async def _give_up(self, hold: Hold, turn: Turn, error: Exception | None) -> None:
        async def tell() -> bool:
            try:
                await self._work.give_up(turn, error)
            except Exception as failure:  # Whoever cannot be told must not block the lane.
                log.warning("nobody told of a parked turn", exc_info=failure)
                return False
            return True

        await turn.step("told", tell)
        failure = type(error).__name__ if error else "killed"
        async with self._store.begin() as tx:
            await tx.inbox.bury(hold, turn.entries, at=self._clock.now(), failure=failure)
        log.error("turn parked", extra={"update": turn.entry.update_id, "failure": failure})
        self._metrics.turns.labels("parked").inc()

    async def _give_back(self, hold: Hold, entry: Entry) -> None:
        async with self._store.begin() as tx:
            await tx.inbox.give_back(hold, entry)
