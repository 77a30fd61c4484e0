"""Methods that change or take away what was posted: edits, deletions, pins, reactions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.keyboards import check_keyboard
from bot.sandbox.telegram.methods.media import media_content
from bot.sandbox.telegram.methods.sending import caption_content, rich_content, text_content
from bot.sandbox.telegram.methods.targets import (
    Parameters,
    chat_of,
    has_right,
    may_speak,
    message_of,
    require,
    spend,
)
from bot.sandbox.telegram.refusals import NOT_MODIFIED, bad
from bot.sandbox.telegram.views import message_json
from bot.sandbox.telegram.world import Content, Message

#: A bot can take back its own words for so long, in private those of others too.
_DELETABLE = timedelta(hours=48)
_MOST_AT_ONCE = 100  # messages of one deleteMessages


def edit_text(cloud: Cloud, p: Parameters) -> Any:
    """Give a message a new text, plain or rich."""

    def change(message: Message) -> Content:
        if message.kind not in ("text", "rich_message"):
            raise bad("there is no text in the message to edit")
        return rich_content(p) if "rich_message" in p else text_content(cloud, p)

    if "text" not in p and "rich_message" not in p:
        raise bad("message text is empty")
    return _edit(cloud, p, change)


def edit_caption(cloud: Cloud, p: Parameters) -> Any:
    """Give a file's message a new caption, or none."""

    def change(message: Message) -> Content:
        if message.kind in ("text", "rich_message", "sticker", "video_note", "location"):
            raise bad("there is no caption in the message to edit")
        kept = {n: v for n, v in message.content.items() if not n.startswith("caption")}
        return {**kept, **caption_content(cloud, p)}

    return _edit(cloud, p, change)


def edit_media(cloud: Cloud, p: Parameters) -> Any:
    """Put another file in a message."""
    return _edit(cloud, p, lambda _: media_content(cloud, p["media"]))


def edit_keyboard(cloud: Cloud, p: Parameters) -> Any:
    """Put another inline keyboard under a message, or take it away."""
    return _edit(cloud, p, lambda message: message.content)


def _edit(cloud: Cloud, p: Parameters, change: Callable[[Message], Content]) -> Any:
    if "inline_message_id" in p:
        raise bad("MESSAGE_ID_INVALID")  # Nobody uses inline mode here.
    for name, sentence in (
        ("chat_id", "chat_id is empty"),
        ("message_id", "message identifier is not specified"),
    ):
        if name not in p:
            raise bad(sentence)
    chat = chat_of(cloud, p)
    message = message_of(chat, p, "edit")
    if message.sender is not cloud.bot or message.is_service or "forward_origin" in message.extras:
        raise bad("message can't be edited")
    content, keyboard = change(message), check_keyboard(p.get("reply_markup"))
    may_speak(cloud, chat)
    if content == message.content and keyboard == message.keyboard:
        raise bad(NOT_MODIFIED)
    spend(cloud, chat)
    cloud.edit(message, content, keyboard)
    return message_json(message)


def delete_message(cloud: Cloud, p: Parameters) -> bool:
    """Take a message away."""
    chat = chat_of(cloud, p)
    _delete(cloud, message_of(chat, p, "delete"))
    return True


def delete_messages(cloud: Cloud, p: Parameters) -> bool:
    """Take several messages away; what is not there is passed over."""
    chat = chat_of(cloud, p)
    if not 1 <= len(p["message_ids"]) <= _MOST_AT_ONCE:
        raise bad("message identifiers are not specified or too many")
    for message in [chat.messages[i] for i in p["message_ids"] if i in chat.messages]:
        _delete(cloud, message)
    return True


def _delete(cloud: Cloud, message: Message) -> None:
    chat = message.chat
    too_old = cloud.clock() - message.date > _DELETABLE
    is_own = message.sender is cloud.bot or chat.is_private
    is_moderator = not chat.is_private and has_right(cloud, chat, "can_delete_messages")
    if not is_moderator and (too_old or not is_own):
        raise bad("message can't be deleted")
    cloud.delete(message)


def pin(cloud: Cloud, p: Parameters) -> bool:
    """Pin a message, and say so in the chat."""
    chat = chat_of(cloud, p)
    message = message_of(chat, p, "pin")
    require(cloud, chat, "can_pin_messages", "not enough rights to manage pinned messages")
    chat.pinned.append(message.id)
    shown = message_json(message, with_reply=False)
    cloud.post(chat, cloud.bot, {"pinned_message": shown}, topic=message.topic)
    return True


def unpin(cloud: Cloud, p: Parameters) -> bool:
    """Unpin a message, or the last one pinned."""
    chat = chat_of(cloud, p)
    require(cloud, chat, "can_pin_messages", "not enough rights to manage pinned messages")
    wanted = p.get("message_id", chat.pinned[-1] if chat.pinned else None)
    if wanted not in chat.pinned:
        raise bad("message to unpin not found")
    chat.pinned.remove(wanted)
    return True


def unpin_all(cloud: Cloud, p: Parameters) -> bool:
    """Unpin everything in a chat."""
    chat = chat_of(cloud, p)
    require(cloud, chat, "can_pin_messages", "not enough rights to manage pinned messages")
    chat.pinned.clear()
    return True


def react(cloud: Cloud, p: Parameters) -> bool:
    """Put the bot's reaction on a message, or take it off."""
    chat = chat_of(cloud, p)
    message = message_of(chat, p, "react")
    reactions = p.get("reaction") or []
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    cloud.react(message, cloud.bot, reactions)
    return True


HANDLERS = {
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageMedia": edit_media,
    "editMessageReplyMarkup": edit_keyboard,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "pinChatMessage": pin,
    "unpinChatMessage": unpin,
    "unpinAllChatMessages": unpin_all,
    "setMessageReaction": react,
}
