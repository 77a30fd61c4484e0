"""Time, handed in so that tests can move it by hand."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. Who decides by the time is handed one.

    Only what is about the machine itself asks it directly: locks, sockets, the stamps of the log.
    """

    def now(self) -> datetime:
        """The moment in UTC, for what is written down. It jumps when the machine is corrected."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, for measuring and for deadlines."""

    async def sleep(self, seconds: float) -> None:
        """Let this much time pass, letting others work."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The moment in UTC, by the machine's calendar."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment of this machine's run."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        await asyncio.sleep(seconds)
