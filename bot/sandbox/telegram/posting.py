"""One POST over loopback: how the sandbox reaches a webhook."""

import asyncio
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

_MOST_BYTES = 1 << 20  # of an answer that is read


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other side answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_loopback(url: str) -> bool:
    """Say whether a URL is plain HTTP to this very machine. Names are not looked up.

    >>> is_loopback("http://127.0.0.1:8080/hook"), is_loopback("https://example.com/")
    (True, False)
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        return False
    try:
        return parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


async def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Reply:
    """Post JSON and return the answer.

    Raises `OSError` where there is no connection or no HTTP, `TimeoutError` when it takes longer
    than `seconds`, and `ValueError` for a URL that is not on loopback.
    """
    if not is_loopback(url):
        raise ValueError("the sandbox speaks to this machine only")
    parts = urlsplit(url)
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        try:
            http = h11.Connection(h11.CLIENT)
            request = h11.Request(
                method="POST",
                target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
                headers=[
                    ("Host", parts.netloc),
                    ("Connection", "close"),
                    ("Content-Type", "application/json"),
                    ("Content-Length", str(len(body))),
                    *headers.items(),
                ],
            )
            events = (request, h11.Data(data=body), h11.EndOfMessage())
            writer.write(b"".join(http.send(event) or b"" for event in events))
            return await _read(http, reader)
        except h11.RemoteProtocolError as error:
            raise ConnectionError("the answer is no HTTP") from error
        finally:
            writer.close()


async def _read(http: h11.Connection, reader: asyncio.StreamReader) -> Reply:
    status, headers, body = 0, {}, b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Response):
            status = event.status_code
            headers = {n.decode().lower(): v.decode("latin-1") for n, v in event.headers}
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _MOST_BYTES:
                raise ConnectionError("the answer is too long")
        elif isinstance(event, h11.EndOfMessage):
            return Reply(status, headers, body)
        elif isinstance(event, h11.ConnectionClosed):
            raise ConnectionError("the connection was closed before an answer")
