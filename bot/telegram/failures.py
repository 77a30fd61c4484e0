"""The library's exceptions, translated into what follows from them.

Its class tree misleads: `BadRequest` and `TimedOut` are network errors there, and 404 is an invalid
token. What counts for us is whether the call took effect, which only the cause tells.
"""

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
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
    VoiceForbiddenError,
)

#: Nothing had been sent when these happened.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

#: What Telegram says, in small letters, where a message is gone or can no longer be changed.
_LOST = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message to delete not found",
    "message can't be deleted",
    "wrong file_id",
    "wrong file identifier",
)

#: What it says where we may not speak any more, or have nowhere to.
_BARRED = (
    "chat not found",
    "have no rights to send",
    "not enough rights to send",
    "need administrator rights",
    "topic_closed",
    "topic_deleted",
    "message thread not found",
    "user is deactivated",
    "chat_write_forbidden",
    "group chat was upgraded",
    "peer_id_invalid",
)

#: Where voice notes are not taken, by a person's settings or a group's.
_NO_VOICE = (
    "voice_messages_forbidden",
    "not enough rights to send voice",
    "chat_send_voices_forbidden",
)
_UNCHANGED = "message is not modified"


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants us to be silent. The library is about to change the type of it."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def is_unchanged(error: Exception) -> bool:
    """Whether an edit was refused because the message says that already."""
    return isinstance(error, BadRequest) and _UNCHANGED in error.message.lower()


def translate(error: Exception) -> SurfaceError:
    """What a failed call means to whoever wanted to speak, without a word of what was said."""
    match error:
        case RetryAfter():
            return ThrottledError(seconds_of(error))
        case ChatMigrated():
            return MovedError(error.new_chat_id)
        case Forbidden():
            return BarredError(type(error).__name__)
        case BadRequest(message=message):
            return _refusal(message.lower())
        case EndPointNotFound():
            return RefusedError("no such method")  # A server of somebody's own, of an older time.
        case InvalidToken():
            return UnreachableError("the token is refused")
        case TimedOut() | NetworkError() if isinstance(error.__cause__, _NOT_SENT):
            return UnreachableError(type(error.__cause__).__name__)
        case TelegramError() if "too large" in error.message.lower():
            return RefusedError("too large")
    # Everything else, answers that make no sense included: it may have been carried out.
    return UncertainError(type(error).__name__)


def _refusal(message: str) -> SurfaceError:
    if any(words in message for words in _NO_VOICE):
        return VoiceForbiddenError("no voice messages")
    if any(words in message for words in _LOST):
        return LostError("the message is gone")
    if any(words in message for words in _BARRED):
        return BarredError("may not speak there")
    return RefusedError("bad request")
