"""How the Bot API shows what there is: its objects as JSON, made of the things of `world`."""

from typing import Any

from bot.sandbox.telegram.facts import API
from bot.sandbox.telegram.world import Chat, Member, Message, Topic, User

Json = dict[str, Any]


def user_json(user: User) -> Json:
    """Show a user as other objects carry them."""
    shown: Json = {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name}
    if user.last_name:
        shown["last_name"] = user.last_name
    if user.username:
        shown["username"] = user.username
    if user.language:
        shown["language_code"] = user.language
    return shown


def chat_json(chat: Chat) -> Json:
    """Show a chat as messages carry it."""
    shown: Json = {"id": chat.id, "type": chat.type}
    if chat.person:
        shown["first_name"] = chat.person.first_name
        if chat.person.last_name:
            shown["last_name"] = chat.person.last_name
        if chat.person.username:
            shown["username"] = chat.person.username
    else:
        shown["title"] = chat.title
    if chat.is_forum and not chat.is_private:
        shown["is_forum"] = True
    return shown


def message_json(message: Message, *, with_reply: bool = True) -> Json:
    """Show a message; of the message it replies to only what it says, as the Bot API does.

    One that was deleted since is not shown any more.
    """
    shown: Json = {
        "message_id": message.id,
        "from": user_json(message.sender),
        "chat": chat_json(message.chat),
        "date": int(message.date.timestamp()),
    }
    if message.edited_at:
        shown["edit_date"] = int(message.edited_at.timestamp())
    if message.topic is not None:
        shown["message_thread_id"] = message.topic
        shown["is_topic_message"] = True
    if message.reply_to and with_reply and not message.reply_to.is_deleted:
        shown["reply_to_message"] = message_json(message.reply_to, with_reply=False)
    shown.update(message.extras)
    shown.update(message.content)
    if message.keyboard:
        shown["reply_markup"] = message.keyboard
    return shown


def topic_json(topic: Topic) -> Json:
    """Show a topic as its maker gets it."""
    shown: Json = {
        "message_thread_id": topic.id,
        "name": topic.name,
        "icon_color": topic.icon_color,
    }
    return {**shown, "icon_custom_emoji_id": topic.icon_emoji} if topic.icon_emoji else shown


_MEMBER_TYPES = {
    "creator": "ChatMemberOwner",
    "administrator": "ChatMemberAdministrator",
    "member": "ChatMemberMember",
    "restricted": "ChatMemberRestricted",
    "left": "ChatMemberLeft",
    "kicked": "ChatMemberBanned",
}


def member_json(member: Member) -> Json:
    """Show a membership with everything the type of its status requires."""
    facts = API["types"][_MEMBER_TYPES[member.status]]
    shown: Json = {"status": member.status, "user": user_json(member.user)}
    for name, (type_, required, *_) in facts.items():
        if type_ == "Boolean" and (required or name in member.rights):
            shown[name] = name in member.rights
        elif required and type_ == "Integer":
            shown[name] = 0  # `until_date`: for ever.
    if member.status == "restricted":
        shown["is_member"] = True
    return shown


#: What an administrator gets unless told otherwise: everything but hiding and appointing others.
ADMIN_RIGHTS = frozenset(
    name
    for name, (type_, *_) in API["types"]["ChatAdministratorRights"].items()
    if type_ == "Boolean" and name not in ("is_anonymous", "can_promote_members")
)
