"""Who is in a group, and what is said when that changes: one place for bot and people alike."""

from collections.abc import Iterable

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.views import member_json, user_json
from bot.sandbox.telegram.world import Chat, Member, Status, User


def change_member(
    cloud: Cloud,
    chat: Chat,
    user: User,
    status: Status,
    *,
    by: User,
    rights: Iterable[str] = (),
) -> None:
    """Change somebody's status in a group, with everything Telegram says about it.

    The bot hears of itself as `my_chat_member`, of others as `chat_member` if it is an
    administrator and asked for it. Coming and going leaves a service message.
    """
    old = chat.member(user)
    new = chat.members[user.id] = Member(user, status, frozenset(rights))
    # A bot that was taken out is told so, and is not shown the message that says it.
    if new.is_inside and not old.is_inside:
        _tell(cloud, chat, old, new, by)
        cloud.post(chat, by, {"new_chat_members": [user_json(user)]})
    elif old.is_inside and not new.is_inside:
        cloud.post(chat, by, {"left_chat_member": user_json(user)})
        _tell(cloud, chat, old, new, by)
    elif member_json(old) != member_json(new):
        _tell(cloud, chat, old, new, by)


def _tell(cloud: Cloud, chat: Chat, old: Member, new: Member, by: User) -> None:
    details = {"old_chat_member": member_json(old), "new_chat_member": member_json(new)}
    if new.user is cloud.bot:
        cloud.tell("my_chat_member", chat, by, details)
    elif chat.member(cloud.bot).is_admin:
        cloud.tell("chat_member", chat, by, details)
    cloud.changes.tell()


def change_block(cloud: Cloud, chat: Chat, person: User, *, blocked: bool) -> None:
    """Let a person block or unblock the bot, which is told either way."""
    if chat.is_blocked == blocked:
        return
    chat.is_blocked = blocked
    states = [Member(cloud.bot, "member"), Member(cloud.bot, "kicked")]
    old, new = states if blocked else reversed(states)
    details = {"old_chat_member": member_json(old), "new_chat_member": member_json(new)}
    cloud.tell("my_chat_member", chat, person, details)


def migrate(cloud: Cloud, group: Chat, by: User) -> Chat:
    """Make a group a supergroup: a new chat with a new id, and the old one says where it went.

    A bot in it is told besides that it was added to the new one, and not that it left the old one
    (https://github.com/tdlib/telegram-bot-api/issues/266).
    """
    new = cloud.world.add_group(group.title, supergroup=True)
    new.members = dict(group.members)
    new.description = group.description
    if (bot := new.member(cloud.bot)).is_inside:
        _tell(cloud, new, Member(cloud.bot, "left"), bot, by)
    cloud.post(group, by, {"migrate_to_chat_id": new.id})
    group.migrated_to = new
    cloud.post(new, by, {"migrate_from_chat_id": group.id})
    return new
