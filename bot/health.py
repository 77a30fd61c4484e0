"""Whether the bot is well, part by part.

*Alive* is a process whose loop turns. *Ready* is one that can take updates in: what it needs for
that is vital. Everything else is told as it is, and keeps nobody out: while the assistant is away,
questions are still to be taken in and kept.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.clock import Clock

log = logging.getLogger(__name__)

#: Seconds that one part may take to tell how it is, and that its answer is good for.
PATIENCE = 2.0
GOOD_FOR = 1.0


@dataclass(frozen=True, slots=True)
class Condition:
    """How a part is."""

    is_well: bool
    #: In a few words, without secrets and without anybody's name.
    says: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bot that can tell how it is."""

    name: str
    look: Callable[[], Awaitable[Condition]]
    #: Whether no update can be taken in without it.
    is_vital: bool = True


class Health:
    """Asks the parts, each at most once a second however often it is asked itself."""

    def __init__(self, parts: Sequence[Part], clock: Clock) -> None:
        self._parts = parts
        self._clock = clock
        self._looking = asyncio.Lock()
        self._found: tuple[bool, bytes] = (False, b"")
        self._good_until = float("-inf")

    async def report(self) -> tuple[bool, bytes]:
        """Whether updates can be taken in, and how each part is, as JSON."""
        async with self._looking:
            if self._clock.monotonic() >= self._good_until:
                self._found = await self._look()
                self._good_until = self._clock.monotonic() + GOOD_FOR
            return self._found

    async def _look(self) -> tuple[bool, bytes]:
        conditions = await asyncio.gather(*map(_condition_of, self._parts))
        both = list(zip(self._parts, conditions, strict=True))
        is_ready = all(found.is_well for part, found in both if part.is_vital)
        told = {
            "ready": is_ready,
            "parts": {
                part.name: {"well": found.is_well, "vital": part.is_vital, "says": found.says}
                for part, found in both
            },
        }
        return is_ready, json.dumps(told, indent=2).encode() + b"\n"


async def _condition_of(part: Part) -> Condition:
    try:
        async with asyncio.timeout(PATIENCE):
            return await part.look()
    except TimeoutError:
        return Condition(is_well=False, says="no answer in time")
    except Exception as error:  # Whatever it is, it is how the part is.
        log.warning("part not looked at", exc_info=error, extra={"part": part.name})
        return Condition(is_well=False, says=type(error).__name__)
