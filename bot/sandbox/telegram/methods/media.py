"""Methods that send files, forward and copy, and give files back."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bot.sandbox.sound import demuxer_of, is_opus, length
from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.files import StoredFile
from bot.sandbox.telegram.methods.sending import caption_content, send
from bot.sandbox.telegram.methods.targets import Parameters, chat_of, message_of
from bot.sandbox.telegram.readers import Upload
from bot.sandbox.telegram.refusals import bad
from bot.sandbox.telegram.views import message_json, user_json
from bot.sandbox.telegram.world import Message

_RIGHTS = {
    "photo": "can_send_photos",
    "audio": "can_send_audios",
    "document": "can_send_documents",
    "video": "can_send_videos",
    "animation": "can_send_other_messages",
    "sticker": "can_send_other_messages",
    "voice": "can_send_voice_notes",
    "video_note": "can_send_video_notes",
}
# What the Bot API requires of each kind; the sender may say better. We look into sound only.
_REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "photo": {"width": 800, "height": 600},
    "audio": {"duration": 0},
    "document": {},
    "video": {"width": 0, "height": 0, "duration": 0},
    "animation": {"width": 0, "height": 0, "duration": 0},
    "sticker": {"width": 512, "height": 512, "type": "regular", "is_animated": False,
                "is_video": False},
    "voice": {"duration": 0},
    "video_note": {"length": 240, "duration": 0},
}  # fmt: skip
#: How big a voice note may be for Telegram to find out by itself how long it lasts, bytes.
MAX_LISTENED = 1 << 20
_TOLERANCE = 1.0  # seconds a told duration may be wrong by
_LASTING = ("voice", "audio", "video", "video_note")
_TOLD = ("duration", "width", "height", "length", "performer", "title")


def file_content(stored: StoredFile, kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field of `Message` that shows a stored file."""
    required = _REQUIRED[kind]
    shown = {**stored.to_json(), **required}
    shown.update({name: told[name] for name in _TOLD if name in told and name in _SHOWN[kind]})
    if kind not in ("photo", "video_note", "sticker"):
        shown["mime_type"] = stored.mime_type
    if kind in ("audio", "document", "video", "animation"):
        shown["file_name"] = stored.name
    return {kind: [shown] if kind == "photo" else shown}


_SHOWN = {
    kind: {*required, *(("performer", "title") if kind == "audio" else ())}
    for kind, required in _REQUIRED.items()
}


