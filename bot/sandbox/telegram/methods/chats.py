"""Methods about chats and their members."""

from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.facts import API
from bot.sandbox.telegram.membership import change_member
from bot.sandbox.telegram.methods.targets import (
    Parameters,
    chat_of,
    member_of,
    require,
    user_of,
)
from bot.sandbox.telegram.refusals import bad
from bot.sandbox.telegram.views import chat_json, member_json, message_json
from bot.sandbox.telegram.world import Chat, Member

_ACCEPTED_GIFTS = dict.fromkeys(API["types"]["AcceptedGiftTypes"], False)
_PERMISSIONS = frozenset(API["types"]["ChatPermissions"])


def get_chat(cloud: Cloud, p: Parameters) -> Any:
    """Return what there is to know about a chat."""
    chat = chat_of(cloud, p)
    shown = {
        **chat_json(chat),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": _ACCEPTED_GIFTS,
    }
    if chat.description:
        shown["description"] = chat.description
    if chat.person and chat.person.forbids_voice:
        shown["has_restricted_voice_and_video_messages"] = True
    if chat.pinned and chat.pinned[-1] in chat.messages:
        pinned = chat.messages[chat.pinned[-1]]
        shown["pinned_message"] = message_json(pinned, with_reply=False)
    if not chat.is_private:
        shown["permissions"] = dict.fromkeys(sorted(_PERMISSIONS), True)
    return shown


def get_member(cloud: Cloud, p: Parameters) -> Any:
    """Return somebody's status in a chat."""
    return member_json(member_of(cloud, chat_of(cloud, p), p))


def get_admins(cloud: Cloud, p: Parameters) -> Any:
    """Return who runs a group; of bots only this one is told."""
    members = _group_of(cloud, p).members.values()
    return [
        member_json(m) for m in members if m.is_admin and (not m.user.is_bot or m.user is cloud.bot)
    ]


def count_members(cloud: Cloud, p: Parameters) -> int:
    """Return how many are in a chat."""
    chat = chat_of(cloud, p)
    return 2 if chat.is_private else sum(m.is_inside for m in chat.members.values())


def leave(cloud: Cloud, p: Parameters) -> bool:
    """Take the bot out of a group."""
    change_member(cloud, _group_of(cloud, p), cloud.bot, "left", by=cloud.bot)
    return True


def ban(cloud: Cloud, p: Parameters) -> bool:
    """Throw somebody out of a group, for good."""
    chat, member = _whom(cloud, p)
    change_member(cloud, chat, member.user, "kicked", by=cloud.bot)
    return True


def unban(cloud: Cloud, p: Parameters) -> bool:
    """Let somebody come back; without `only_if_banned` a member is put out."""
    chat, member = _whom(cloud, p)
    if member.status == "kicked" or not p.get("only_if_banned"):
        change_member(cloud, chat, member.user, "left", by=cloud.bot)
    return True


def restrict(cloud: Cloud, p: Parameters) -> bool:
    """Leave somebody only some permissions; all of them make a plain member again."""
    chat, member = _whom(cloud, p)
    rights = frozenset(name for name, given in p["permissions"].items() if given)
    if rights >= _PERMISSIONS:
        change_member(cloud, chat, member.user, "member", by=cloud.bot)
    else:
        change_member(cloud, chat, member.user, "restricted", by=cloud.bot, rights=rights)
    return True


def promote(cloud: Cloud, p: Parameters) -> bool:
    """Make somebody an administrator; without any right, a plain member again."""
    chat = _group_of(cloud, p)
    require(cloud, chat, "can_promote_members")
    user = user_of(cloud, p["user_id"])
    rights = frozenset(
        n for n, given in p.items() if given is True and n.startswith(("can_", "is"))
    )
    if rights:
        rights |= {"can_manage_chat"}
        change_member(cloud, chat, user, "administrator", by=cloud.bot, rights=rights)
    else:
        change_member(cloud, chat, user, "member", by=cloud.bot)
    return True


def set_title(cloud: Cloud, p: Parameters) -> bool:
    """Rename a group, and say so in it."""
    chat = _group_of(cloud, p)
    require(cloud, chat, "can_change_info", "not enough rights to change chat title")
    chat.title = p["title"]
    cloud.post(chat, cloud.bot, {"new_chat_title": chat.title})
    return True


def set_description(cloud: Cloud, p: Parameters) -> bool:
    """Describe a group."""
    chat = _group_of(cloud, p)
    require(cloud, chat, "can_change_info", "not enough rights to set chat description")
    chat.description = p.get("description", "")
    return True


def get_photos(cloud: Cloud, p: Parameters) -> Any:
    """Return nothing: nobody here has a picture."""
    user_of(cloud, p["user_id"])
    return {"total_count": 0, "photos": []}


def _group_of(cloud: Cloud, p: Parameters) -> Chat:
    chat = chat_of(cloud, p)
    if chat.is_private:
        raise bad("method is available only for groups, supergroups and channels")
    return chat


def _whom(cloud: Cloud, p: Parameters) -> tuple[Chat, Member]:
    chat = _group_of(cloud, p)
    require(
        cloud, chat, "can_restrict_members", "not enough rights to restrict/unrestrict chat member"
    )
    member = member_of(cloud, chat, p)
    if member.status == "creator":
        raise bad("can't remove chat owner")
    if member.is_admin:
        raise bad("user is an administrator of the chat")
    return chat, member


HANDLERS = {
    "getChat": get_chat,
    "getChatMember": get_member,
    "getChatAdministrators": get_admins,
    "getChatMemberCount": count_members,
    "leaveChat": leave,
    "banChatMember": ban,
    "unbanChatMember": unban,
    "restrictChatMember": restrict,
    "promoteChatMember": promote,
    "setChatTitle": set_title,
    "setChatDescription": set_description,
    "getUserProfilePhotos": get_photos,
}
