"""Methods about the topics of a forum, and of private chats that have topics."""

from typing import Any

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.forum import BLUE, open_topic, remove_topic, set_closed, shown_id
from bot.sandbox.telegram.methods.targets import Parameters, chat_of, named_topic, require
from bot.sandbox.telegram.refusals import bad
from bot.sandbox.telegram.views import topic_json
from bot.sandbox.telegram.world import GENERAL, Chat, Topic

_COLORS = {7322096, 16766590, 13338331, 9367192, 16749490, 16478047}


def create(cloud: Cloud, p: Parameters) -> Any:
    """Begin a topic."""
    chat = _forum_of(cloud, p)
    color = p.get("icon_color", BLUE)
    if color not in _COLORS:
        raise bad("invalid topic icon color specified")
    emoji = p.get("icon_custom_emoji_id")
    return topic_json(
        open_topic(cloud, chat, p["name"], by=cloud.bot, icon_color=color, icon_emoji=emoji)
    )


def edit(cloud: Cloud, p: Parameters) -> bool:
    """Rename a topic."""
    chat = _forum_of(cloud, p)
    return _rename(cloud, chat, named_topic(chat, p), p.get("name"))


def edit_general(cloud: Cloud, p: Parameters) -> bool:
    """Rename the General topic."""
    chat = _forum_of(cloud, p)
    return _rename(cloud, chat, chat.topics[GENERAL], p["name"])


def close(cloud: Cloud, p: Parameters) -> bool:
    """Close a topic: only who manages topics writes in it."""
    chat = _forum_of(cloud, p)
    set_closed(cloud, chat, named_topic(chat, p), by=cloud.bot, closed=True)
    return True


def reopen(cloud: Cloud, p: Parameters) -> bool:
    """Open a closed topic."""
    chat = _forum_of(cloud, p)
    set_closed(cloud, chat, named_topic(chat, p), by=cloud.bot, closed=False)
    return True


def close_general(cloud: Cloud, p: Parameters) -> bool:
    """Close the General topic."""
    chat = _forum_of(cloud, p)
    set_closed(cloud, chat, chat.topics[GENERAL], by=cloud.bot, closed=True)
    return True


def reopen_general(cloud: Cloud, p: Parameters) -> bool:
    """Open the General topic, and show it if it was hidden."""
    chat = _forum_of(cloud, p)
    chat.topics[GENERAL].is_hidden = False
    set_closed(cloud, chat, chat.topics[GENERAL], by=cloud.bot, closed=False)
    return True


def hide_general(cloud: Cloud, p: Parameters) -> bool:
    """Hide the General topic, which closes it too."""
    chat = _forum_of(cloud, p)
    chat.topics[GENERAL].is_hidden = chat.topics[GENERAL].is_closed = True
    cloud.post(chat, cloud.bot, {"general_forum_topic_hidden": {}})
    return True


def unhide_general(cloud: Cloud, p: Parameters) -> bool:
    """Show the General topic again."""
    chat = _forum_of(cloud, p)
    chat.topics[GENERAL].is_hidden = False
    cloud.post(chat, cloud.bot, {"general_forum_topic_unhidden": {}})
    return True


def delete(cloud: Cloud, p: Parameters) -> bool:
    """Delete a topic with every message in it."""
    chat = _forum_of(cloud, p, "can_delete_messages")
    remove_topic(cloud, chat, named_topic(chat, p))
    return True


def unpin_all(cloud: Cloud, p: Parameters) -> bool:
    """Unpin everything in a topic."""
    chat = _forum_of(cloud, p, "can_pin_messages")
    topic = named_topic(chat, p).id
    chat.pinned = [i for i in chat.pinned if (m := chat.messages.get(i)) and m.topic != topic]
    return True


def _rename(cloud: Cloud, chat: Chat, topic: Topic, name: str | None) -> bool:
    if not name or name == topic.name:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.name = name
    cloud.post(chat, cloud.bot, {"forum_topic_edited": {"name": name}}, topic=shown_id(topic))
    return True


def _forum_of(cloud: Cloud, p: Parameters, right: str = "can_manage_topics") -> Chat:
    chat = chat_of(cloud, p)
    if not (cloud.private_topics if chat.is_private else chat.is_forum):
        raise bad("the chat is not a forum")
    require(cloud, chat, right, "not enough rights to manage topics")
    return chat


HANDLERS = {
    "createForumTopic": create,
    "editForumTopic": edit,
    "closeForumTopic": close,
    "reopenForumTopic": reopen,
    "deleteForumTopic": delete,
    "unpinAllForumTopicMessages": unpin_all,
    "editGeneralForumTopic": edit_general,
    "closeGeneralForumTopic": close_general,
    "reopenGeneralForumTopic": reopen_general,
    "hideGeneralForumTopic": hide_general,
    "unhideGeneralForumTopic": unhide_general,
}
