"""What passes between Telegram and the bot, as it is remembered: calls, presses, updates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.telegram.readers import Upload
from bot.sandbox.telegram.world import User


@dataclass(slots=True)
class Call:
    """One call of the bot, recorded so that a test can see what was asked and what was said."""

    number: int
    #: The method as the documentation writes it; as it came where there is no such method. Fetching
    #: a file is a `download` of its `file_path`.
    method: str
    #: The parameters in their types; as they came where they were refused before they were read.
    parameters: Mapping[str, Any]
    at: datetime
    #: The HTTP status that was answered; None while it is being answered or where nothing was.
    status: int | None = None
    #: What Telegram said when it said no.
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the call as the control endpoint shows it: of files the name and the size."""
        shown = {name: getattr(self, name) for name in self.__slots__}
        shown["at"] = self.at.isoformat()
        shown["parameters"] = {name: _sized(value) for name, value in self.parameters.items()}
        return shown


@dataclass(frozen=True, slots=True)
class Violation:
    """Something the bot did that Telegram refuses, punishes, or silently ignores.

    `kind` is `refused` (400, 404 and 413), `flood` (429), `ignored` (Telegram goes on without what
    was wrong) or `not simulated`. What the bot cannot know beforehand is none: that it is blocked,
    that the group has moved, that somebody else polls; nor what `behaviours` made up.
    """

    kind: str
    what: str
    call: Call


@dataclass(slots=True, eq=False)
class Press:
    """A pressed button, waiting for the bot's answer."""

    id: str
    person: User
    at: datetime
    #: The parameters of `answerCallbackQuery`, once the bot has called it.
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A preview of a message the bot is still writing."""

    id: int
    text: str
    until: datetime
    can_stop: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """What the bot was seen doing from one moment on: for five seconds, or until it posted."""

    #: `typing`, `record_voice`, `upload_voice` …
    name: str
    at: datetime
    chat: int
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Whisper:
    """A message that one person of a group saw alone."""

    id: int
    chat: int
    person: int
    text: str


@dataclass(slots=True, eq=False)
class Pending:
    """An update on its way. The body is JSON as it was when it happened, ready to be sent."""

    id: int
    body: bytes
    #: What must be delivered in order shares a queue, when a webhook is set.
    queue: str
    expires: datetime
    #: Given although the bot has passed this id: injected, or delivered a second time.
    insists: bool = False


def _sized(value: Any) -> Any:
    if isinstance(value, Upload):
        return {"name": value.name, "size": len(value.content)}
    if isinstance(value, list):
        return [_sized(item) for item in value]
    if isinstance(value, dict):
        return {name: _sized(item) for name, item in value.items()}
    return value
