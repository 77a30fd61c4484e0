"""How the page is shown what there is on Telegram: chats and messages as JSON.

The shapes are those of `docs/demo.md`, made for drawing and not those of the Bot API: what is not
there is null, and what a message is made of is at one place whatever kind it is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.telegram.cloud import ACTION_LIFE, Cloud
from bot.sandbox.telegram.traces import Action
from bot.sandbox.telegram.world import GENERAL, Chat, Message, Topic, User

Json = dict[str, Any]

_FILES = ("voice", "audio", "photo", "video", "video_note", "animation", "sticker", "document")
_HEARD = ("voice", "audio")
_QUOTED = 200  # characters of a message that is replied to


def moment(at: datetime) -> str:
    """Return a moment as the page reads it, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def user(who: User) -> Json:
    """Show a person or the bot."""
    return {"id": who.id, "name": who.first_name, "is_bot": who.is_bot}


def message(one: Message) -> Json:
    """Show a message as it is now."""
    content: Any = one.content
    rows = one.keyboard["inline_keyboard"] if one.keyboard else ()
    is_file, is_other = one.kind in _FILES, one.kind not in (*_FILES, "text", "rich_message")
    return {
        "id": one.id,
        "chat": one.chat.id,
        "topic": one.topic,
        "version": one.changed,
        "sender": user(one.sender),
        "date": moment(one.date),
        "edited": moment(one.edited_at) if one.edited_at else None,
        "service": _service(one) if one.is_service else None,
        "text": _text(one),
        "entities": [
            _entity(entity)
            for entity in content.get("entities") or content.get("caption_entities") or ()
        ],
        "media": _media(one) if is_file else None,
        "other": {"kind": one.kind} if is_other and not one.is_service else None,
        "keyboard": [[_button(button) for button in row] for row in rows],
        "reply_to": _replied(one.reply_to) if one.reply_to else None,
        "forwarded": _origin(one.extras["forward_origin"])
        if "forward_origin" in one.extras
        else None,
        "album": one.extras.get("media_group_id"),
        "reactions": [
            {"emoji": str(reaction.get("emoji", reaction["type"])), "by": by}
            for by, reactions in one.reactions.items()
            for reaction in reactions
        ],
    }


def chat(cloud: Cloud, one: Chat, person: User) -> Json:
    """Show a chat as somebody in it sees it, with its newest messages."""
    private = [user(person) | {"status": "member"}, user(cloud.bot) | {"status": "member"}]
    members = [
        user(member.user) | {"status": member.status}
        for member in one.members.values()
        if member.is_inside
    ]
    newest: dict[int | None, Message] = {}
    for written in reversed(one.messages.values()):
        newest.setdefault(written.topic, written)
        if len(newest) >= max(len(one.topics), 1):
            break
    last = max(newest.values(), key=lambda written: written.id, default=None)
    places = [place for where, place in cloud.actions if where == one.id]
    return {
        "id": one.id,
        "kind": "private" if one.is_private else "forum" if one.is_forum else "group",
        "title": cloud.bot.first_name if one.is_private else one.title,
        "members": private if one.is_private else members,
        "topics": [_topic(topic, newest) for topic in one.topics.values()],
        "actions": [
            {"topic": place, "action": doing, "until": moment(cloud.actions[one.id, place][1])}
            for place in places
            if (doing := cloud.acting(one, place))
        ],
        "drafts": [
            {"topic": place, "text": draft.text, "can_stop": draft.can_stop}
            for where, place in cloud.drafts
            if where == one.id and (draft := cloud.drafting(one, place))
        ],
        "last": message(last) if last else None,
        "count": len(one.messages),
    }


def action(one: Action) -> Json:
    """Show what the bot begins to do."""
    until = moment(one.at + ACTION_LIFE)
    return {"chat": one.chat, "topic": one.topic, "action": one.name, "until": until}


def _text(one: Message) -> str:
    content: Any = one.content
    if one.kind == "rich_message":
        blocks = content["rich_message"]["blocks"]
        return "\n\n".join(str(block.get("text", "")) for block in blocks)
    return str(content.get("text") or content.get("caption") or "")


def _topic(topic: Topic, newest: Mapping[int | None, Message]) -> Json:
    shown_id = None if topic.id == GENERAL else topic.id
    last = newest.get(shown_id)
    return {
        "id": shown_id,
        "name": topic.name,
        "color": None if shown_id is None else f"#{topic.icon_color:06x}",
        "is_closed": topic.is_closed,
        "last": message(last) if last else None,
    }


def _service(one: Message) -> Json:
    told: Any = one.content[one.kind]
    shown: Json = {"kind": one.kind}
    match one.kind:
        case "new_chat_members":
            shown["names"] = [member["first_name"] for member in told]
        case "left_chat_member":
            shown["names"] = [told["first_name"]]
        case "new_chat_title":
            shown["title"] = told
        case "forum_topic_created" | "forum_topic_edited":
            shown["title"] = told.get("name")
        case "pinned_message":
            shown["message"] = told["message_id"]
    return shown


def _entity(entity: Mapping[str, Any]) -> Json:
    shown = {name: entity[name] for name in ("type", "offset", "length")}
    shown |= {name: entity[name] for name in ("url", "language") if name in entity}
    return {**shown, "user": entity["user"]["first_name"]} if "user" in entity else shown


def _button(button: Mapping[str, Any]) -> Json:
    shown = {"data": button.get("callback_data"), "url": button.get("url")}
    return {"label": button["text"], **shown}


def _media(one: Message) -> Json:
    file: Any = one.content[one.kind]
    file = file[-1] if one.kind == "photo" else file
    url = f"/api/media/{file['file_id']}"
    return {
        "kind": one.kind,
        "id": file["file_id"],
        "url": url,
        "name": file.get("file_name"),
        "mime_type": file.get("mime_type"),
        "size": file["file_size"],
        "duration": file.get("duration"),
        "width": file.get("width") or None,
        "height": file.get("height") or None,
        "waveform_url": f"{url}/waveform" if one.kind in _HEARD else None,
    }


def _replied(one: Message) -> Json:
    shown = {"id": one.id, "sender": one.sender.first_name, "kind": one.kind}
    return {**shown, "text": _text(one)[:_QUOTED]}


def _origin(origin: Mapping[str, Any]) -> Json:
    at = datetime.fromtimestamp(origin["date"], UTC)
    return {"from": origin["sender_user"]["first_name"], "date": moment(at)}
