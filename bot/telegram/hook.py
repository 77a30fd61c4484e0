"""The webhook as Telegram has it: set, and looked after."""

import logging

from telegram import Bot
from telegram.error import RetryAfter

from bot.clock import Clock
from bot.health import Condition
from bot.telegram.failures import seconds_of
from bot.telegram.polling import ALLOWED_UPDATES

log = logging.getLogger(__name__)

#: Connections that Telegram opens at once, a queue of its own on each.
CONNECTIONS = 100

#: Seconds from one look at what Telegram has to the next.
LOOK_EVERY = 60.0

#: How long ago a delivery may have failed, in seconds, to be told of.
_LATELY = 300.0

_LONGEST_PAUSE = 60.0


class Hook:
    """Sets the webhook, and sets it again whenever somebody has taken it away."""

    def __init__(self, *, bot: Bot, url: str, secret: str, clock: Clock) -> None:
        """`url` is the whole address that Telegram is to call."""
        self._bot = bot
        self._url = url
        self._secret = secret
        self._clock = clock
        self._condition = Condition(is_well=False, says="the webhook is not set yet")

    async def condition(self) -> Condition:
        """How it was at the last look."""
        return self._condition

    async def run(self) -> None:
        """Look after it until cancelled. No failure ends it."""
        failures = 0
        while True:
            try:
                await self._look()
                failures = 0
                pause = LOOK_EVERY
            except Exception as error:  # An answer without sense, too: nothing may end this.
                failures += 1
                pause = min(_LONGEST_PAUSE, 2.0 ** min(failures - 1, 10))
                if isinstance(error, RetryAfter):
                    pause = seconds_of(error)
                log.warning(
                    "webhook not looked after",
                    extra={"error": type(error).__name__, "pause": pause},
                )
                self._condition = Condition(is_well=False, says=f"{type(error).__name__} at a look")
            await self._clock.sleep(pause)

    async def _look(self) -> None:
        info = await self._bot.get_webhook_info()
        is_ours = info.url == self._url and info.max_connections == CONNECTIONS
        if not is_ours or set(info.allowed_updates or ()) != set(ALLOWED_UPDATES):
            await self._bot.set_webhook(
                self._url,
                secret_token=self._secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=CONNECTIONS,
                drop_pending_updates=False,
            )
            log.info("webhook set", extra={"waiting": info.pending_update_count})
            self._condition = Condition(is_well=True, says="the webhook is set")
            return
        since = (
            (self._clock.now() - info.last_error_date).total_seconds()
            if info.last_error_date
            else None
        )
        waiting = f"{info.pending_update_count} updates wait at Telegram"
        if since is not None and since < _LATELY and info.pending_update_count:
            self._condition = Condition(
                is_well=False, says=f"a delivery failed {since:.0f} s ago; {waiting}"
            )
        else:
            self._condition = Condition(is_well=True, says=waiting)
