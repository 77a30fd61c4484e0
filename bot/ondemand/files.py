"""What kinds of file OnDemand reads, and by which of its file agents (documented, 2026-09)."""

from enum import Enum
from pathlib import PurePath


class FileKind(Enum):
    """A kind of file; its value is the id of the agent that reads it, without prefix."""

    DOCUMENT = "1713954536"
    IMAGE = "1713958591"
    AUDIO = "1713958830"
    YOUTUBE = "1713961903"
    VIDEO = "1713967141"


#: The plugin that lets a query use the files of its session. Name it when there are any.
MEDIA_KNOWLEDGE = "plugin-1713962163"

_EXTENSIONS = {
    FileKind.DOCUMENT: "doc docx pdf epub txt md ppt pptx xls xlsx csv",
    FileKind.IMAGE: "png jpg jpeg",
    FileKind.AUDIO: "mp3 wav wma ogg flac aac m4a ac3 aiff au mpga",
    FileKind.VIDEO: "mp4 avi mov wmv mkv flv mpeg mpg m4v webm 3gp",
}
_KINDS = {extension: kind for kind, all_ in _EXTENSIONS.items() for extension in all_.split()}


def kind_of(name: str) -> FileKind | None:
    """The kind of a file by its name; None where OnDemand has no reader for it.

    Text must be UTF-8: a Latin-1 file is answered with a server error (observed live, 2026-10).
    """
    return _KINDS.get(PurePath(name).suffix.removeprefix(".").lower())
