"""Flood control: how much a bot may say, by the limits Telegram has published.

One message a second in a chat with short bursts tolerated, 20 a minute in a group, some 30 a second
overall (Bot FAQ, "My bot is hitting limits"). Telegram does not publish how long a burst may be;
ours are guesses on the strict side. Edits count as messages. Drafts have a measure of their own.
Chat actions, answers to buttons and deletions are free.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.sandbox.telegram.world import Chat, Clock

Mode = Literal["strict", "off"]


class Meter(Protocol):
    """Measures what was said."""

    def wait(self, now: float) -> float:
        """Return the seconds until one more may be said; 0 when it may be said now."""

    def count(self, now: float) -> None:
        """Count one more."""


@dataclass(slots=True)
class Pace:
    """A short burst at once, then one every so often."""

    burst: int
    every: float  # seconds
    # When all that was said would have been said at an even pace.
    _ahead: float = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until the burst is over."""
        return max(self._ahead - now - self.every * (self.burst - 1), 0.0)

    def count(self, now: float) -> None:
        """Count one more."""
        self._ahead = max(self._ahead, now) + self.every


@dataclass(slots=True)
class Quota:
    """So many within any stretch of so many seconds."""

    most: int
    per: float  # seconds
    _times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Return the seconds until the oldest of the last ones does not count any more."""
        while self._times and self._times[0] <= now - self.per:
            self._times.popleft()
        return 0.0 if len(self._times) < self.most else self._times[0] + self.per - now

    def count(self, now: float) -> None:
        """Count one more."""
        self._times.append(now)


@dataclass(slots=True)
class Flood:
    """The meters of one bot."""

    clock: Clock
    mode: Mode = "strict"
    _overall: Meter = field(default_factory=lambda: Quota(30, 1.0))
    _chats: dict[int, list[Meter]] = field(default_factory=dict)
    _drafts: dict[int, Meter] = field(default_factory=dict)

    def charge(self, chat: Chat, *, draft: bool = False) -> int:
        """Count something said in a chat; or return the seconds to wait, and count nothing."""
        if self.mode == "off":
            return 0
        now = self.clock().timestamp()
        meters = self._meters(chat, draft=draft)
        if wait := max(meter.wait(now) for meter in meters):
            return math.ceil(wait)
        for meter in meters:
            meter.count(now)
        return 0

    def _meters(self, chat: Chat, *, draft: bool) -> list[Meter]:
        if draft:
            return [self._drafts.setdefault(chat.id, Pace(burst=10, every=0.3))]
        if chat.id not in self._chats:
            group = [] if chat.is_private else [Quota(20, 60.0)]
            self._chats[chat.id] = [self._overall, Pace(burst=5, every=1.0), *group]
        return self._chats[chat.id]
