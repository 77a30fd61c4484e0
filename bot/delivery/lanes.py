"""Draining a lane: one turn after the other, each begun again until it is done or given up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from bot.clock import Clock
from bot.delivery.journal import Turn
from bot.metrics import Metrics
from bot.storage import GIVEN_UP, Entry, FencedError, HeldLane, Hold, Store
from bot.waiting import unless_set

log = logging.getLogger(__name__)

#: How often a turn is begun before it is given up.
LAST_ATTEMPT = 5


#: What comes next in a lane: an entry with what was remembered of it, or without if it is not due.
_Following: TypeAlias = tuple[Entry, dict[str, str] | None] | None


class PostponedError(Exception):
    """Raised by the work: it cannot be done now, but in so many seconds.

    Where that is nobody's doing and may take long, the attempt is not counted: then the work itself
    has to know when to give up.
    """

    def __init__(self, seconds: float, *, is_counted: bool = True) -> None:
        super().__init__(f"not before {seconds:g} s")
        self.seconds = seconds
        self.is_counted = is_counted


class HopelessError(Exception):
    """Raised by the work: however often it is begun, it will not be done. It is given up now."""


def pause_after(attempt: int) -> float:
    """Seconds to wait before the next attempt: 1, 5, 25, 125, and never more than three minutes."""
    return float(min(180, 5 ** (attempt - 1)))


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with a turn."""

    #: Does it. An exception means that it is not done.
    do: Callable[[Turn], Awaitable[None]]
    #: Called once when it is given up, with the last failure, to tell whom it concerns. The failure
    #: is `None` when every attempt ended with the death of its process. A `PostponedError` says
    #: that nobody can be told just now, and has the turn begun once more.
    give_up: Callable[[Turn, Exception | None], Awaitable[None]]


