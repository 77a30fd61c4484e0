"""What Telegram says when it says no, in its own words.

The words are those of the Bot API server and of the platform behind it, since bots decide by them;
where nobody has written them down they are ours, and plain.
"""

from typing import Any


class Refusal(Exception):
    """A call that is not done. What it says may name parameters, never what people said."""

    def __init__(self, code: int, sentence: str, **parameters: int) -> None:
        super().__init__(sentence)
        self.code = code
        self.description = f"{_TITLES[code]}: {sentence}" if sentence else _TITLES[code]
        #: `retry_after` (seconds) or `migrate_to_chat_id`, where there is one.
        self.parameters = parameters

    def to_json(self) -> dict[str, Any]:
        """Return the envelope of a failed call."""
        body = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
}

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
VOICE_FORBIDDEN = "VOICE_MESSAGES_FORBIDDEN"
NO_SUCH_WHISPER = "message to delete not found"
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def bad(sentence: str) -> Refusal:
    """The call is wrong, or comes at a wrong time."""
    return Refusal(400, sentence)


def forbidden(sentence: str) -> Refusal:
    """The bot may not be where it wants to speak."""
    return Refusal(403, sentence)


def flood(seconds: int) -> Refusal:
    """Flood control: nothing is done, and nothing will be for so many seconds."""
    return Refusal(429, f"retry after {seconds}", retry_after=seconds)


def migrated(chat: int) -> Refusal:
    """The group has become a supergroup, with another id."""
    sentence = "group chat was upgraded to a supergroup chat"
    return Refusal(400, sentence, migrate_to_chat_id=chat)


def two_pollers() -> Refusal:
    """Somebody else has asked for updates with the same token since."""
    return Refusal(
        409,
        "terminated by other getUpdates request; make sure that only one bot instance is running",
    )


def webhook_is_active() -> Refusal:
    """Updates go to the webhook, so nobody can poll them."""
    return Refusal(
        409,
        "can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first",
    )


def not_simulated(what: str) -> Refusal:
    """A good call that Telegram would do, and the sandbox does not."""
    return Refusal(501, f"the sandbox knows {what} and does not simulate it")
