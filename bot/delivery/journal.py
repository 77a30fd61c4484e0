"""A turn: one arrival's work, in steps that are remembered."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar, cast

from bot.clock import Clock
from bot.storage import JSON, REOPENED, TAKEN_ALONG, Entry, Hold, Store, Trail, Transaction

#: What a step gives back: anything that JSON can hold.
T = TypeVar("T")


class Turn:
    """The work on one arrival, and on those it took along.

    A turn may be begun several times: after a failure, or after its process was killed. What it
    remembered the first time is there the second time.
    """

    def __init__(
        self, *, store: Store, hold: Hold, entry: Entry, memory: dict[str, str], clock: Clock
    ) -> None:
        self._store = store
        self._clock = clock
        self._hold = hold
        self._memory = memory
        self._trail = Trail(entry.trail, began=entry.accepted_at)
        self.note(f"attempt {entry.attempts + 1}")
        #: The arrivals this turn is about: its own, then those it took along.
        self.entries = [entry]
        #: Set when somebody wants this turn to end early; `stop_reason` then says why.
        self.stopped = asyncio.Event()
        self.stop_reason = ""

    @property
    def entry(self) -> Entry:
        """The arrival that began this turn."""
        return self.entries[0]

    @property
    def reference(self) -> str:
        """A short word for this turn, that a person can read out and an operator finds."""
        return f"{abs(self.entry.update_id):x}"

    @property
    def reopened_at(self) -> datetime | None:
        """When an operator had this turn tried again after it was given up, if one did."""
        moment = self.recall(REOPENED)
        return datetime.fromisoformat(moment) if isinstance(moment, str) else None

    @property
    def trail(self) -> str:
        """Which steps were done when, over all attempts that came to an end."""
        return str(self._trail)

    def note(self, what: str) -> None:
        """Leave a mark in the trail: a word of ours, never of a person's."""
        self._trail.note(what, self._clock.now())

    def stop(self, reason: str) -> None:
        """Ask the work to end early. What becomes of the answer so far is for the work to say."""
        if not self.stopped.is_set():
            self.stop_reason = reason
            self.stopped.set()

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do this once. If an earlier attempt did it, give what came of it then.

        A step that was killed before it was remembered is done again: whoever must know whether it
        happened after all remembers an intention first, and looks.
        """
        if name in self._memory:
            return cast("T", json.loads(self._memory[name]))
        result = await work()
        await self.remember(name, cast("JSON", result))
        return result

    async def step_in(self, name: str, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do this once, in the very transaction that remembers it: both happen, or neither."""
        if name in self._memory:
            return cast("T", json.loads(self._memory[name]))
        async with self._store.begin() as tx:
            result = await work(tx)
            written = json.dumps(result)
            await tx.inbox.remember(self._hold, self.entry, name, written)
        self._memory[name] = written
        self.note(name)
        return result

    def recall(self, name: str) -> JSON:
        """What was remembered under this name, or `None`."""
        return json.loads(self._memory[name]) if name in self._memory else None

    async def remember(self, name: str, result: JSON) -> None:
        """Write down what happened. Raises `FencedError` when the lane belongs to another now."""
        written = json.dumps(result)
        async with self._store.begin() as tx:
            await tx.inbox.remember(self._hold, self.entry, name, written)
        self._memory[name] = written
        self.note(name)

    async def follower(self) -> Entry | None:
        """The arrival that waits next in the lane, if there is one."""
        async with self._store.read() as tx:
            return await tx.inbox.after(self.entries[-1])

    async def take_along(self, follower: Entry) -> None:
        """Make what waits next part of this turn, so that it is settled with it."""
        taken: list[JSON] = [entry.update_id for entry in [*self.entries[1:], follower]]
        await self.remember(TAKEN_ALONG, taken)
        self.entries.append(follower)

    async def take_along_as_before(self) -> None:
        """Take along what an earlier attempt took along, as far as it still waits, and no more."""
        taken = cast("list[int]", self.recall(TAKEN_ALONG) or [])
        while len(self.entries) <= len(taken):
            follower = await self.follower()
            if follower is None or follower.update_id not in taken:
                break
            self.entries.append(follower)
