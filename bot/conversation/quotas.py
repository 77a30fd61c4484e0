"""What a day has room for: the limits, what is left of them, and when they start afresh.

A day is one of UTC, the same for everybody.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.conversation.surface import BarredError
from bot.ondemand import ContextTooLongError, PolicyError
from bot.ondemand import Usage as Taken
from bot.storage import JSON, Allowance, Used

#: From this part of a limit on a person is warned.
_NEARLY: Final = 0.8

#: Whoever goes on after a limit is told of it again after this time.
TELL_PAUSE: Final = timedelta(hours=1)

#: Nobody's answer takes more; a larger number is a mistake of whoever sent it.
_MOST_TOKENS: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Quotas:
    """The operator's limits for a day; `None` sets none."""

    #: Of each person.
    person: Allowance = field(default_factory=Allowance)
    #: Questions of all people together.
    questions_of_all: int | None = None

    def of(self, own: JSON = None, *, is_operator: bool = False) -> Allowance:
        """What somebody may use in a day; `own` is what is remembered of a limit of theirs.

        Of operators only all people together limit anything.
        """
        if is_operator:
            return Allowance()
        return own_allowance(own, self.person) or self.person


def own_allowance(remembered: JSON, usual: Allowance) -> Allowance | None:
    """The limits of somebody to whom an operator gave one for questions; the others are as usual.

    `None` where no operator did.
    """
    if not isinstance(remembered, dict):
        return None
    questions = remembered.get("questions")
    return replace(usual, questions=questions if isinstance(questions, int) else None)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a day; `None` where nothing limits it."""

    questions: int | None = None
    tokens: int | None = None
    #: Seconds.
    voice: float | None = None
    translations: int | None = None


class OverQuotaError(Exception):
    """A recording is longer than what may be heard of its speaker today."""

    def __init__(self, left: float) -> None:
        super().__init__("longer than what is left of the day")
        #: Seconds.
        self.left = left


class NoTranslationsLeftError(Exception):
    """Somebody's day has no room for another translation."""


def day_of(moment: datetime) -> date:
    """The day to which it is counted."""
    return moment.astimezone(UTC).date()


def first_of_month(day: date) -> date:
    """The day on which the month of this one began."""
    return day.replace(day=1)


def until_reset(now: datetime) -> dict[str, JSON]:
    """How long it is until the next day begins, as the values of a phrase."""
    midnight = datetime.combine(day_of(now) + timedelta(days=1), time(), UTC)
    minutes = math.ceil((midnight - now) / timedelta(minutes=1))
    return {"hours": minutes // 60, "minutes": minutes % 60}


def left_of(used: Used, allowance: Allowance, *, are_all_spent: bool = False) -> Left:
    """What is left of a person's day. Nobody may ask when everybody together has asked enough."""
    questions = _less(allowance.questions, used.questions)
    return Left(
        questions=0 if are_all_spent else questions,
        tokens=_less(allowance.tokens, used.tokens),
        voice=None if allowance.voice is None else max(0.0, allowance.voice - used.voice),
        translations=_less(allowance.translations, used.translations),
    )


def _less(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)


def is_near(used: Used, allowance: Allowance) -> bool:
    """Whether most of a limit is used, so that its end should not come as a surprise."""
    pairs = (
        (used.questions, allowance.questions),
        (used.tokens, allowance.tokens),
        (used.voice, allowance.voice),
        (used.translations, allowance.translations),
    )
    return any(limit is not None and spent >= _NEARLY * limit for spent, limit in pairs)


def tokens_of(taken: Taken | None) -> int:
    """The tokens of an answer, as the platform counted them; none where it does not say."""
    if taken is None:
        return 0
    tokens = taken.total_tokens or taken.input_tokens + taken.output_tokens
    return min(max(0, tokens), _MOST_TOKENS)


def is_given_back(error: Exception | None, *, was_sent: bool, was_taken: bool) -> bool:
    """Whether a question that failed costs its person nothing.

    `was_sent` says that it was on its way to the platform, and `was_taken` that the platform had
    begun with it. Then it may have been paid for, and a failure that people can bring about they
    could bring about for ever. `None` is the death of our own process.
    """
    if isinstance(error, BarredError):
        return not was_sent
    return not (was_taken and isinstance(error, PolicyError | ContextTooLongError))
