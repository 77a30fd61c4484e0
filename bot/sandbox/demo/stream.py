"""What every open page is told, in one order: server-sent events that can be resumed.

The last events are kept in memory, each written once for all who listen. Who missed more than that,
or comes from another world, is told to ask for everything again.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: How many events can be caught up on: some minutes of a busy chat.
KEPT = 2000


@dataclass(slots=True)
class Stream:
    """The events of one world."""

    world: int
    #: Seconds of silence after which a listener gets a comment: a dead connection is noticed so.
    heartbeat: float = 15.0
    _count: int = 0
    _kept: deque[bytes] = field(default_factory=lambda: deque(maxlen=KEPT))
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def position(self) -> str:
        """Where a snapshot stands that is taken now: the id of the last event."""
        return f"{self.world}-{self._count}"

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        """Tell everybody who listens, and whoever comes back soon."""
        self._count += 1
        self._kept.append(self._written(kind, data))
        self._news.set()
        self._news = asyncio.Event()

    async def follow(self, after: str | None) -> AsyncIterator[bytes]:
        """Write what came after an event, and then whatever comes, without end.

        Without `after` it begins now; where that is too long ago or of another world, with `reset`.
        """
        place = self._count if after is None else self._place(after)
        while True:
            oldest = self._count - len(self._kept)
            if place is None or place < oldest:
                place = self._count
                yield self._written("reset", {"world": self.world})
            news = self._news
            while oldest <= place < self._count:
                yield self._kept[place - oldest]
                place += 1
                # While one was read others may have come, and the oldest have gone.
                oldest = self._count - len(self._kept)
            if news is not self._news:
                continue
            try:
                await asyncio.wait_for(news.wait(), self.heartbeat)
            except TimeoutError:
                yield b": still here\n\n"

    def _place(self, event: str) -> int | None:
        world, _, number = event.partition("-")
        if world != str(self.world) or not number.isdecimal() or int(number) > self._count:
            return None
        return int(number)

    def _written(self, kind: str, data: Mapping[str, Any]) -> bytes:
        told = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self.position}\nevent: {kind}\ndata: {told}\n\n".encode()
