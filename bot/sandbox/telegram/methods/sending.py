"""Methods that say something in words: messages, drafts, actions, rich messages, places, dice."""

from typing import Any

from bot.sandbox.telegram.cloud import DRAFT_LIFE, Cloud
from bot.sandbox.telegram.entities import settle
from bot.sandbox.telegram.facts import API
from bot.sandbox.telegram.keyboards import check_keyboard
from bot.sandbox.telegram.markup import check_markup
from bot.sandbox.telegram.methods.targets import (
    Parameters,
    chat_of,
    general_is_open,
    may_speak,
    reply_of,
    spend,
    topic_of,
)
from bot.sandbox.telegram.methods.whispering import whisper
from bot.sandbox.telegram.refusals import bad, not_simulated
from bot.sandbox.telegram.traces import Draft
from bot.sandbox.telegram.views import message_json
from bot.sandbox.telegram.world import Message

_ACTIONS = frozenset(API["enums"]["ChatAction"])
MOST_RICH = 32_768  # characters of a rich message


def send(
    cloud: Cloud,
    p: Parameters,
    content: dict[str, Any],
    right: str = "can_send_messages",
    extras: Parameters | None = None,
) -> Message:
    """Post what a call brings, after every check that all sending methods share."""
    if "business_connection_id" in p:
        raise bad("business connection not found")
    if p.get("allow_paid_broadcast"):
        raise bad("FLOODSKIP_NOT_ALLOWED")  # The bot has no Stars to pay with.
    if cloud.knows_whispers and "ephemeral_message_parameters" in p:
        raise not_simulated("ephemeral messages other than texts")
    chat = chat_of(cloud, p)
    topic = topic_of(cloud, chat, p)
    if topic is None:
        general_is_open(cloud, chat)
    reply_to, quote = reply_of(cloud, chat, p)
    if reply_to and topic is None and reply_to.chat is chat and "message_thread_id" not in p:
        topic = reply_to.topic  # A reply stays in the topic of what it replies to.
    keyboard = check_keyboard(p.get("reply_markup"))
    may_speak(cloud, chat, right)
    spend(cloud, chat)
    extras = {**(extras or {}), **quote}
    if p.get("protect_content"):
        extras["has_protected_content"] = True
    return cloud.post(
        chat, cloud.bot, content, topic=topic, reply_to=reply_to, keyboard=keyboard, extras=extras
    )


def text_content(cloud: Cloud, p: Parameters, *, may_be_empty: bool = False) -> dict[str, Any]:
    """Return `text` and `entities` of a call as Telegram keeps them."""
    text, entities = _settled(cloud, p, "text", "entities")
    if not text and not may_be_empty:
        raise bad("text must be non-empty")
    return {"text": text, "entities": entities} if entities else {"text": text}


def caption_content(cloud: Cloud, p: Parameters) -> dict[str, Any]:
    """Return `caption` and `caption_entities` of a call, nothing where there is no caption."""
    text, entities = _settled(cloud, p, "caption", "caption_entities")
    if not text:
        return {}
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def rich_content(p: Parameters) -> dict[str, Any]:
    """Return the `rich_message` of a call, as one paragraph unless it came in blocks."""
    rich: Parameters = p["rich_message"]
    if sum(name in rich for name in ("markdown", "html", "blocks")) != 1:
        raise bad("exactly one of the fields blocks, html and markdown must be specified")
    text = rich.get("markdown") or rich.get("html") or ""
    if not text and not rich.get("blocks"):
        raise bad("RICH_MESSAGE_CONTENT_REQUIRED")
    if len(text) > MOST_RICH:
        raise bad("message is too long")
    blocks = rich.get("blocks") or [{"type": "paragraph", "text": text}]
    return {"rich_message": {"blocks": blocks}}


def _settled(
    cloud: Cloud, p: Parameters, text_name: str, entities_name: str
) -> tuple[str, list[dict[str, Any]]]:
    text = p.get(text_name, "")
    if parse_mode := p.get("parse_mode"):
        check_markup(text, parse_mode)
        return text, []
    text, entities, remarks = settle(text, p.get(entities_name) or ())
    for remark in remarks:
        cloud.remark(remark)
    return text, entities


def send_message(cloud: Cloud, p: Parameters) -> Any:
    """Post a text, or whisper it."""
    if cloud.knows_whispers and "ephemeral_message_parameters" in p:
        return whisper(cloud, p, text_content(cloud, p))
    return message_json(send(cloud, p, text_content(cloud, p)))


def send_message_draft(cloud: Cloud, p: Parameters) -> bool:
    """Show a preview for 30 seconds; the same draft id shows it growing. Private chats only."""
    text = text_content(cloud, p, may_be_empty=True)["text"]
    return _show_draft(cloud, p, text)


def send_rich_message(cloud: Cloud, p: Parameters) -> Any:
    """Post a rich message. The sandbox does not parse it: Markdown is kept as one paragraph."""
    return message_json(send(cloud, p, rich_content(p)))


def send_rich_message_draft(cloud: Cloud, p: Parameters) -> bool:
    """Show a preview of a rich message."""
    blocks = rich_content(p)["rich_message"]["blocks"]
    return _show_draft(cloud, p, str(blocks[0].get("text", "")))


def _show_draft(cloud: Cloud, p: Parameters, text: str) -> bool:
    chat = chat_of(cloud, p)
    if not chat.is_private:
        raise bad("drafts can be sent only to private chats")
    if not p["draft_id"]:
        raise bad("TEXTDRAFT_ID_INVALID")
    topic = topic_of(cloud, chat, p)
    may_speak(cloud, chat)
    spend(cloud, chat, draft=True)
    until = cloud.clock() + DRAFT_LIFE
    cloud.draw(chat, topic, Draft(p["draft_id"], text, until, p.get("can_stop", False)))
    return True


def send_chat_action(cloud: Cloud, p: Parameters) -> bool:
    """Show for five seconds, or until the next message, what the bot is doing."""
    if p["action"] not in _ACTIONS:
        raise bad("wrong parameter action in request")
    chat = chat_of(cloud, p)
    topic = topic_of(cloud, chat, p)
    may_speak(cloud, chat)
    cloud.act(chat, topic, p["action"])
    return True


def send_location(cloud: Cloud, p: Parameters) -> Any:
    """Post a place on the map."""
    place = {name: p[name] for name in ("latitude", "longitude")}
    return message_json(send(cloud, p, {"location": place}))


def send_contact(cloud: Cloud, p: Parameters) -> Any:
    """Post a contact."""
    fields = ("phone_number", "first_name", "last_name", "vcard")
    return message_json(send(cloud, p, {"contact": {n: p[n] for n in fields if n in p}}))


def send_dice(cloud: Cloud, p: Parameters) -> Any:
    """Throw a die. It always shows four: tests are no place for luck."""
    dice = {"emoji": p.get("emoji", "🎲"), "value": 4}
    return message_json(send(cloud, p, {"dice": dice}, "can_send_other_messages"))


HANDLERS = {
    "sendMessage": send_message,
    "sendMessageDraft": send_message_draft,
    "sendRichMessage": send_rich_message,
    "sendRichMessageDraft": send_rich_message_draft,
    "sendChatAction": send_chat_action,
    "sendLocation": send_location,
    "sendContact": send_contact,
    "sendDice": send_dice,
}
