"""What one message can carry: a text, and entities that dress it.

Telegram counts in UTF-16 code units, so everything in here does too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: UTF-16 code units in the text of one message (https://core.telegram.org/bots/api#sendmessage).
TEXT_LIMIT = 4096

#: Telegram silently ignores every entity of a message after the hundredth.
ENTITY_LIMIT = 100

Kind: TypeAlias = Literal[
    "blockquote",
    "bold",
    "code",
    "expandable_blockquote",
    "italic",
    "pre",
    "strikethrough",
    "text_link",
]


@dataclass(frozen=True, slots=True)
class Entity:
    """How a stretch of a text looks. Offset and length are UTF-16 code units."""

    kind: Kind
    offset: int
    length: int
    #: Where a `text_link` leads.
    url: str | None = None
    #: What a `pre` is written in, where that is known.
    language: str | None = None

    def to_json(self) -> Mapping[str, str | int]:
        """The entity as the Bot API wants it."""
        entity: dict[str, str | int] = {
            "type": self.kind,
            "offset": self.offset,
            "length": self.length,
        }
        if self.url is not None:
            entity["url"] = self.url
        if self.language is not None:
            entity["language"] = self.language
        return entity


@dataclass(frozen=True, slots=True)
class Part:
    """What goes out as one message, without a parse mode."""

    text: str
    entities: tuple[Entity, ...] = ()
