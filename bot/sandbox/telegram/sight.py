"""What people see of a chat, as plain values, and how they wait for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.world import Chat, Message, User

PATIENCE = 10.0  # seconds a person waits unless told otherwise


class NotSeenError(AssertionError):
    """Somebody waited for something that did not come; says what was there instead."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button of an inline keyboard."""

    label: str
    #: What the bot is told when it is pressed; None for buttons that do something else.
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A marked-up stretch of a text, in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A message as somebody reads it at one moment.

    Two are equal when they say the same in the same topic: text, topic and kind.
    """

    #: The text or the caption; of a rich message its Markdown as it was sent.
    text: str
    topic: int | None = None
    #: `text`, `voice`, `document`, … as the Bot API names the field.
    kind: str = "text"
    entities: tuple[Entity, ...] = field(default=(), compare=False)
    keyboard: tuple[tuple[Button, ...], ...] = field(default=(), compare=False)
    id: int = field(default=0, compare=False)
    chat: int = field(default=0, compare=False)
    #: The id of the message this one replies to.
    reply_to: int | None = field(default=None, compare=False)
    edited: bool = field(default=False, compare=False)
    #: First name of who wrote it, and whether that was the bot.
    sender: str = field(default="", compare=False)
    is_bot: bool = field(default=True, compare=False)
    #: The emoji people and bot have put on it.
    reactions: tuple[str, ...] = field(default=(), compare=False)
    #: Whose duration is told: that of a voice note, an audio, a video; seconds.
    duration: int | None = field(default=None, compare=False)
    #: The bytes of its file, if it has one.
    file: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def buttons(self) -> tuple[str, ...]:
        """The labels of all buttons, row by row."""
        return tuple(button.label for row in self.keyboard for button in row)


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the bot answered to a pressed button."""

    text: str = ""
    #: Whether the text came as an alert, which has to be closed.
    alert: bool = False
    url: str | None = None


def read(cloud: Cloud, message: Message) -> Read:
    """Return a message as it is now."""
    content: Any = message.content
    medium = content[message.kind]
    medium = medium[-1] if message.kind == "photo" else medium
    stored = cloud.files.by_id.get(medium["file_id"]) if _is_file(medium) else None
    entities = content.get("entities") or content.get("caption_entities") or ()
    rows = message.keyboard["inline_keyboard"] if message.keyboard else ()
    return Read(
        text=content.get("text") or content.get("caption") or _rich_text(content),
        topic=message.topic,
        kind=message.kind,
        entities=tuple(
            Entity(e["type"], e["offset"], e["length"], e.get("url"), e.get("language"))
            for e in entities
        ),
        keyboard=tuple(
            tuple(Button(b["text"], b.get("callback_data"), b.get("url")) for b in row)
            for row in rows
        ),
        id=message.id,
        chat=message.chat.id,
        reply_to=message.reply_to.id if message.reply_to else None,
        edited=message.edited_at is not None,
        sender=message.sender.first_name,
        is_bot=message.sender.is_bot,
        reactions=tuple(
            str(one.get("emoji", one["type"]))
            for reactions in message.reactions.values()
            for one in reactions
        ),
        duration=medium.get("duration") if isinstance(medium, dict) else None,
        file=stored.content if stored else None,
    )


def sees(cloud: Cloud, person: User, chat: Chat) -> bool:
    """Say whether a person can look into a chat now."""
    return chat.person is person if chat.is_private else chat.member(person).is_inside


def describe(messages: Iterable[Read]) -> str:
    """Return what somebody sees in a few lines, for the message of a failed wait."""
    lines = [
        f"  {one.sender}"
        + (f" in topic {one.topic}" if one.topic else "")
        + f": {one.text[:200]!r}"
        + (f" ({one.kind})" if one.kind != "text" else "")
        + (f" [{' | '.join(one.buttons)}]" if one.buttons else "")
        for one in messages
    ]
    return "\n".join(lines[-20:]) or "  nothing"


@dataclass(slots=True)
class Eyes:
    """What one person has read, and has not read yet, of what the bot posted."""

    cloud: Cloud
    person: User
    _looked: int = 0
    _unread: list[Message] = field(default_factory=list)

    def take(
        self, n: int, chats: Callable[[Chat], bool], when: Callable[[Read], bool]
    ) -> list[Read] | None:
        """Return the first `n` unread messages and mark them read; None while there are fewer."""
        self._look()
        found: list[tuple[Message, Read]] = []
        for message in self._unread:
            if not message.is_deleted and chats(message.chat):
                seen = read(self.cloud, message)
                if when(seen):
                    found.append((message, seen))
            if len(found) == n:
                break
        if len(found) < n:
            return None
        taken = {id(message) for message, _ in found}
        self._unread = [m for m in self._unread if id(m) not in taken]
        return [seen for _, seen in found]

    def unread(self) -> list[Read]:
        """Return what has not been read yet."""
        self._look()
        return [read(self.cloud, one) for one in self._unread if not one.is_deleted]

    def _look(self) -> None:
        new = self.cloud.posted[self._looked :]
        self._looked += len(new)
        self._unread += [
            m for m in new if not m.is_service and sees(self.cloud, self.person, m.chat)
        ]


def _is_file(medium: Any) -> bool:
    return isinstance(medium, dict) and "file_id" in medium


def _rich_text(content: Any) -> str:
    blocks = content.get("rich_message", {}).get("blocks", ())
    return "\n\n".join(str(block.get("text", "")) for block in blocks)
