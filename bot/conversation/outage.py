"""While OnDemand is away: questions are kept, and no attempt is held against them.

That it is away is known from the calls of everybody (`bot.ondemand.breaker`). What fails for that
reason is begun again when it is of use, up to a day later; its person is told once and answered
then, in the same message.
"""

from datetime import timedelta
from typing import Final

from bot.conversation.judge import judge
from bot.ondemand import Health, OnDemandError

#: Whoever asked longer ago than this does not wait for the answer any more.
LONGEST: Final = timedelta(hours=24)

#: Seconds before a question is looked at again, at least.
_SHORTEST: Final = 1.0


class OutlastedError(Exception):
    """OnDemand was away for longer than a question is kept."""


def kept_for(error: Exception, health: Health, *, age: timedelta) -> float | None:
    """Seconds for which a turn that failed is kept; `None` where the outage is not to blame.

    `age` is that of what the person wrote. Raises `OutlastedError` when it is too old to be kept.
    """
    is_outage = isinstance(error, OnDemandError) and judge(error).try_again
    if not is_outage or health.is_well or health.is_key_refused:
        return None
    if age >= LONGEST:
        raise OutlastedError(f"away for {health.away:.0f} s") from error
    return max(_SHORTEST, getattr(error, "after", None) or health.wait)
