"""What follows from a failure: one table, for every failure there is.

A verdict says whether to try again, whom to tell, and in which words. The temperaments: *refused*
is told and never tried again; *throttled* waits and says nothing; *unreachable* is tried again and
told when it is given up; *barred* stops, since nobody is left to tell. Everything else is a bug of
ours: logged with its trace, tried again, and apologised for once.
"""

from dataclasses import dataclass

from bot import audio
from bot.conversation import surface
from bot.conversation.errors import UnheardError
from bot.ondemand import (
    ContextTooLongError,
    EndpointRefusedError,
    KeyRefusedError,
    MalformedError,
    NotSubscribedError,
    OnDemandError,
    PluginTimedOutError,
    PolicyError,
    RefusedError,
    StreamInterruptedError,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about a failure."""

    #: Whether the same work may succeed later.
    try_again: bool
    #: Seconds to wait before that; `None` leaves it to the usual pauses.
    after: float | None = None
    #: What the person is told when it is not tried again; `None` tells nobody.
    phrase: str | None = "gave up"
    #: Whether an operator has to do something.
    is_operators: bool = False


#: The first class that fits decides. Classes stand before the classes they are made of.
_TABLE: tuple[tuple[type[Exception], Verdict], ...] = (
    (surface.BarredError, Verdict(try_again=False, phrase=None)),
    (surface.RefusedError, Verdict(try_again=False)),
    (surface.UnseenError, Verdict(try_again=False, phrase="unseen")),
    (ContextTooLongError, Verdict(try_again=False, phrase="too long")),
    (PolicyError, Verdict(try_again=False, phrase="refused subject")),
    (NotSubscribedError, Verdict(try_again=False, phrase="out of service", is_operators=True)),
    (EndpointRefusedError, Verdict(try_again=False, phrase="out of service", is_operators=True)),
    (KeyRefusedError, Verdict(try_again=False, phrase="out of service", is_operators=True)),
    (PluginTimedOutError, Verdict(try_again=False, phrase="plugin timeout")),
    (RefusedError, Verdict(try_again=False, phrase="not understood")),
    # A page of their gate instead of an answer, most likely; whether they heard us is looked up.
    (MalformedError, Verdict(try_again=True)),
)


def judge(error: Exception) -> Verdict:
    """The verdict on any exception at all."""
    for kind, verdict in _TABLE:
        if isinstance(error, kind):
            return verdict
    if isinstance(error, UnheardError):
        return Verdict(try_again=False, phrase=error.phrase, is_operators=error.is_operators)
    if isinstance(error, audio.AudioError):
        return Verdict(try_again=error.worth_repeating)
    if isinstance(error, surface.ThrottledError):
        return Verdict(try_again=True, after=error.after)
    if isinstance(error, StreamInterruptedError):
        # Nothing came by which to find the answer. The next attempt looks before it asks.
        return judge(error.refusal) if error.refusal else Verdict(try_again=True)
    if isinstance(error, OnDemandError):
        return Verdict(try_again=error.worth_repeating, after=error.after)
    return Verdict(try_again=True)
