"""What came with a request: parameters from the query and a JSON, form or multipart body."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Receive, Scope

from bot.sandbox.telegram.files import MAX_UPLOAD
from bot.sandbox.telegram.readers import Upload
from bot.sandbox.telegram.refusals import Refusal, bad

_MOST_BYTES = MAX_UPLOAD + (1 << 20)  # the file, and what is around it


async def read_body(scope: Scope, receive: Receive) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Return the parameters as they came, and the files. Raises `Refusal` for a broken body."""
    headers = dict(scope["headers"])
    if int(headers.get(b"content-length", 0)) > _MOST_BYTES:
        raise Refusal(413, "")
    values: dict[str, Any] = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    kind = headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()
    if kind == b"multipart/form-data":
        return await _read_multipart(scope, receive, values)
    body = await _read_all(receive)
    if kind == b"application/json" and body.strip():
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise bad("can't parse request body as JSON object")
        values.update((name, value) for name, value in told.items() if value is not None)
    elif kind == b"application/x-www-form-urlencoded":
        values.update(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return values, {}


async def _read_all(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise bad("the request ended early")
        body += message.get("body", b"")
        if len(body) > _MOST_BYTES:
            raise Refusal(413, "")
        if not message.get("more_body"):
            return body


async def _read_multipart(
    scope: Scope, receive: Receive, values: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Upload]]:
    files: dict[str, Upload] = {}
    async with Request(scope, receive).form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                mime_type = value.content_type or "application/octet-stream"
                files[name] = Upload(value.filename or name, await value.read(), mime_type)
            else:
                values[name] = value
    return values, files
