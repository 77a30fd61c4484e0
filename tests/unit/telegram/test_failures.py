"""The library's exceptions, and what follows from them."""

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.conversation.surface import (
    BarredError,
    LostError,
    MovedError,
    RefusedError,
    SurfaceError,
    ThrottledError,
    UncertainError,
    UnreachableError,
)
from bot.telegram.failures import is_unchanged, translate


@pytest.fixture(autouse=True)
def _agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library gives stretches of time as what they are, as in the bot."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def because(error: Exception, cause: Exception) -> Exception:
    """This failure, with its cause."""
    error.__cause__ = cause
    return error


SAID = "Bad Request: "


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadRequest(f"{SAID}message to edit not found"), LostError),
        (BadRequest(f"{SAID}message can't be edited"), LostError),
        (BadRequest(f"{SAID}MESSAGE_ID_INVALID"), LostError),
        (BadRequest(f"{SAID}message to delete not found"), LostError),
        (BadRequest(f"{SAID}chat not found"), BarredError),
        (BadRequest(f"{SAID}not enough rights to send text messages to the chat"), BarredError),
        (BadRequest(f"{SAID}TOPIC_CLOSED"), BarredError),
        (BadRequest(f"{SAID}message thread not found"), BarredError),
        (Forbidden("Forbidden: bot was blocked by the user"), BarredError),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), BarredError),
        (ChatMigrated(-100), MovedError),
        (BadRequest(f"{SAID}can't parse entities: oops"), RefusedError),
        (BadRequest(f"{SAID}message is too long"), RefusedError),
        (NetworkError("Request Entity Too Large"), RefusedError),
        (NetworkError("Bad Gateway"), UncertainError),
        (Conflict("Conflict: terminated by other getUpdates request"), UncertainError),
        (TelegramError("Invalid server response"), UncertainError),
        (because(TimedOut(), httpx.ReadTimeout("")), UncertainError),
        (because(NetworkError("httpx.ReadError"), httpx.ReadError("")), UncertainError),
        (because(NetworkError("httpx.ConnectError"), httpx.ConnectError("")), UnreachableError),
        (because(TimedOut(), httpx.ConnectTimeout("")), UnreachableError),
        (because(TimedOut(), httpx.PoolTimeout("")), UnreachableError),
        (InvalidToken("Unauthorized"), UnreachableError),
        (AttributeError("'NoneType' object has no attribute 'get'"), UncertainError),
    ],
    ids=lambda each: f"{type(each).__name__}-{each}" if isinstance(each, Exception) else "",
)
def test_a_failure_says_what_follows(error: Exception, kind: type[SurfaceError]) -> None:
    """Whether a call took effect, and whether to try again, is known from its cause."""
    assert type(translate(error)) is kind


def test_flood_control_says_how_long() -> None:
    """Told to wait 209 seconds, we know it is 209 seconds."""
    failure = translate(RetryAfter(209))

    assert isinstance(failure, ThrottledError)
    assert failure.after == 209


def test_a_moved_chat_says_where_it_is() -> None:
    """A group that moved tells its new number."""
    failure = translate(ChatMigrated(-1_001))

    assert isinstance(failure, MovedError)
    assert failure.to == -1_001


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (BadRequest("Bad Request: message is not modified: specified new message content"), True),
        (BadRequest("Bad Request: message to edit not found"), False),
        (NetworkError("message is not modified"), False),
    ],
)
def test_an_edit_that_changes_nothing_is_told_apart(error: Exception, is_so: bool) -> None:
    """That a message reads so already is no failure."""
    assert is_unchanged(error) is is_so


def test_no_failure_repeats_what_was_said() -> None:
    """What Telegram quotes of my words goes no further."""
    assert "secret" not in str(translate(BadRequest("Bad Request: can't parse 'my secret'")))
