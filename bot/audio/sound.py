"""Sound that is ready: what the room gives back. Light enough for the house to import."""

from dataclasses import dataclass
from typing import Literal

#: What was done to a recording: nothing; its packets went into another file; they were decoded.
How = Literal["as it is", "copied out", "encoded"]

#: The endings of all kinds of files that speech to text takes, as far as we know them.
EVERY_KIND = frozenset({"ogg", "mp3", "m4a", "wav", "flac"})
#: Up to this size Telegram shows the length and the shape of a voice note by itself.
LARGEST_NOTE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound that a speech-to-text service takes."""

    content: bytes
    #: A name whose ending services understand; ".oga" and ".opus" some of them refuse.
    name: str
    content_type: str
    #: How long it really plays.
    seconds: float
    how: How


@dataclass(frozen=True, slots=True)
class Speech:
    """A voice note, or a piece of one: Opus in Ogg, one channel."""

    content: bytes
    #: What a decoder makes of it.
    seconds: float
