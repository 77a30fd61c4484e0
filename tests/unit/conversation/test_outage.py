"""What is kept while OnDemand is away, and what is told to the operators."""

from datetime import timedelta

import pytest

from bot.conversation.alerts import alert_of
from bot.conversation.errors import UnheardError
from bot.conversation.outage import OutlastedError, kept_for
from bot.ondemand import (
    EndpointRefusedError,
    Health,
    KeyRefusedError,
    NotSubscribedError,
    OutageError,
    PolicyError,
    ServerError,
    TimedOutError,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WELL, AWAY = Health(), Health("open", away=60.0, wait=7.0)
REFUSED = Health("open", is_key_refused=True, away=60.0, wait=7.0)


@pytest.mark.parametrize(
    ("error", "health", "seconds"),
    [
        (OutageError(12.5), AWAY, 12.5),
        (ServerError(503), AWAY, 7.0),
        (TimedOutError(), Health("trying", away=60.0, wait=0.0), 1.0),
        (ServerError(503), WELL, None),
        (ServerError(503), REFUSED, None),
        (PolicyError(403), AWAY, None),
        (KeyRefusedError(401), AWAY, None),
        (KeyError("a bug"), AWAY, None),
    ],
    ids=["turned away", "failed", "a try", "well", "key", "policy", "key refused", "bug"],
)
def test_what_is_kept(error: Exception, health: Health, seconds: float | None) -> None:
    """What an outage is to blame for is kept; a refusal and a bug are nobody else's fault."""
    assert kept_for(error, health, age=MINUTE) == seconds


def test_nothing_is_kept_for_ever() -> None:
    """After a day nobody waits for an answer any more."""
    with pytest.raises(OutlastedError):
        kept_for(OutageError(10.0), AWAY, age=DAY)


@pytest.mark.parametrize(
    ("error", "phrase"),
    [
        (KeyRefusedError(401), "alert key"),
        (NotSubscribedError(402), "alert credit"),
        (EndpointRefusedError(400), "alert model"),
        (ServerError(503), None),
        (None, None),
    ],
)
def test_what_operators_are_told(error: Exception | None, phrase: str | None) -> None:
    """An operator hears of what only an operator can mend."""
    assert alert_of(error) == phrase


def test_what_stands_behind_a_failure_is_seen() -> None:
    """A recording is not heard because speech to text is not paid for: that is what is told."""
    error = UnheardError("deaf", is_operators=True)
    error.__cause__ = NotSubscribedError(402)

    assert alert_of(error) == "alert credit"
