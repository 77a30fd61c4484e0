"""The little of ASGI that we need: a request, and an answer to it.

See https://asgi.readthedocs.io/en/latest/specs/www.html.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered. Without a body nothing can be read into it."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Whether the connection ends with it: what else comes on it is not read.
    is_last: bool = False

    async def send(self, send: Send) -> None:
        """Answer with this."""
        headers = {**self.headers, "Content-Length": str(len(self.body))}
        if self.is_last:
            headers["Connection"] = "close"
        told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": told})
        await send({"type": "http.response.body", "body": self.body})


class GoneError(Exception):
    """Whoever asked has hung up. Nobody hears an answer."""


class TooLongError(Exception):
    """The body is longer than what is taken."""


def header(scope: Scope, name: bytes) -> list[bytes]:
    """Every value that came under this name, which is in small letters."""
    return [value for key, value in scope["headers"] if key == name]


async def read_body(receive: Receive, *, most: int) -> bytes:
    """The whole body of a request. Raises `TooLongError` and `GoneError`."""
    body = bytearray()
    while True:
        piece = await receive()
        if piece["type"] != "http.request":
            raise GoneError
        body += piece.get("body", b"")
        if len(body) > most:
            raise TooLongError
        if not piece.get("more_body"):
            return bytes(body)
