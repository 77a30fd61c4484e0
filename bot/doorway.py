"""The HTTP door of the house: what stands behind it, and what can be seen through it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.health import Condition, Health, Part
from bot.metrics import Metrics
from bot.storage import Arrival, Backlog, MisconfiguredError, StorageError, Store
from bot.telegram.hook import Hook
from bot.telegram.intake import read
from bot.telegram.polling import Poller
from bot.web import Door, NotAnUpdateError, Webhook, serve, webhook_path

_log = logging.getLogger(__name__)

#: Seconds after which somebody waits for longer than any answer takes.
LONGEST_WAIT = 300.0

Accept = Callable[[Sequence[Arrival]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Doorway:
    """Where the door is, and what it leads to."""

    host: str
    #: Zero where there is to be no door.
    port: int
    #: What Telegram sends along to a webhook.
    secret: str | None
    #: Where updates come from; `None` where this process takes none in.
    source: Poller | Hook | None
    store: Store
    clock: Clock
    metrics: Metrics
    #: Whether another process may poll in place of this one.
    is_one_of_many: bool = False
    #: For how many seconds the assistant has been away; `None` where nobody here asks it.
    assistant: Callable[[], float] | None = None

    async def count(self) -> None:
        """Bring up to date what is counted only when an operator looks."""
        metrics, source = self.metrics, self.source
        metrics.tasks.set(len(asyncio.all_tasks()))
        age = source.age if isinstance(source, Poller) else None
        metrics.poll_age_seconds.set(-1 if age is None else age)
        try:
            backlog = await self._backlog()
        except StorageError:
            return  # Counted among the failures of transactions. What was last known stays.
        metrics.inbox_open.set(backlog.open)
        metrics.inbox_parked.set(backlog.parked)
        metrics.inbox_oldest_seconds.set(self._waits(backlog))

    def parts(self) -> Sequence[Part]:
        """What can tell how it is.

        Updates can be taken in while the assistant is away, and from a webhook also where Telegram
        tells of a delivery that failed.
        """
        parts = [
            Part("database", self._database),
            Part("answers", self._answers, is_vital=False),
        ]
        if self.source is not None:
            polls_alone = isinstance(self.source, Poller) and not self.is_one_of_many
            parts.insert(1, Part("telegram", self._telegram, is_vital=polls_alone))
        if self.assistant is not None:
            parts.append(Part("ondemand", self._ondemand, is_vital=False))
        return parts

    async def _database(self) -> Condition:
        await self._backlog()
        return Condition(is_well=True, says="it answers")

    async def _telegram(self) -> Condition:
        source = self.source
        if source is None or (
            self.is_one_of_many and isinstance(source, Poller) and not source.is_polling
        ):
            return Condition(is_well=True, says="another process polls")
        return await source.condition()

    async def _ondemand(self) -> Condition:
        away = self.assistant() if self.assistant else 0.0
        return Condition(not away, f"away for {away:.0f} s" if away else "it answers")

    async def _answers(self) -> Condition:
        backlog = await self._backlog()
        waits = self._waits(backlog)
        says = f"{backlog.open} wait, the oldest for {waits:.0f} s; {backlog.parked} were given up"
        return Condition(waits <= LONGEST_WAIT, says)

    async def _backlog(self) -> Backlog:
        async with self.store.read() as tx:
            return await tx.inbox.backlog()

    def _waits(self, backlog: Backlog) -> float:
        at = backlog.oldest_at
        return max(0.0, (self.clock.now() - at).total_seconds()) if at else 0.0


@asynccontextmanager
async def open_door(way: Doorway, *, accept: Accept) -> AsyncIterator[None]:
    """Serve the webhook where there is one, and what an operator looks at.

    Raises `MisconfiguredError` when the port is not to be had for a webhook. What only an operator
    looks at is done without.
    """
    webhook, path = None, ""
    if way.secret and isinstance(way.source, Hook):
        webhook = Webhook(secret=way.secret, take_in=taking(accept), metrics=way.metrics)
        path = webhook_path(way.secret)
    door = Door(
        health=Health(way.parts(), way.clock),
        registry=way.metrics.registry,
        count=way.count,
        webhook=webhook,
        path=path,
    )
    async with AsyncExitStack() as stack:
        try:
            if way.port:
                await stack.enter_async_context(serve(door, host=way.host, port=way.port))
                _log.info("listening", extra={"address": way.host, "port": way.port})
        except MisconfiguredError as error:
            if webhook is not None:
                raise
            _log.warning("no page of health", extra={"error": str(error)})
        yield


def taking(accept: Accept) -> Callable[[Mapping[str, Any]], Awaitable[None]]:
    """What the webhook does with an update; see `bot.web.Webhook`."""

    async def take_in(update: Mapping[str, Any]) -> None:
        arrival = read(update)
        if arrival is None:
            raise NotAnUpdateError
        await accept([arrival])

    return take_in
