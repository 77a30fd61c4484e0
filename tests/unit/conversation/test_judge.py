"""What follows from a failure."""

import pytest

from bot import ondemand
from bot.conversation import surface
from bot.conversation.judge import Verdict, judge
from bot.conversation.phrases import ENGLISH
from bot.ondemand import StatusError, StreamInterruptedError


def cut(refusal: StatusError | None = None) -> StreamInterruptedError:
    """A stream that ended before its end."""
    return StreamInterruptedError("cut", text="", message_id=None, refusal=refusal)


OUT_OF_SERVICE = Verdict(try_again=False, phrase="out of service", is_operators=True)
LATER = Verdict(try_again=True)

TABLE = [
    # Refused: told, and never tried again.
    (ondemand.RefusedError(400), Verdict(try_again=False, phrase="not understood")),
    (ondemand.ContextTooLongError(400), Verdict(try_again=False, phrase="too long")),
    (ondemand.PolicyError(403), Verdict(try_again=False, phrase="refused subject")),
    (ondemand.PluginTimedOutError(504), Verdict(try_again=False, phrase="plugin timeout")),
    (ondemand.FailedError("m"), Verdict(try_again=False)),
    (ondemand.GoneError(404), Verdict(try_again=False)),
    (surface.RefusedError("bad request"), Verdict(try_again=False)),
    # Somebody has to do something about it.
    (ondemand.NotSubscribedError(402), OUT_OF_SERVICE),
    (ondemand.EndpointRefusedError(400), OUT_OF_SERVICE),
    (ondemand.KeyRefusedError(401), OUT_OF_SERVICE),
    # Throttled: waits as long as it is told.
    (ondemand.ThrottledError(429, after=7.0), Verdict(try_again=True, after=7.0)),
    (ondemand.ThrottledError(429), LATER),
    (surface.ThrottledError(209), Verdict(try_again=True, after=209)),
    # Unreachable, or uncertain: tried again after the usual pauses.
    (ondemand.UnreachableError(), LATER),
    (ondemand.BusyError(), LATER),
    (ondemand.TimedOutError(), LATER),
    (ondemand.DisconnectedError(), LATER),
    (ondemand.MalformedError(), LATER),
    (ondemand.ServerError(503), LATER),
    (surface.UnreachableError(), LATER),
    (surface.UncertainError(), LATER),
    (surface.LostError(), LATER),
    (surface.MovedError(-1), LATER),
    # A stream without a trace; or with a failure told in it, which counts then.
    (cut(), LATER),
    (cut(ondemand.ServerError(500)), LATER),
    (cut(ondemand.PolicyError(403)), Verdict(try_again=False, phrase="refused subject")),
    # Nobody is left to tell.
    (surface.BarredError("blocked"), Verdict(try_again=False, phrase=None)),
    # A bug of ours.
    (KeyError("oops"), LATER),
]


@pytest.mark.parametrize(
    ("error", "verdict"),
    TABLE,
    ids=[f"{type(each[0]).__name__}-{i}" for i, each in enumerate(TABLE)],
)
def test_a_failure_has_one_verdict(error: Exception, verdict: Verdict) -> None:
    """Whatever happens, it is known whether to try again and what to say."""
    assert judge(error) == verdict


def test_every_verdict_can_be_said() -> None:
    """What is told after a failure is a sentence that exists, with a reference to find it by."""
    phrases = {verdict.phrase for _, verdict in TABLE if verdict.phrase}

    assert [phrase for phrase in phrases if "{ref}" not in ENGLISH[phrase]] == []
