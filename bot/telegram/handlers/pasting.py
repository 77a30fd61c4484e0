"""A long text, which an app cuts into several messages."""

import json

from telegram import Message

from bot.delivery import Turn
from bot.telegram import reading
from bot.telegram.context import Desk
from bot.telegram.intake import command_of

#: Seconds to wait for the rest of a paste that the app cut into several messages.
_PASTE_PAUSE = 1.0


async def whole_paste(turn: Turn, text: str, message: Message, desk: Desk) -> str:
    """The text of a message with the rest of it, where that is in the messages that follow."""
    pieces = [text, *(_text_of(entry.payload) or "" for entry in turn.entries[1:])]
    author = message.from_user.id if message.from_user else 0
    while len(turn.entries) == len(pieces) and reading.is_long_paste(pieces[-1]):
        await desk.services.clock.sleep(_PASTE_PAUSE)
        follower = await turn.follower()
        piece = _text_of(follower.payload, by=author) if follower else None
        if follower is None or piece is None:
            break
        await turn.take_along(follower)
        pieces.append(piece)
    return "\n".join(pieces)


def _text_of(payload: str | None, *, by: int | None = None) -> str | None:
    """The plain text of an update, if it is one, and by this person if one is named."""
    message = json.loads(payload or "{}").get("message") or {}
    text = message.get("text")
    is_theirs = by is None or (message.get("from") or {}).get("id") == by
    return text if isinstance(text, str) and is_theirs and command_of(message) is None else None
