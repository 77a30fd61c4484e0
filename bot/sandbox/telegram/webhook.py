"""Delivering updates to a webhook, as stubbornly as Telegram does.

From tdlib/telegram-bot-api, `WebhookActor.cpp`: what belongs together (a chat, or a person's
button presses) waits in one queue and is delivered one by one, so an update nobody takes blocks
what is behind it. Anything but 2xx is tried again: at once, then after 2, 4, 8 … seconds up to a
minute or two, until the update's life is over. `Retry-After` is obeyed. Without a file of
certificates in the way, we speak plain HTTP and only to this machine.
"""

import asyncio
import json
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.telegram.posting import Reply, is_loopback, post
from bot.sandbox.telegram.traces import Pending
from bot.sandbox.telegram.updates import Updates
from bot.sandbox.telegram.world import Clock

MOST_CONNECTIONS = 100
PATIENCE = 60.0  # seconds an answer may take
_LONGEST_RETRY_AFTER = 3600.0  # seconds
_GONE_FOR = timedelta(hours=23)  # of nothing but 410 until the webhook is taken away

#: Does a method a webhook's answer asks for.
Obey = Callable[[str, Mapping[str, Any]], Awaitable[object]]


def webhook_fault(url: str) -> str | None:
    """Return why the sandbox does not deliver to this URL. Telegram itself wants HTTPS."""
    if not is_loopback(url):
        return "the sandbox delivers over plain HTTP to loopback only"
    return None


def pause_before(attempt: int, ceiling: float) -> float:
    """Return the seconds before an attempt to deliver; the first failed one was number 1."""
    return 0.0 if attempt <= 1 else min(2.0 ** (attempt - 1), ceiling)


class Webhook:
    """One webhook, from the moment it is set until it is closed."""

    def __init__(
        self,
        url: str,
        secret: str,
        connections: int,
        *,
        updates: Updates,
        clock: Clock,
        obey: Obey,
        pace: float,
    ) -> None:
        self.url = url
        self._secret = secret
        self._connections = connections
        self._free = asyncio.Semaphore(connections)
        self._updates = updates
        self._clock = clock
        self._obey_call = obey
        self._pace = pace
        self._queues: dict[str, deque[Pending]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        #: Taken away after a day of nothing but 410: polling is allowed again.
        self.is_gone = False
        self._gone_since: datetime | None = None
        self._last_error: tuple[datetime, str] | None = None
        for update in list(updates.pending.values()):
            self._take(update)
        updates.listener = self._take

    async def close(self) -> None:
        """Deliver nothing any more. What is under way is broken off and stays undelivered."""
        self._updates.listener = None
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def to_json(self) -> dict[str, Any]:
        """Return what `getWebhookInfo` says of it."""
        shown: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "max_connections": self._connections,
            "ip_address": "127.0.0.1",
        }
        if self._last_error:
            at, message = self._last_error
            shown |= {"last_error_date": int(at.timestamp()), "last_error_message": message}
        return shown

    def _take(self, update: Pending) -> None:
        queue = self._queues.get(update.queue)
        if queue is not None:
            queue.append(update)
            return
        self._queues[update.queue] = deque([update])
        task = asyncio.create_task(self._drain(update.queue))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, name: str) -> None:
        queue = self._queues[name]
        while queue and not self.is_gone:
            await self._deliver(queue[0])
            queue.popleft()
        del self._queues[name]

    async def _deliver(self, update: Pending) -> None:
        ceiling = random.uniform(60, 120)  # noqa: S311  # Jitter is no secret.
        attempt = 0
        while update.expires > self._clock():
            async with self._free:
                reply = await self._attempt(update)
            if reply and 200 <= reply.status < 300:
                self._gone_since = None
                self._updates.forget(update)
                await self._obey(reply)
                return
            if self._has_been_gone(reply):
                self.is_gone = True
                self._updates.listener = None
                return
            attempt += 1
            asked = _retry_after(reply)
            pause = pause_before(attempt, ceiling) if asked is None else asked
            await asyncio.sleep(pause * self._pace)
        self._updates.forget(update)

    async def _attempt(self, update: Pending) -> Reply | None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._secret} if self._secret else {}
        try:
            reply = await post(self.url, update.body, headers, seconds=PATIENCE)
        except TimeoutError:
            self._last_error = (self._clock(), "Read timeout expired")
            return None
        except OSError:
            self._last_error = (self._clock(), "Connection failed")
            return None
        if not 200 <= reply.status < 300:
            what = f"Wrong response from the webhook: {reply.status}"
            self._last_error = (self._clock(), what)
        return reply

    async def _obey(self, reply: Reply) -> None:
        """Do what the answer's body says, if it calls a method; nobody hears how it went."""
        try:
            call = json.loads(reply.body) if reply.body.strip() else None
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(method := call.pop("method", None), str):
            await self._obey_call(method, call)

    def _has_been_gone(self, reply: Reply | None) -> bool:
        if reply is None or reply.status != 410:
            self._gone_since = None
            return False
        now = self._clock()
        self._gone_since = self._gone_since or now
        return now - self._gone_since >= _GONE_FOR


def _retry_after(reply: Reply | None) -> float | None:
    told = reply.headers.get("retry-after", "") if reply else ""
    return min(float(told), _LONGEST_RETRY_AFTER) if told.isdecimal() else None