class Drain:
    """Works through lanes. Any number of lanes may be drained at once, each by one drain."""

    def __init__(self, *, store: Store, clock: Clock, metrics: Metrics, work: Work) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        #: What is done with each turn.
        self.work = work
        #: The turns that are being worked on, by lane.
        self.turns: dict[str, Turn] = {}
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Begin no turn any more, and wait for none to be due; those that were begun go on."""
        self._ending.set()

    async def __call__(self, lane: str) -> bool:
        """Work on this lane until nothing waits in it; tells whether it came to that.

        It does not where this process ends: then somebody else must go on. Ends quietly, and as if
        it had, when another worker takes the lane over. Raises `StorageError` when the
        database cannot be used; the lane is then to be drained again later.
        """
        try:
            async with self._store.begin() as tx:
                held = await tx.inbox.take_over(lane, at=self._clock.now())
                following = await self._begin_next(held)
            while following is not None:
                entry, memory = following
                if memory is None:
                    await self._wait_until_due(entry)
                    if self._ending.is_set():
                        return False
                    async with self._store.begin() as tx:
                        memory = await (await tx.inbox.held(held.hold)).begin(entry)
                following = await self._attempt(held.hold, entry, memory)
        except FencedError:
            log.info("lane taken over", extra={"lane": lane})
        return True

    async def _begin_next(self, lane: HeldLane) -> _Following:
        """Begin what waits longest, in the transaction that ended what was before it.

        An attempt is counted before the work. What is not due yet is told without a memory, and
        not begun; nor is anything where this process ends.
        """
        entry = await lane.next()
        if entry is None:
            return None
        is_due = entry.due_at is None or entry.due_at <= self._clock.now()
        is_begun = is_due and not self._ending.is_set()
        return entry, await lane.begin(entry) if is_begun else None

    async def _wait_until_due(self, entry: Entry) -> None:
        if entry.due_at is not None:
            seconds = (entry.due_at - self._clock.now()).total_seconds()
            # A clock set back by an hour does not hold up a lane for an hour.
            pause = max(0.0, min(seconds, pause_after(LAST_ATTEMPT)))
            await unless_set(self._clock.sleep(pause), self._ending)

    async def _attempt(self, hold: Hold, entry: Entry, memory: dict[str, str]) -> _Following:
        """Work on a turn that was begun, write down how that ended, and begin the next."""
        turn = Turn(store=self._store, hold=hold, entry=entry, memory=memory, clock=self._clock)
        attempt, began_at = entry.attempts + 1, self._clock.monotonic()
        fields = {"lane": hold.lane, "update": entry.update_id, "attempt": attempt}
        log.debug("turn begun", extra=fields)
        self.turns[hold.lane] = turn
        if attempt == 1:
            waited = (self._clock.now() - entry.accepted_at).total_seconds()
            self._metrics.turn_wait_seconds.observe(max(0.0, waited))
        try:
            if attempt > LAST_ATTEMPT:
                return await self._give_up(hold, turn, None)
            await turn.take_along_as_before()
            await self.work.do(turn)
        except FencedError:
            raise
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(hold, entry))
            raise
        except Exception as error:  # What the work did not foresee is tried again, then given up.
            return await self._failed(hold, turn, attempt, error)
        finally:
            del self.turns[hold.lane]
            seconds = self._clock.monotonic() - began_at
            self._metrics.turn_seconds.observe(seconds)
        log.debug("turn settled", extra=fields | {"seconds": round(seconds, 3)})
        self._metrics.turns.labels("settled").inc()
        async with self._store.begin() as tx:
            lane = await tx.inbox.held(hold)
            await lane.settle(turn.entries, at=self._clock.now(), trail=turn.trail)
            return await self._begin_next(lane)

    async def _failed(self, hold: Hold, turn: Turn, attempt: int, error: Exception) -> _Following:
        entry = turn.entry
        turn.note(f"failed {type(error.__cause__ or error).__name__}")
        fields = {"lane": hold.lane, "update": entry.update_id, "attempt": attempt}
        if isinstance(error, PostponedError):
            log.info("turn postponed", extra=fields | {"seconds": error.seconds})
        else:
            log.warning("turn failed", exc_info=error, extra=fields)
        is_counted = not isinstance(error, PostponedError) or error.is_counted
        if (is_counted and attempt >= LAST_ATTEMPT) or isinstance(error, HopelessError):
            try:
                return await self._give_up(hold, turn, error)
            except PostponedError as later:
                error, is_counted = later, later.is_counted
        self._metrics.turns.labels("postponed").inc()
        pause = error.seconds if isinstance(error, PostponedError) else pause_after(attempt)
        until = self._clock.now() + timedelta(seconds=pause)
        async with self._store.begin() as tx:
            lane = await tx.inbox.held(hold)
            failure = type(error).__name__
            await lane.postpone(
                entry, until=until, failure=failure, is_counted=is_counted, trail=turn.trail
            )
            return await self._begin_next(lane)

    async def _give_up(self, hold: Hold, turn: Turn, error: Exception | None) -> _Following:
        async def tell() -> bool:
            try:
                await self.work.give_up(turn, error)
            except PostponedError:
                raise
            except Exception as failure:  # Whoever cannot be told must not block the lane.
                log.warning("nobody told of a parked turn", exc_info=failure)
                return False
            return True

        await turn.step(GIVEN_UP, tell)
        failure = type(error).__name__ if error else "killed"
        log.error("turn parked", extra={"update": turn.entry.update_id, "failure": failure})
        self._metrics.turns.labels("parked").inc()
        async with self._store.begin() as tx:
            lane = await tx.inbox.held(hold)
            await lane.bury(turn.entries, at=self._clock.now(), failure=failure, trail=turn.trail)
            return await self._begin_next(lane)

    async def _give_back(self, hold: Hold, entry: Entry) -> None:
        async with self._store.begin() as tx:
            await (await tx.inbox.held(hold)).give_back(entry)
