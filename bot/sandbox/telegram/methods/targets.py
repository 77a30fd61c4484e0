"""What a call is about: the chat, the topic, the message it names, and whether the bot may."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.refusals import VOICE_FORBIDDEN, bad, flood, forbidden, migrated
from bot.sandbox.telegram.world import GENERAL, Chat, Member, Message, Topic, User

Parameters = Mapping[str, Any]


def chat_of(cloud: Cloud, p: Parameters, name: str = "chat_id") -> Chat:
    """Return the chat a call names. Raises `Refusal`: unknown, moved, or the bot is not in it."""
    # A bot cannot name people by their usernames, and no group here is public and has one.
    chat = cloud.world.chats.get(p[name])
    if chat is None:
        raise bad("chat not found")
    if chat.migrated_to:
        raise migrated(chat.migrated_to.id)
    if not chat.is_private:
        status = chat.member(cloud.bot).status
        if status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        if status == "left":
            raise forbidden(f"bot is not a member of the {chat.type} chat")
    return chat


def may_speak(cloud: Cloud, chat: Chat, right: str = "can_send_messages") -> None:
    """Raise the `Refusal` that says why the bot cannot write here."""
    if chat.person:
        if chat.person.is_deactivated:
            raise forbidden("user is deactivated")
        if chat.is_blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.is_started:
            raise forbidden("bot can't initiate conversation with a user")
        if right in ("can_send_voice_notes", "can_send_video_notes") and chat.person.forbids_voice:
            raise bad(VOICE_FORBIDDEN)
        return
    member = chat.member(cloud.bot)
    if member.status == "restricted" and right not in member.rights:
        what = right.removeprefix("can_send_").replace("_", " ")
        what = "text messages" if what == "messages" else what
        raise bad(f"not enough rights to send {what} to the chat")


def spend(cloud: Cloud, chat: Chat, *, draft: bool = False) -> None:
    """Count something said. Raises `Refusal` 429 when it is too much."""
    if seconds := cloud.flood.charge(chat, draft=draft):
        raise flood(seconds)


def topic_of(cloud: Cloud, chat: Chat, p: Parameters) -> int | None:
    """Return the topic a call names; None for General and where there are no topics."""
    wanted = p.get("message_thread_id")
    if wanted is None or wanted == 0:
        return None
    if wanted == GENERAL and chat.is_forum and not chat.is_private:
        # The General topic cannot be named: https://core.telegram.org/api/forum.
        raise bad("message thread not found")
    topic = chat.topics.get(wanted)
    if topic is None:
        raise bad("message thread not found")
    if topic.is_closed and not chat.is_private and not has_right(cloud, chat, "can_manage_topics"):
        raise bad("TOPIC_CLOSED")
    return topic.id


def general_is_open(cloud: Cloud, chat: Chat) -> None:
    """Raise `Refusal` where General is closed and the bot does not manage topics."""
    general = chat.topics.get(GENERAL)
    if general and general.is_closed and not has_right(cloud, chat, "can_manage_topics"):
        raise bad("TOPIC_CLOSED")


def named_topic(chat: Chat, p: Parameters) -> Topic:
    """Return the topic a call wants to change."""
    topic = chat.topics.get(p["message_thread_id"])
    if topic is None or topic.id == GENERAL:
        raise bad("TOPIC_ID_INVALID")
    return topic


def message_of(chat: Chat, p: Parameters, purpose: str, name: str = "message_id") -> Message:
    """Return the message a call names. Raises "message to <purpose> not found"."""
    message = chat.messages.get(p[name])
    if message is None:
        raise bad(f"message to {purpose} not found")
    return message


def reply_of(cloud: Cloud, chat: Chat, p: Parameters) -> tuple[Message | None, dict[str, Any]]:
    """Return the message a new one replies to, and the fields a quote adds.

    A message that is gone is no reason to fail if the call allows sending without reply.
    """
    asked = p.get("reply_parameters") or {}
    if not asked.get("message_id"):
        return None, {}
    other = asked.get("chat_id", chat.id)
    where = chat if other == chat.id else chat_of(cloud, asked)
    message = where.messages.get(asked["message_id"])
    if message is None:
        if asked.get("allow_sending_without_reply"):
            return None, {}
        raise bad("message to be replied not found")
    quote = asked.get("quote")
    if not quote:
        return message, {}
    text = message.content.get("text") or message.content.get("caption") or ""
    place = text.find(quote)
    if place < 0:
        raise bad("QUOTE_TEXT_INVALID")
    return message, {"quote": {"text": quote, "position": place, "is_manual": True}}


def member_of(cloud: Cloud, chat: Chat, p: Parameters) -> Member:
    """Return the membership of the user a call names, who may have left or never come."""
    user = cloud.bot if p["user_id"] == cloud.bot.id else cloud.world.users.get(p["user_id"])
    if user is None:
        raise bad("invalid user_id specified")
    if chat.person:
        return Member(user) if user in (cloud.bot, chat.person) else Member(user, "left")
    return chat.member(user)


def has_right(cloud: Cloud, chat: Chat, right: str) -> bool:
    """Say whether the bot may do something as an administrator; in private it may do all."""
    member = chat.member(cloud.bot)
    return chat.is_private or member.status == "creator" or right in member.rights


def require(cloud: Cloud, chat: Chat, right: str, sentence: str = "") -> None:
    """Raise `Refusal` where the bot lacks a right."""
    if chat.is_private or has_right(cloud, chat, right):
        return
    raise bad(sentence or f"not enough rights to {right.removeprefix('can_').replace('_', ' ')}")


def user_of(cloud: Cloud, user_id: int) -> User:
    """Return a user by id."""
    user = cloud.world.users.get(user_id)
    if user is None:
        raise bad("invalid user_id specified")
    return user
