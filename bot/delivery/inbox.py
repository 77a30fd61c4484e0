"""The door: an update is committed here before its sender hears that we have it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

from bot.clock import Clock
from bot.metrics import Metrics
from bot.storage import Arrival, Store, Transaction

#: Has lanes drained by whichever process is free: in the transaction that takes something in, so
#: that it happens if and only if that is committed.
Defer: TypeAlias = Callable[[Transaction, Iterable[str]], Awaitable[None]]


def to_nobody(lanes: Iterable[str]) -> None:
    """Wake nobody in this process: others are told by what is deferred."""


async def nothing(tx: Transaction, lanes: Iterable[str]) -> None:
    """Defer nothing: this process drains what it accepts."""


class Inbox:
    """Takes updates in, each once, and has their lanes drained: here, or wherever one is free.

    Those who come while a commit is under way share the next one, so that the cost of making it
    durable is paid once for all of them. It goes before what turns write: their sender waits.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        wake: Callable[[Iterable[str]], None] = to_nobody,
        defer: Defer = nothing,
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._wake = wake
        self._defer = defer
        self._waiting: list[tuple[Sequence[Arrival], asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def accept(self, arrivals: Sequence[Arrival]) -> None:
        """Return when these are committed; only then may their sender be told.

        An arrival that was accepted before changes nothing. Raises `StorageError` when nothing of
        it was taken in, or when that is not certain: then the sender delivers it again.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((arrivals, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit())
        await done

    async def _commit(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._commit_together(batch)
        finally:
            self._committing = None

    async def _commit_together(
        self, batch: Sequence[tuple[Sequence[Arrival], asyncio.Future[None]]]
    ) -> None:
        arrivals = [arrival for some, _ in batch for arrival in some]
        try:
            async with self._store.begin(is_urgent=True) as tx:
                lanes = await tx.inbox.accept(arrivals, at=self._clock.now())
                await self._defer(tx, lanes)
        except Exception as error:  # Whatever it is, it belongs to those who wait for it.
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        self._metrics.updates_accepted.inc(len(arrivals))
        self._wake(lanes)
        for _, done in batch:
            if not done.done():
                done.set_result(None)
