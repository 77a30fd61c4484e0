"""Wishes: what a pressed button asks for, worked on as an arrival of our own.

A press is answered at once, in the lane of the menu. What takes longer waits in another lane, as a
message would.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, get_args

from bot.conversation.surface import Address
from bot.storage import JSON, Arrival, Entry
from bot.telegram.intake import show_lane, talk_lane, translate_lane, voice_lane

#: To have an answer made anew, to hear it, to hear how a voice sounds, to read what was said, to
#: read something in another language, or to have broadcasts sent.
Kind = Literal["again", "listen", "sample", "history", "translate", "broadcast"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_LANES: Final[Mapping[Kind, Callable[[int, int], str]]] = {
    "again": talk_lane,
    "listen": voice_lane,
    "sample": voice_lane,
    "history": show_lane,
    "translate": translate_lane,
    # One after the other, whoever set them going.
    "broadcast": lambda chat, topic: "broadcast:0:0",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for by pressing a button."""

    kind: Kind
    address: Address
    #: Telegram's word for the kind of chat.
    chat_kind: str
    #: The number of our message that the button is under.
    message: int
    #: Who pressed, what to call them, and what to speak with them.
    user: int
    name: str
    language: str
    #: What it is about, where the message does not say it.
    about: JSON = None

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What a second tap would wish for, too; one about something else wishes for more."""
        about = json.dumps(self.about, sort_keys=True)
        return self.kind, self.address.chat, self.message, about

    def arrival(self, update_id: int) -> Arrival:
        """This wish, to be accepted; `update_id` is that of the press.

        Telegram's numbers are positive, so the negative one is free, and the same press accepted
        twice is still one wish.
        """
        chat, topic = self.address.chat, self.address.topic
        body = {
            "chat": chat,
            "topic": topic,
            "is_group": self.address.is_group,
            "chat_kind": self.chat_kind,
            "message": self.message,
            "user": self.user,
            "name": self.name,
            "language": self.language,
            "about": self.about,
        }
        lane = _LANES[self.kind](chat, topic or 0)
        return Arrival(-update_id, lane, self.kind, json.dumps({self.kind: body}))

    @classmethod
    def of(cls, entry: Entry) -> Self | None:
        """The wish that waits in this entry; `None` if it is something else."""
        kind = next((kind for kind in KINDS if kind == entry.kind), None)
        body: Mapping[str, Any] = json.loads(entry.payload or "{}").get(kind) or {}
        if kind is None or not body:
            return None
        is_group = bool(body["is_group"])
        return cls(
            kind=kind,
            address=Address(body["chat"], body["topic"], is_group=is_group),
            chat_kind=body.get("chat_kind", "supergroup" if is_group else "private"),
            message=body["message"],
            # Before 0.1 only who had asked could wish, and was not named.
            user=body.get("user", 0),
            name=body["name"],
            language=body.get("language", "en"),
            about=body.get("about"),
        )
