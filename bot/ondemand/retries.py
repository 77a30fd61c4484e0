"""When a call is made again: what is certain to have left no trace may be repeated, always."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from bot.ondemand import errors
from bot.ondemand.limits import Limits

_T = TypeVar("_T")


def pause_before_retry(
    error: Exception, *, attempt: int, idempotent: bool, longest: float
) -> bool | float:
    """Whether to try again: no, after the usual pause, or after so many seconds.

    What certainly left no trace may be repeated whatever the call was. What may have left one is
    repeated only if the call changes nothing. A plain refusal is never repeated.
    """
    match error:
        case errors.OutageError() | errors.KeyHeldBackError():
            return False  # The breaker says when; see `bot.ondemand.breaker`.
        case errors.KeyRefusedError():
            return 0.6 * attempt  # Good keys were refused for a moment (observed live, 2026-07).
        case errors.RouteError():
            return 0.4 * attempt  # The same, on creating sessions (observed live, 2026-07).
        case errors.ThrottledError(after=float(after)):
            return after if after <= longest else False
        case errors.OnDemandError(nothing_happened=True, worth_repeating=True):
            return True
        case errors.TimedOutError() | errors.DisconnectedError() | errors.ServerError():
            return idempotent
    return False


async def repeating(call: Callable[[], Awaitable[_T]], *, idempotent: bool, limits: Limits) -> _T:
    """Make a call, up to `Limits.attempts` times, and return its result or its last error.

    The usual pause is half a second, doubled each time, and up to a second more by chance.
    """
    number = 0

    def judge(error: Exception) -> bool | float:
        return pause_before_retry(
            error, attempt=number, idempotent=idempotent, longest=limits.longest_pause
        )

    async for attempt in stamina.retry_context(
        on=judge, attempts=limits.attempts, timeout=None, wait_initial=0.5, wait_max=10.0
    ):
        number = attempt.num
        with attempt:
            return await call()
    raise AssertionError("the last attempt returns or raises")
