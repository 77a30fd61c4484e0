"""What a browser asks, read: JSON, a form with a file, and the fields of both."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from bot.sandbox.telegram.files import MAX_UPLOAD
from bot.sandbox.telegram.readers import Upload

_LONGEST_BODY = 1 << 20  # bytes of JSON
_AROUND_A_FILE = 1 << 16  # bytes of a form beside its file

#: What a file is that nobody says more of.
BYTES = "application/octet-stream"


class BodyError(Exception):
    """What came cannot be read; with the status and the sentence of the answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def json_in(request: Request) -> dict[str, Any]:
    """Return the JSON object that came. A browser asks before it sends one across sites."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BodyError(415, "Send JSON.")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_BODY:
            raise BodyError(413, "This is too long.")
    try:
        told = json.loads(body or b"{}")
    except ValueError:
        raise BodyError(400, "This is no JSON.") from None
    if not isinstance(told, dict):
        raise BodyError(400, "Send an object.")
    return told


async def form_in(request: Request) -> tuple[Upload, dict[str, str]]:
    """Return the file and the fields of the form that came."""
    size = request.headers.get("content-length", "")
    if not size.isdecimal() or int(size) > MAX_UPLOAD + _AROUND_A_FILE:
        raise BodyError(413, f"A file may have {MAX_UPLOAD >> 20} MB.")
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BodyError(415, "Send a form with a file.")
    async with request.form(max_files=1, max_fields=8) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise BodyError(400, "There is no file in this form.")
        told = {name: value for name, value in form.items() if isinstance(value, str)}
        upload = Upload(file.filename or "", await file.read(), file.content_type or BYTES)
    return upload, told


def number_in(asked: Mapping[str, Any], name: str) -> int:
    """Return a field that is a number, or says one. Raises `ValueError`."""
    value = asked.get(name)
    if isinstance(value, str) and value.removeprefix("-").isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"{name} must be a number")


def text_in(asked: Mapping[str, Any], name: str) -> str:
    """Return a field that is a text and says something. Raises `ValueError`."""
    value = asked.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be a text")
    return value
