"""Which lane an update belongs to, read from its raw JSON and from nothing else.

A lane is named after its chat, or its person: storage finds by that what is to be erased.

Whatever comes is taken in: kinds of tomorrow, and shapes that make no sense. It is for the handlers
to ignore what they do not know; an update that could not be taken in would come for ever.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.conversation.read_along import BUTTON
from bot.storage import Arrival

#: Where what has no chat goes.
_NOWHERE = "menu:0:0"

#: A command, which punctuation may follow, and nothing else that would make it a longer word.
_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?(?=[^\w\s/]*(?:\s|\Z))")

#: Commands that ask something and so wait for the answer before them.
_ASKING = frozenset({"ask"})

#: Commands that take long, and hold up neither questions nor other commands.
_TRANSLATING = frozenset({"translate"})

#: What carries a message, and so belongs to a chat.
_MESSAGES = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_message",
        "edited_business_message",
    }
)

#: What somebody wrote, now or again.
_WRITTEN = frozenset({"message", "edited_message"})

#: Where people talk to each other. No set, nor the one below: what is looked for may be any JSON.
_GROUPS = ("group", "supergroup")

#: What a message has that may call the bot.
_CALLS = ("mention", "text_mention")


def talk_lane(chat: int, topic: int) -> str:
    """Where questions wait: one at a time in each place, as a session takes one at a time."""
    return f"talk:{chat}:{topic}"


def menu_lane(chat: int, topic: int) -> str:
    """Where commands and buttons wait: they never wait behind an answer."""
    return f"menu:{chat}:{topic}"


def voice_lane(chat: int, topic: int) -> str:
    """Where speaking waits: it holds up no question, and no question holds it up."""
    return f"voice:{chat}:{topic}"


def show_lane(chat: int, topic: int) -> str:
    """Where showing what was said waits: OnDemand may take long to tell it."""
    return f"show:{chat}:{topic}"


def hear_lane(chat: int, topic: int) -> str:
    """Where what people say to each other waits, which no answer holds up."""
    return f"hear:{chat}:{topic}"


def translate_lane(chat: int, topic: int) -> str:
    """Where translating waits that somebody asked for."""
    return f"translate:{chat}:{topic}"


def read_lane(person: int, _topic: int) -> str:
    """Where what one person wants to read waits, wherever they are."""
    return f"read:{person}"


def read(update: Mapping[str, Any]) -> Arrival | None:
    """The arrival of an update, whatever is in it. `None` only where it has no number at all."""
    number = update.get("update_id")
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) >= 2**63:
        return None
    kind = next((key for key in update if key != "update_id"), "nothing")
    return Arrival(number, _lane(kind, update.get(kind)), kind[:40], json.dumps(update))


def command_in(text: str) -> str | None:
    """The command that a text begins with, in small letters: `/ask`, or `/ask@a_bot`.

    A path is none, nor is any other word that only begins like one.
    """
    found = _COMMAND.match(text)
    return found[0].lower() if found else None


def command_of(message: Mapping[str, Any]) -> str | None:
    """The command a message begins with, without slash and bot name, in small letters."""
    text = message.get("text")
    command = command_in(text) if isinstance(text, str) else None
    return command[1:].partition("@")[0] if command else None


def topic_of(message: Mapping[str, Any]) -> int:
    """The topic of a message, or zero. Plain groups number their threads too; those are none."""
    topic = message.get("message_thread_id")
    return topic if message.get("is_topic_message") is True and isinstance(topic, int) else 0


def moment_of(update: Mapping[str, Any]) -> int | None:
    """When it happened, in seconds since 1970, where the update says so and makes sense."""
    for body in update.values():
        if isinstance(body, dict):
            moment = body.get("edit_date") or body.get("date")
            if isinstance(moment, int) and not isinstance(moment, bool) and 0 < moment < 2**33:
                return moment
    return None


def _lane(kind: str, body: object) -> str:
    if not isinstance(body, dict):
        return _NOWHERE
    if kind == "callback_query":
        message, person = body.get("message"), body.get("from")
        if body.get("data") == BUTTON and isinstance(person, dict):
            return _place({"chat": person}, read_lane)
        return _place(message, menu_lane) if isinstance(message, dict) else _NOWHERE
    if kind in _MESSAGES:
        command = command_of(body)
        if command in _TRANSLATING:
            return _place(body, translate_lane)
        if kind in _WRITTEN and _is_to_others(body):
            return _place(body, hear_lane)
        return _place(body, talk_lane if command is None or command in _ASKING else menu_lane)
    return _place(body, menu_lane)


def _is_to_others(message: Mapping[str, Any]) -> bool:
    """Whether a message in a group neither calls the bot nor answers a bot, as far as is seen."""
    chat, original = message.get("chat"), message.get("reply_to_message")
    if not isinstance(chat, dict) or chat.get("type") not in _GROUPS:
        return False
    if not isinstance(message.get("text"), str) or command_of(message) is not None:
        return False
    entities = message.get("entities")
    if isinstance(entities, list) and any(
        isinstance(entity, dict) and entity.get("type") in _CALLS for entity in entities
    ):
        return False
    if not isinstance(original, dict) or "forum_topic_created" in original:
        return True
    author = original.get("from")
    return not (isinstance(author, dict) and author.get("is_bot") is True)


def _place(message: Mapping[str, Any], lane: Any) -> str:
    chat = message.get("chat")
    number = chat.get("id") if isinstance(chat, dict) else None
    if not isinstance(number, int) or abs(number) >= 2**63:
        return _NOWHERE
    name: str = lane(number, topic_of(message))
    return name
