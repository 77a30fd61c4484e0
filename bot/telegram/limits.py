"""Pacing: who may call Telegram now, who waits, and who is told to leave it.

Telegram publishes about one message a second in a chat, 20 a minute in a group and 30 a second over
all chats (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). Above
that it answers 429 with the seconds to wait, and does so per chat. What edits and chat actions cost
is not published. Here they cost nothing of a chat's messages and something of the calls of all
chats, and are the first to be left out: the next edit shows the newest text anyway.
"""

import asyncio
import itertools
from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, TypeAlias

from bot.clock import Clock


class Call(IntEnum):
    """What is sent, the most important first."""

    FINAL = 0
    MESSAGE = 1
    EDIT = 2
    TYPING = 3


#: These arrive, however long it takes …
Lasting: TypeAlias = Literal[Call.FINAL, Call.MESSAGE]
#: … and these are worth something now or not at all.
Passing: TypeAlias = Literal[Call.EDIT, Call.TYPING]


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many calls in any stretch of so many seconds."""

    calls: int
    seconds: float
    #: How many of them each kind of call may see taken and still go. The rest is kept for better.
    shares: tuple[int, int, int, int]


#: One message a second in a chat, on average: an answer of three parts goes out at once.
CHAT = Budget(3, 3.0, shares=(3, 3, 0, 0))
GROUP = Budget(20, 60.0, shares=(20, 16, 0, 0))


def everywhere(calls: int = 30) -> Budget:
    """Over all chats: so many calls a second, a tenth of them kept for final answers.

    Thirty is what Telegram publishes; who pays for broadcasts may make a thousand.
    """
    return Budget(calls, 1.0, shares=(calls, calls * 9 // 10, calls * 2 // 3, calls // 2))


#: Seconds between passing calls in one chat. An edit shows life, so typing beside it is left out.
_EDIT_PAUSE = 1.0
_GROUP_EDIT_PAUSE = 3.0
_TYPING_PAUSE = 3.0

#: So many chats penalised within so many seconds mean all of us, and all go at half the pace.
_PENALTIES = 3
_PENALTIES_WITHIN = 60.0

#: A chat is forgotten when nothing happened in it for so many seconds: the longest of its budgets.
_FORGOTTEN_AFTER = 60.0
#: Seconds from one look whether it may speak to the next, while it may not.
_RECHECK = 0.2

#: Seconds of the shortest sleep, so that rounding cannot make a wait turn on the spot.
_SHORTEST_SLEEP = 0.001


class _Window:
    """Remembers the last calls on a budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._taken: deque[float] = deque(maxlen=budget.calls)

    def free_at(self, kind: Call, *, slower: int = 1) -> float:
        """From when on a call of this kind fits in; zero where it does now.

        `slower` is how many share the budget, or have to go at a part of its pace.
        """
        share = max(1, self._budget.shares[kind] // slower)
        return self._taken[-share] + self._budget.seconds if len(self._taken) >= share else 0.0

    def take(self, now: float) -> None:
        """A call was let through."""
        self._taken.append(now)


@dataclass(order=True, slots=True)
class _Place:
    """Somebody's place in the queues: the better kind first, then who came first."""

    kind: Call
    arrival: int
    #: Set when the place may have become the first.
    called: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


class _Lane:
    """One chat: its budgets, its penalty, and who waits."""

    def __init__(self, chat: int, now: float) -> None:
        is_group = chat < 0
        self.windows = [_Window(budget) for budget in ([CHAT, GROUP] if is_group else [CHAT])]
        self.edit_pause = _GROUP_EDIT_PAUSE if is_group else _EDIT_PAUSE
        self.queue: list[_Place] = []
        self.passed_at = -_TYPING_PAUSE
        self.blocked_until = 0.0
        self.used_at = now

    def free_at(self, kind: Call) -> float:
        """From when on this chat takes a lasting call."""
        return max(self.blocked_until, *(window.free_at(kind) for window in self.windows))

    def is_idle(self, now: float) -> bool:
        """Whether nothing would be different if the chat were forgotten."""
        is_quiet = now >= max(self.used_at + _FORGOTTEN_AFTER, self.blocked_until)
        return is_quiet and not self.queue


class Limits:
    """The pace of one bot in one process.

    Of several processes each has its share of the budget over all chats, and each the whole budget
    of a chat: one chat is rarely answered in two at once, and where it is, Telegram says so.

    Nothing runs in the background: whoever waits watches the clock.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        over_all: Budget = everywhere(),  # noqa: B008
        may_speak: Callable[[], bool] = lambda: True,
    ) -> None:
        """While it may not speak, what passes is left out and what lasts waits."""
        self._clock = clock
        self._may_speak = may_speak
        #: The chats in use, the one that was looked at last at the end.
        self._lanes: OrderedDict[int, _Lane] = OrderedDict()
        self._everywhere = _Window(over_all)
        #: The first of each chat, once the chat itself would let it through.
        self._queue: list[_Place] = []
        self._arrivals = itertools.count()
        #: When each chat was last penalised.
        self._penalties: dict[int, float] = {}
        self._processes = 1

    def share(self, processes: int) -> None:
        """So many processes call Telegram for this bot; each has an equal part from now on."""
        self._processes = processes

    @property
    def remembered(self) -> int:
        """How many chats are remembered just now."""
        return len(self._lanes)

    async def wait(self, chat: int, kind: Lasting) -> None:
        """Return when the call may be made, which must then be made at once.

        Within a chat and a kind, first come is first served; final answers go before messages, in
        their chat and over all. A cancelled wait takes nothing.
        """
        lane = self._lane(chat)
        place = _Place(kind, next(self._arrivals))
        insort(lane.queue, place)
        try:
            await self._come_first(lane, place)
            lane.used_at = now = self._clock.monotonic()
            for window in (*lane.windows, self._everywhere):
                window.take(now)
        finally:
            self._leave(self._queue, place)
            self._leave(lane.queue, place)

    def may(self, chat: int, kind: Passing) -> bool:
        """Whether the call may be made now; it must then be made at once.

        No means: leave it out. It is no while anybody waits for what lasts, in this chat or over
        all, so a passing call takes only what nobody asked for.
        """
        lane = self._lane(chat)
        now = self._clock.monotonic()
        pause = lane.edit_pause if kind is Call.EDIT else _TYPING_PAUSE
        someone_waits = bool(lane.queue or self._queue)
        free_at = max(lane.blocked_until, lane.passed_at + pause, self._free_everywhere(kind))
        if someone_waits or now < free_at or not self._may_speak():
            return False
        lane.passed_at = lane.used_at = now
        self._everywhere.take(now)
        return True

    def penalise(self, chat: int, seconds: float) -> None:
        """Telegram answered a call in this chat with 429: nothing goes there for so long.

        Other chats go on, unless several are penalised within a minute: then all go slower.
        """
        lane = self._lane(chat)
        now = self._clock.monotonic()
        lane.blocked_until = max(lane.blocked_until, now + seconds)
        self._penalties[chat] = now

    def penalty(self, chat: int) -> float:
        """Seconds for which nothing may go to this chat, because Telegram said so."""
        return max(0.0, self._lane(chat).blocked_until - self._clock.monotonic())

    async def _come_first(self, lane: _Lane, place: _Place) -> None:
        """Wait until this place is the first in its chat and over all, and both have room."""
        while True:
            now = self._clock.monotonic()
            place.called.clear()
            if lane.queue[0] is not place:
                # Who may not go in the chat does not hold up the others, here and below.
                self._leave(self._queue, place)
                await place.called.wait()
            elif not self._may_speak():
                self._leave(self._queue, place)
                await self._clock.sleep(_RECHECK)
            elif now < (free_at := lane.free_at(place.kind)):
                self._leave(self._queue, place)
                await self._clock.sleep(max(free_at - now, _SHORTEST_SLEEP))
            elif place not in self._queue:
                insort(self._queue, place)
            elif self._queue[0] is not place:
                await place.called.wait()
            elif now < (free_at := self._free_everywhere(place.kind)):
                await self._clock.sleep(max(free_at - now, _SHORTEST_SLEEP))
            else:
                return

    def _free_everywhere(self, kind: Call) -> float:
        if self._penalties:
            since = self._clock.monotonic() - _PENALTIES_WITHIN
            self._penalties = {chat: at for chat, at in self._penalties.items() if at > since}
        is_everybody = len(self._penalties) >= _PENALTIES
        return self._everywhere.free_at(kind, slower=self._processes * (2 if is_everybody else 1))

    @staticmethod
    def _leave(queue: list[_Place], place: _Place) -> None:
        """Go out of a queue, if in it, and call whoever is first now."""
        if place in queue:
            queue.remove(place)
            if queue:
                queue[0].called.set()

    def _lane(self, chat: int) -> _Lane:
        """The lane of this chat. In passing, two that were not looked at for long are."""
        now = self._clock.monotonic()
        lane = self._lanes.pop(chat, None) or _Lane(chat, now)
        for number in list(itertools.islice(self._lanes, 2)):
            if self._lanes[number].is_idle(now):
                del self._lanes[number]
            else:
                self._lanes.move_to_end(number)
        self._lanes[chat] = lane
        return lane
