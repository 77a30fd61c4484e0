"""What is in a file, as far as it can be told without a network.

Text and tables are read, so are the office formats that are zipped XML, and simple PDFs. Pictures
are measured, sound is heard.
"""

import io
import mimetypes
import re
import zipfile
import zlib
from pathlib import PurePath

import av

from bot.sandbox.speech import UnhearableError, hear

_MOST = 2_000_000  # bytes read of one part of a file
_EXTENSIONS = {
    "document": "doc docx pdf epub txt md ppt pptx xls xlsx csv",
    "image": "png jpg jpeg",
    "audio": "mp3 wav wma ogg flac aac m4a ac3 aiff au mpga",
    "video": "mp4 avi mov wmv mkv flv mpeg mpg m4v webm 3gp",
}
_KINDS = {extension: kind for kind, all_ in _EXTENSIONS.items() for extension in all_.split()}
# The text of the office formats is in these parts of the zip.
_PARTS = re.compile(r"word/document\.xml|ppt/slides/slide\d+\.xml|xl/sharedStrings\.xml|.*\.x?html")


class UnreadableError(Exception):
    """The platform cannot make anything of this file."""


def kind_of(name: str) -> str | None:
    """Return `document`, `image`, `audio` or `video`, or None for what is not taken."""
    return _KINDS.get(PurePath(name).suffix[1:].lower())


def mime_type_of(name: str) -> str:
    """Return the media type the platform would say; Markdown is plain text to it."""
    if name.lower().endswith(".md"):
        return "text/plain"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def read(name: str, content: bytes) -> str:
    """Return the text of a document, the words of a recording, a description of a picture.

    Blocks, for seconds where there is something to hear. Raises `UnreadableError` for text that is
    not UTF-8, and for what is broken or of no known kind.
    """
    kind, ending = kind_of(name), PurePath(name).suffix[1:].lower()
    try:
        if kind in ("audio", "video"):
            return hear(content)
        if kind == "image":
            return _describe(content)
        if ending in ("docx", "pptx", "xlsx", "epub"):
            return _unzip(content)
        if ending == "pdf":
            return _read_pdf(content)
        if ending in ("txt", "md", "csv"):
            return content.decode()
    except (UnhearableError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise UnreadableError("this file cannot be read") from error
    raise UnreadableError("files of this kind are not read here")


def _describe(content: bytes) -> str:
    png = content.startswith(b"\x89PNG")
    with av.open(io.BytesIO(content), "r", format="png_pipe" if png else "jpeg_pipe") as file:
        picture = file.streams.video[0].codec_context
        if not picture.width:
            raise ValueError("not a picture")
        size = f"{picture.width} by {picture.height} pixels"
    return f"A picture, {size}. The sandbox measures pictures and does not see them."


def _unzip(content: bytes) -> str:
    texts = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(filter(_PARTS.fullmatch, archive.namelist())):
            with archive.open(name) as part:
                markup = part.read(_MOST).decode(errors="replace")
            paragraphs = re.sub(r"</(?:w:p|a:p|si|p|h\d)>", "\n", markup)
            texts.append(re.sub(r"<[^>]*>", "", paragraphs).strip())
    return "\n".join(texts)


def _read_pdf(content: bytes) -> str:
    """Return the strings a PDF shows, where its fonts are simple."""
    if not content.startswith(b"%PDF"):
        raise ValueError("not a PDF")
    texts = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.S):
        try:
            page = zlib.decompressobj().decompress(stream, _MOST)
        except zlib.error:
            page = stream
        shown = re.findall(rb"\(((?:[^()\\]|\\.)*)\)\s*(?:Tj|'|\")", page)
        texts += [re.sub(rb"\\(.)", rb"\1", text).decode("latin-1") for text in shown]
    return "\n".join(texts) or "The sandbox finds no simple text in this PDF."
