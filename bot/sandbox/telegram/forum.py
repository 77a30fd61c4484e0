"""Topics beginning, closing and ending: one place for bot and people alike."""

from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.refusals import bad
from bot.sandbox.telegram.world import GENERAL, Chat, Topic, User

BLUE = 0x6FB9F0  # Telegram's first colour of a topic's icon


def open_topic(
    cloud: Cloud,
    chat: Chat,
    name: str,
    *,
    by: User,
    icon_color: int = BLUE,
    icon_emoji: str | None = None,
) -> Topic:
    """Begin a topic; its id is that of the service message that says so."""
    made: dict[str, object] = {"name": name, "icon_color": icon_color}
    if icon_emoji:
        made["icon_custom_emoji_id"] = icon_emoji
    message = cloud.post(chat, by, {"forum_topic_created": made}, begins_topic=True)
    topic = chat.topics[message.id] = Topic(message.id, name, icon_color, icon_emoji)
    return topic


def set_closed(cloud: Cloud, chat: Chat, topic: Topic, *, by: User, closed: bool) -> None:
    """Close or open a topic, and say so in it. Raises `Refusal` where it already is."""
    if topic.is_closed == closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.is_closed = closed
    kind = "forum_topic_closed" if closed else "forum_topic_reopened"
    cloud.post(chat, by, {kind: {}}, topic=shown_id(topic))


def remove_topic(cloud: Cloud, chat: Chat, topic: Topic) -> None:
    """Delete a topic with every message in it; bots are not told."""
    for message in [m for m in chat.messages.values() if m.topic == topic.id]:
        cloud.delete(message)
    del chat.topics[topic.id]


def shown_id(topic: Topic) -> int | None:
    """Return the id messages of a topic carry: those of General carry none."""
    return None if topic.id == GENERAL else topic.id
