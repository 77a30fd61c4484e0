"""A piece of a file, as players of sound and film ask for it (RFC 9110, section 14)."""

import re

from starlette.responses import Response

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def answer(content: bytes, asked: str | None, headers: dict[str, str]) -> Response:
    """Answer with the whole file, or with the one piece that was asked for.

    What is no single range of bytes counts as not asked; a range that begins behind the end is 416.
    """
    headers = {**headers, "accept-ranges": "bytes"}
    match = _RANGE.fullmatch(asked or "")
    if match is None or match.groups() == ("", ""):
        return Response(content, headers=headers)
    first, last, size = *match.groups(), len(content)
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= end:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(content[start:end], 206, headers)
