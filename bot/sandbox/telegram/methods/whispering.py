"""Messages that one person of a group sees alone, where the server is new enough to know them."""

from datetime import timedelta
from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.methods.targets import Parameters, chat_of, may_speak, spend
from bot.sandbox.telegram.refusals import NO_SUCH_WHISPER, Refusal, bad, not_simulated
from bot.sandbox.telegram.traces import Whisper
from bot.sandbox.telegram.views import chat_json, user_json

#: How long after a press it may be answered by a whisper.
_LATELY = timedelta(seconds=15)


def whisper(cloud: Cloud, p: Parameters, content: dict[str, Any]) -> dict[str, Any]:
    """Show a text to one person of a group who pressed a button lately."""
    to, chat = p["ephemeral_message_parameters"], chat_of(cloud, p)
    if chat.is_private:
        raise bad("ephemeral messages can be sent only in groups")
    press = cloud.presses.get(to.get("callback_query_id", ""))
    if press is None:
        raise not_simulated("ephemeral messages without a press")
    if press.person.id != to["receiver_user_id"] or cloud.clock() - press.at > _LATELY:
        raise bad("query is too old or belongs to somebody else")
    may_speak(cloud, chat)
    spend(cloud, chat)
    heard = Whisper(len(cloud.whispers) + 1, chat.id, press.person.id, content["text"])
    cloud.whispers.append(heard)
    return {
        "message_id": 0,
        "ephemeral_message_id": heard.id,
        "receiver_user": user_json(press.person),
        "from": user_json(cloud.bot),
        "chat": chat_json(chat),
        "date": int(cloud.clock().timestamp()),
        **content,
    }


def delete_whisper(cloud: Cloud, p: Parameters) -> bool:
    """Take a whisper away; an older server does not know the method."""
    if not cloud.knows_whispers:
        raise Refusal(404, "method not found")
    there = chat_of(cloud, p).id, p["receiver_user_id"], p["ephemeral_message_id"]
    for one in cloud.whispers:
        if (one.chat, one.person, one.id) == there:
            cloud.whispers.remove(one)
            return True
    raise bad(NO_SUCH_WHISPER)


HANDLERS = {"deleteEphemeralMessage": delete_whisper}
