"""Files on Telegram: what was uploaded, under which id, and where it can be downloaded."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.sandbox.telegram.readers import Upload
from bot.sandbox.telegram.refusals import Refusal, bad

MAX_UPLOAD = 50 << 20  # bytes; 10 MiB for photos
MAX_PHOTO = 10 << 20
MAX_DOWNLOAD = 20 << 20

_FOLDERS = {
    "photo": ("photos", ".jpg"),
    "voice": ("voice", ".oga"),
    "audio": ("music", ".mp3"),
    "video": ("videos", ".mp4"),
    "video_note": ("video_notes", ".mp4"),
    "animation": ("animations", ".mp4"),
    "sticker": ("stickers", ".webp"),
    "document": ("documents", ""),
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file Telegram keeps."""

    id: str
    unique_id: str
    kind: str
    name: str
    mime_type: str
    content: bytes
    #: Where it is downloaded, behind `/file/bot<token>/`.
    path: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields every kind of file has."""
        return {
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.content),
        }


@dataclass(slots=True)
class Files:
    """All files. Ids are given in order; the unique id is that of the bytes."""

    by_id: dict[str, StoredFile] = field(default_factory=dict)
    by_path: dict[str, StoredFile] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def keep(self, upload: Upload, kind: str) -> StoredFile:
        """Keep an upload. Raises the `Refusal` 413 for what is too big."""
        if len(upload.content) > (MAX_PHOTO if kind == "photo" else MAX_UPLOAD):
            raise Refusal(413, "")
        number = next(self._numbers)
        unique = hashlib.sha256(upload.content).hexdigest()[:16]
        folder, extension = _FOLDERS[kind]
        dot, ending = upload.name.rpartition(".")[1:]
        path = f"{folder}/file_{number}{extension or dot + ending}"
        stored = StoredFile(
            f"{kind[:2].upper()}gAC{number:06d}{unique}",
            unique,
            kind,
            upload.name,
            upload.mime_type,
            upload.content,
            path,
        )
        self.by_id[stored.id] = stored
        self.by_path[path] = stored
        return stored

    def find(self, file_id: str) -> StoredFile:
        """Return a file by its id. Raises `Refusal` for an id nobody gave out."""
        if file_id not in self.by_id:
            raise bad("wrong file identifier/HTTP URL specified")
        return self.by_id[file_id]

    def link(self, file_id: str) -> dict[str, Any]:
        """Return what `getFile` answers. Raises `Refusal` for a file over 20 MiB."""
        if file_id not in self.by_id:
            raise bad("wrong file_id or the file is temporarily unavailable")
        stored = self.by_id[file_id]
        if len(stored.content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        return {**stored.to_json(), "file_path": stored.path}
