"""How long we wait, how much we take, how often we ask."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

_MINUTE = 60.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every bound of the client, with the defaults it is meant to run with.

    Times are in seconds, sizes in bytes unless said otherwise.
    """

    #: Until a connection stands.
    connect: float = 10.0
    #: For an ordinary call from the first byte sent to the last one read.
    call: float = 60.0
    #: The same for calls that work while we wait: sync queries, uploads, speech. Cloudflare
    #: cuts them at about 120 seconds (observed live, 2026).
    long_call: float = 150.0
    #: Until the first line of a streamed answer. The platform shows life after 2 to 4.
    first_byte: float = 60.0
    #: Between two lines of a streamed answer. Heartbeats come every 3 and count as life.
    silence: float = 90.0
    #: For a streamed answer as a whole, since heartbeats alone could go on for ever.
    total: float = 300.0
    #: For the end of the connection's body, once the answer has ended.
    farewell: float = 0.1
    #: How long `recover()` watches a message that is still being worked on.
    recovery: float = 240.0
    #: How long a media file may take to become ready.
    media_ready: float = 300.0

    #: One line, or one frame of several lines, of a stream.
    line: int = 262_144
    #: One streamed answer, in characters.
    answer: int = 2_000_000
    #: The body of an ordinary answer.
    body: int = 16_000_000
    #: One download, and the time for it.
    download: int = 20_000_000
    download_time: float = 30.0

    #: How often one call is tried at most.
    attempts: int = 3
    #: The longest pause between two attempts. Who must wait longer is told so by the error.
    longest_pause: float = 20.0

    #: Free plan, for a whole company (documented, 2026-09).
    queries_per_minute: int = 100
    uploads_per_minute: int = 5


class TokenBucket:
    """So many calls in any minute; whoever comes too early waits for a turn.

    The bucket holds a minute's tokens, and each returns a minute after it was taken. No window
    of a minute ever sees more calls than allowed, which a steadily filling bucket cannot
    promise. Turns are given in the order of asking. It queues and never refuses: the wait of
    the n-th in the queue is at most `n / per_minute` minutes. A wait that is cancelled keeps
    its turn, so the promise holds all the same.
    """

    def __init__(
        self, per_minute: int, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        if per_minute < 1:
            raise ValueError("a bucket needs at least one token a minute")
        self._turns: deque[float] = deque(maxlen=per_minute)
        self._share = per_minute
        self._clock = clock
        self._sleep = sleep

    def share(self, processes: int) -> None:
        """So many processes call for this account; each has an equal part, one call at least."""
        self._share = max(1, (self._turns.maxlen or 0) // processes)

    @property
    def wait(self) -> float:
        """Seconds that whoever comes now waits for a turn."""
        if len(self._turns) < self._share:
            return 0.0
        return max(0.0, self._turns[-self._share] + _MINUTE - self._clock())

    async def take(self) -> None:
        """Return when the call may be made."""
        seconds = self.wait
        self._turns.append(self._clock() + seconds)
        if seconds:
            await self._sleep(seconds)
