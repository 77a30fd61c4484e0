"""Flood control: how much a bot may say, by the limits Telegram has published.

One message a second in a chat with short bursts tolerated, 20 a minute in a group, some 30 a second
overall (Bot FAQ, "My bot is hitting limits"). Telegram does not publish how long a burst may be;
ours are guesses on the strict side. Edits count as messages. Drafts have a measure of their own.
Chat actions, answers to buttons and deletions are free.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

from bot.sandbox.telegram.world import Chat, Clock

Mode = Literal["strict", "off"]


@dataclass(frozen=True, slots=True)
class Pace:
    """So many at once, then one every so often."""

    burst: int
    every: float  # seconds


IN_CHAT = Pace(burst=5, every=1.0)
IN_GROUP = Pace(burst=20, every=3.0)
OVERALL = Pace(burst=30, every=1 / 30)
DRAFTS = Pace(burst=10, every=0.3)


@dataclass(slots=True)
class Meter:
    """How much of a pace is used up.

    `ahead` is when all that was said would have been said at an even pace, in seconds.
    """

    pace: Pace
    ahead: float = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until one more may be said; 0 when it may be said now."""
        return max(self.ahead - now - self.pace.every * (self.pace.burst - 1), 0.0)

    def count(self, now: float) -> None:
        """Count one more."""
        self.ahead = max(self.ahead, now) + self.pace.every


@dataclass(slots=True)
class Flood:
    """The meters of one bot."""

    clock: Clock
    mode: Mode = "strict"
    _overall: Meter = field(default_factory=lambda: Meter(OVERALL))
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
            return [self._drafts.setdefault(chat.id, Meter(DRAFTS))]
        if chat.id not in self._chats:
            group = [] if chat.is_private else [Meter(IN_GROUP)]
            self._chats[chat.id] = [self._overall, Meter(IN_CHAT), *group]
        return self._chats[chat.id]
