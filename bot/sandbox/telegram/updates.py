"""What the bot has not been told yet: the queue of updates, and polling it.

The semantics are those of the Bot API server (tdlib/telegram-bot-api, `Client.cpp`): an update is
forgotten when a later call's `offset` passes it or its life is over; there is one poller at a
time, and the older of two gets the 409.
"""

import asyncio
import json
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from bot.sandbox.telegram.changes import MAILBOX, Changes
from bot.sandbox.telegram.facts import API
from bot.sandbox.telegram.refusals import two_pollers
from bot.sandbox.telegram.traces import Pending
from bot.sandbox.telegram.witness import Witness
from bot.sandbox.telegram.world import Clock

DAY = timedelta(hours=24)
#: How long a pressed button can be answered, and its update delivered.
PRESS_LIFE = timedelta(seconds=150)
LONGEST_POLL = 50  # seconds
_MOST_BYTES = 4 << 20  # of one answer to getUpdates
_CONFLICT_PAUSE = 3.0  # seconds between two answers of 409
_QUICK, _HASTY = 3.0, 0.5  # seconds: repeating a poll sooner than this is slowed down

KINDS = frozenset(API["enums"]["UpdateType"])
#: What a bot must ask for by name.
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Updates:
    """The queue of one bot."""

    def __init__(
        self,
        clock: Clock,
        changes: Changes,
        *,
        seed: int,
        after: int = 0,
        witness: Witness | None = None,
    ) -> None:
        self._clock = clock
        self._changes = changes
        self._witness = witness or Witness()
        # As on Telegram, the first id is anybody's guess.
        first = random.Random(seed).randrange(10_000_000, 900_000_000)  # noqa: S311  # No secret.
        self._next = first + after
        self.pending: dict[int, Pending] = {}
        #: The last updates, confirmed or not, for delivering one again.
        self.past: deque[Pending] = deque(maxlen=10_000)
        self.allowed = KINDS - ON_REQUEST
        #: Told of each new update while a webhook is set.
        self.listener: Callable[[Pending], None] | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._is_closed = False
        self._last_offset, self._last_poll = -1, 0.0
        self._next_conflict = 0.0

    def add(
        self, kind: str, body: Mapping[str, Any], *, queue: object, life: timedelta = DAY
    ) -> int | None:
        """Queue an update of a kind the bot wants, and return its id; None where it does not."""
        if kind not in self.allowed:
            return None
        update = {"update_id": self._next, kind: body}
        self._next += 1
        return self._put(update, str(queue), life, insists=False)

    def inject(self, update: Mapping[str, Any]) -> int:
        """Queue anything at all as an update; it gets an id unless it brings one."""
        if "update_id" not in update:
            update = {"update_id": self._next, **update}
            self._next += 1
        return self._put(update, "injected", DAY, insists=True)

    def redeliver(self, update_id: int) -> None:
        """Deliver an update again, confirmed or not. Raises `KeyError` for one that never was."""
        update = next((one for one in reversed(self.past) if one.id == update_id), None)
        if update is None:
            raise KeyError(update_id)
        again = Pending(update.id, update.body, update.queue, self._clock() + DAY, insists=True)
        self._offer(again)

    async def poll(
        self, *, offset: int, limit: int, seconds: int, allowed: Iterable[str] | None
    ) -> list[bytes]:
        """Wait up to `seconds` for updates and return them as JSON, confirming the past.

        Raises `Refusal` 409 when somebody else polls before this poll is over.
        """
        self.allow(allowed)
        await self._end_other_poll()
        now = asyncio.get_running_loop().time()
        seconds = min(max(seconds, 0), LONGEST_POLL)
        if offset == self._last_offset and now < self._last_poll + _QUICK:
            # Whoever asks the same again and again is made to wait.
            seconds = max(seconds, int(_QUICK))
            limit = 1 if now < self._last_poll + _HASTY else limit
        self._last_offset, self._last_poll = offset, now
        self._confirm(offset)
        ready = self._ready(limit)
        if ready or not seconds or self._is_closed:
            return ready
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            return []
        finally:
            if self._waiting is waiting:
                self._waiting = None
        return self._ready(limit)

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Set which kinds are queued from now on; None leaves it, empty means the usual ones."""
        if kinds is not None:
            self.allowed = (KINDS & set(kinds)) or (KINDS - ON_REQUEST)

    def forget(self, update: Pending) -> None:
        """Take an update from the queue: it was delivered, or its life is over."""
        if self.pending.get(update.id) is update:
            del self.pending[update.id]
            self._changes.tell(MAILBOX)
            self._witness.follows(update, "confirmed")

    def close(self) -> None:
        """Let nobody wait any more: polls are answered at once."""
        self._is_closed = True
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    def clear(self) -> None:
        """Forget everything that was not delivered."""
        self.pending.clear()
        self._changes.tell(MAILBOX)

    def so_far(self) -> list[dict[str, Any]]:
        """Return the last updates, confirmed or not, oldest first."""
        return [json.loads(one.body) for one in self.past]

    def expire(self) -> None:
        """Forget what is too old to be delivered."""
        now = self._clock()
        for update in [one for one in self.pending.values() if one.expires <= now]:
            self.forget(update)

    def _put(self, update: Mapping[str, Any], queue: str, life: timedelta, *, insists: bool) -> int:
        body = json.dumps(update, ensure_ascii=False).encode()
        one = Pending(update["update_id"], body, queue, self._clock() + life, insists)
        self.past.append(one)
        self._offer(one)
        return one.id

    def _offer(self, update: Pending) -> None:
        self.pending[update.id] = update
        self._witness.follows(update, "waiting")
        if self.listener:
            self.listener(update)
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    def _confirm(self, offset: int) -> None:
        self.expire()
        waiting = list(self.pending.values())
        if offset < 0:
            passed = waiting[:offset]
        else:
            passed = [one for one in waiting if one.id < offset and not one.insists]
        for one in passed:
            self.forget(one)

    def _ready(self, limit: int) -> list[bytes]:
        ready: list[bytes] = []
        size = 0
        for one in list(self.pending.values())[:limit]:
            size += len(one.body)
            if ready and size > _MOST_BYTES:
                break
            ready.append(one.body)
            one.insists = False  # From now on an offset confirms it like any other.
            self._witness.follows(one, "fetched")
        return ready

    async def _end_other_poll(self) -> None:
        """End the poll that waits, if one does; it hears of it at once, or after a while."""
        other, self._waiting = self._waiting, None
        if other is None or other.done():
            return
        loop = asyncio.get_running_loop()
        pause = max(self._next_conflict - loop.time(), 0.0)
        self._next_conflict = loop.time() + pause + _CONFLICT_PAUSE
        loop.call_later(pause, _fail, other)


def _fail(poll: asyncio.Future[None]) -> None:
    if not poll.done():
        poll.set_exception(two_pollers())
