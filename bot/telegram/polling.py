"""Long polling on raw `getUpdates`: nothing is confirmed before it is committed.

The library's own poller confirms an update before its handler ends, stops for ever at one it cannot
parse, and dies silently when Telegram once answers 401. This one only ever moves forward past what
the inbox holds, and is judged alive by nothing but completed polls.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter
from telegram.request import HTTPXRequest

from bot.clock import Clock
from bot.health import Condition
from bot.storage import Arrival
from bot.telegram.failures import seconds_of
from bot.telegram.intake import read

log = logging.getLogger(__name__)

#: The kinds of update that we handle; without this some are never sent, and others for nothing.
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "stopped_message_generation",
)

#: Seconds that Telegram holds a poll open when there is nothing new. The server allows 50.
POLL = 30

#: Seconds without an answered poll after which something is wrong.
_QUIET = 2 * POLL + 15

_SHORTEST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


def pause_after(error: Exception, failures: int) -> float:
    """Seconds to wait after so many failed polls in a row.

    Another poller on the same token is told from here too: it wins for a moment, so we come back
    soon, and Telegram slows both of us down by itself.
    """
    if isinstance(error, RetryAfter):
        return seconds_of(error)
    if isinstance(error, Conflict):
        return 3.0
    if isinstance(error, InvalidToken):
        return _LONGEST_PAUSE
    return min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2.0 ** min(failures - 1, 10))


class Poller:
    """Fetches updates and hands them to the inbox, for as long as it is let."""

    def __init__(
        self, *, bot: Bot, accept: Callable[[Sequence[Arrival]], Awaitable[None]], clock: Clock
    ) -> None:
        self._bot = bot
        # A poll that was cut can keep its connection for a while, so one is not enough.
        self._request = HTTPXRequest(connection_pool_size=8, connect_timeout=5)
        self._accept = accept
        self._clock = clock
        #: When a poll last completed, by the monotonic clock; `None` before the first.
        self.completed_at: float | None = None
        #: When it began to poll; `None` while it does not.
        self.began_at: float | None = None
        self._offset: int | None = None
        self._failures = 0

    @property
    def is_polling(self) -> bool:
        """Whether it polls just now."""
        return self.began_at is not None

    @property
    def age(self) -> float | None:
        """Seconds since a poll was last answered, or else since the first; `None` without polls."""
        if self.began_at is None:
            return None
        since = self.began_at if self.completed_at is None else self.completed_at
        return self._clock.monotonic() - since

    async def condition(self) -> Condition:
        """Whether polls are answered. Telegram holds one open for half a minute."""
        if self.completed_at is None:
            return Condition(is_well=False, says="no poll was answered yet")
        age = self._clock.monotonic() - self.completed_at
        return Condition(age <= _QUIET, f"a poll was answered {age:.0f} s ago")

    async def run(self) -> None:
        """Poll until cancelled. No failure ends it; each is logged, and followed by a pause."""
        self.began_at, self.completed_at = self._clock.monotonic(), None
        # Whoever polled meanwhile has confirmed more, and numbers begin anew after a quiet week.
        self._offset, self._failures = None, 0
        try:
            async with self._request:
                await self._forget_webhook()
                while True:
                    await self._poll()
        finally:
            self.began_at = None

    async def _poll(self) -> None:
        try:
            updates = await self._fetch()
            await self._take_in(updates)
        except Exception as error:  # An answer without sense, too: a bot that stops here is deaf.
            self._failures += 1
            pause = pause_after(error, self._failures)
            log.warning(
                "poll failed",
                extra={
                    "error": type(error).__name__,
                    "in_a_row": self._failures,
                    "pause": pause,
                },
            )
            await self._clock.sleep(pause)
        else:
            self._failures = 0
            self.completed_at = self._clock.monotonic()

    async def _forget_webhook(self) -> None:
        """Polls are refused while a webhook is set. What waits is kept."""
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except Exception as error:  # The polls themselves show whether one is left.
            log.warning("webhook not removed", extra={"error": type(error).__name__})

    async def _fetch(self) -> list[Mapping[str, Any]]:
        arguments: dict[str, Any] = {
            "timeout": POLL,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            arguments["offset"] = self._offset
        # The library's own method would parse the updates, and fail on one it does not understand.
        answer = await self._request.post(
            f"{self._bot.base_url}/getUpdates?{urlencode(arguments)}", read_timeout=POLL + 10
        )
        # What the library calls a list of objects may hold anything that Telegram sends.
        updates: list[object] = list(answer) if isinstance(answer, list) else []
        return [update for update in updates if isinstance(update, dict)]

    async def _take_in(self, updates: Sequence[Mapping[str, Any]]) -> None:
        arrivals = [arrival for update in updates if (arrival := read(update)) is not None]
        if not arrivals:
            return
        await self._accept(arrivals)
        # Only now: asking for what follows tells Telegram to forget these.
        self._offset = max(arrival.update_id for arrival in arrivals) + 1