def media_content(cloud: Cloud, media: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of an `InputMedia…` with its caption."""
    kind = media["type"]
    if kind not in _REQUIRED:
        raise bad(f"the sandbox does not simulate media of type {kind}")
    stored, kind = _stored(cloud, media["media"], kind)
    return {**file_content(stored, kind, media), **caption_content(cloud, media)}


def _stored(cloud: Cloud, file: Any, kind: str) -> tuple[StoredFile, str]:
    """Keep or find a file; the kind is another where the bytes are not what they should be."""
    if isinstance(file, Upload):
        if not file.content:
            raise bad("file must be non-empty")
        if kind == "voice":
            kind = _heard_as(file.content)
        return cloud.files.keep(file, kind), kind
    if "://" in file:
        # Telegram would fetch it; the sandbox reaches nothing outside this machine.
        raise bad("failed to get HTTP URL content")
    stored = cloud.files.find(file)
    if stored.kind != kind:
        raise bad(f"can't use file of type {stored.kind.title()} as {kind.title()}")
    return stored, kind


def _heard_as(content: bytes) -> str:
    """Return what Telegram makes of a voice note: one only of Ogg with Opus, of MP3 and of M4A."""
    demuxer = demuxer_of(content)
    if demuxer in ("mp3", "mov") or is_opus(content):
        return "voice"
    return "audio" if demuxer == "ogg" else "document"


async def _send_file(kind: str, cloud: Cloud, p: Parameters) -> Any:
    """Post a file with a caption."""
    stored, became = _stored(cloud, p[kind], kind)
    if became in _LASTING:
        p = await _measured(cloud, p, stored, became)
    caption = {} if kind in ("sticker", "video_note") else caption_content(cloud, p)
    content = {**file_content(stored, became, p), **caption}
    return message_json(send(cloud, p, content, _RIGHTS[kind]))


async def _measured(cloud: Cloud, p: Parameters, stored: StoredFile, kind: str) -> Parameters:
    """Look whether a file lasts as long as it is said to; that is believed, right or wrong.

    Telegram looks itself into voice notes of up to 1 MiB, and never into longer ones.
    """
    call = cloud.current
    seconds = await asyncio.to_thread(length, stored.content)
    cloud.current = call  # Another may have come meanwhile.
    told = p.get("duration")
    if told is None and kind == "voice" and len(stored.content) <= MAX_LISTENED:
        return {**p, "duration": round(seconds)}
    if told is None and kind == "voice":
        cloud.remark("a voice note over 1 MiB without duration is shown as 0:00")
    if told is not None and seconds and abs(told - seconds) > _TOLERANCE:
        cloud.remark(f"duration is said to be {told}, and the {kind} lasts {seconds:.1f} seconds")
    return p


def send_album(cloud: Cloud, p: Parameters) -> Any:
    """Post two to ten files as one album."""
    media = p["media"]
    if not 2 <= len(media) <= 10:
        raise bad("group of media must have 2 to 10 items")
    album = {"media_group_id": str(next(cloud.album_ids))}
    return [
        message_json(send(cloud, p, media_content(cloud, item), _RIGHTS[item["type"]], album))
        for item in media
    ]


def forwarded(message: Message) -> dict[str, Any]:
    """Return the fields that say where a forwarded message came from."""
    if "forward_origin" in message.extras:
        return {"forward_origin": message.extras["forward_origin"]}
    origin = {
        "type": "user",
        "sender_user": user_json(message.sender),
        "date": int(message.date.timestamp()),
    }
    return {"forward_origin": origin}


def forward(cloud: Cloud, p: Parameters) -> Any:
    """Forward one message."""
    return message_json(_pass_on(cloud, p, p["message_id"], "forward"))


def forward_all(cloud: Cloud, p: Parameters) -> Any:
    """Forward several messages; what is not there is passed over."""
    return _several(cloud, p, "forward")


def copy(cloud: Cloud, p: Parameters) -> Any:
    """Post the content of a message as the bot's own."""
    return {"message_id": _pass_on(cloud, p, p["message_id"], "copy").id}


def copy_all(cloud: Cloud, p: Parameters) -> Any:
    """Copy several messages; what is not there is passed over."""
    return _several(cloud, p, "copy")


def _several(cloud: Cloud, p: Parameters, purpose: str) -> Any:
    there = chat_of(cloud, p, "from_chat_id").messages
    ids = [number for number in p["message_ids"] if number in there]
    return [{"message_id": _pass_on(cloud, p, number, purpose).id} for number in ids]


def _pass_on(cloud: Cloud, p: Parameters, number: int, purpose: str) -> Message:
    source = chat_of(cloud, p, "from_chat_id")
    message = message_of(source, {"message_id": number}, purpose)
    if message.is_service or message.extras.get("has_protected_content"):
        raise bad(f"message can't be {'forwarded' if purpose == 'forward' else 'copied'}")
    content = dict(message.content)
    if "caption" in p and "text" not in content:
        content = {n: v for n, v in content.items() if not n.startswith("caption")}
        content.update(caption_content(cloud, p))
    right = _RIGHTS.get(message.kind, "can_send_messages")
    return send(cloud, p, content, right, forwarded(message) if purpose == "forward" else None)


def get_file(cloud: Cloud, p: Parameters) -> Any:
    """Return where a file can be downloaded. The link works as long as the sandbox does."""
    return cloud.files.link(p["file_id"])


def _method(kind: str) -> str:
    return "send" + kind.title().replace("_", "")


_SENDERS: dict[str, Callable[[Cloud, Parameters], Any]] = {
    _method(kind): partial(_send_file, kind) for kind in _REQUIRED
}
HANDLERS = {
    **_SENDERS,
    "sendMediaGroup": send_album,
    "forwardMessage": forward,
    "forwardMessages": forward_all,
    "copyMessage": copy,
    "copyMessages": copy_all,
    "getFile": get_file,
}
