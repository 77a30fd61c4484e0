"""The files people send: what Telegram's apps tell of them, and a voice for who has none."""

import asyncio
from collections.abc import Mapping
from typing import Any

from bot.sandbox import picture, sound, speech
from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.methods.media import file_content
from bot.sandbox.telegram.readers import Upload

_NAMES = {
    "voice": ("voice.ogg", "audio/ogg"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "document": ("file.bin", "application/octet-stream"),
    "photo": ("photo.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "sticker": ("sticker.webp", "image/webp"),
}
_LARGE = {"photo", "video", "sticker"}
_LASTING = {"voice", "audio", "video", "video_note"}


async def content(
    cloud: Cloud,
    file: Mapping[str, bytes],
    name: str | None,
    mime_type: str | None,
    duration: int | None,
) -> dict[str, Any]:
    """Keep the one file there is, and return the content of a message that shows it.

    Raises `TypeError` unless `file` has exactly one entry, named by a kind people send.
    """
    if len(file) != 1 or not file.keys() <= _NAMES.keys():
        raise TypeError(f"send exactly one of {', '.join(_NAMES)}")
    [(kind, sent)] = file.items()
    usual_name, usual_type = _NAMES[kind]
    stored = cloud.files.keep(Upload(name or usual_name, sent, mime_type or usual_type), kind)
    told = {}
    if kind in _LARGE and (large := await asyncio.to_thread(picture.size, sent)):
        told["width"], told["height"] = large
    if kind in _LASTING:
        if duration is None:
            duration = round(await asyncio.to_thread(sound.length, sent))
        told["duration"] = duration
    return file_content(stored, kind, told)


async def speak(text: str, language: str | None) -> bytes:
    """Return a voice note that says the text, as OGG/Opus."""
    return await asyncio.to_thread(speech.speak, text, language=language, container="ogg")
