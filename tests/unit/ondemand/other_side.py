"""The other side of the client: a transport that follows a script, and a real server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from bot.ondemand import Event, Limits, OnDemandClient, Query, StreamInterruptedError
from tests.unit.ondemand.frames import SESSION

KEY = "k3y-0123456789abcdef"
AGENT = "tests/1.0"

LIMITS = Limits()
QUERY = Query(text="What is a monad?", endpoint_id="predefined-test")

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Script(httpx.AsyncBaseTransport):
    """Answers with what it was told, in order, and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self._replies: list[httpx.Response | Exception] = []

    def will(self, *replies: httpx.Response | Exception) -> None:
        """Append answers. An exception is raised instead of answering."""
        self._replies += replies

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer the next request."""
        await request.aread()
        self.requests.append(request)
        assert self._replies, f"nobody expected {request.method} {request.url}"
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def asked(self) -> list[str]:
        """What was asked so far, as method and path."""
        return [f"{each.method} {each.url.path}" for each in self.requests]

    @property
    def bodies(self) -> list[Any]:
        """The JSON that was sent so far."""
        return [json.loads(each.content) if each.content else None for each in self.requests]


def ok(data: object, **envelope: object) -> httpx.Response:
    """A successful answer in the platform's envelope."""
    return httpx.Response(200, json={"message": "fine", "data": data, **envelope})


def no(status: int, code: str = "", message: str = "no", **more: object) -> httpx.Response:
    """An unhappy answer in the platform's envelope."""
    return httpx.Response(status, json={"message": message, "errorCode": code, **more})


def streamed(*chunks: bytes) -> httpx.Response:
    """A streamed answer that arrives in these chunks."""

    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body())


@asynccontextmanager
async def serving(talk: Talk) -> AsyncIterator[str]:
    """A real server on loopback that does this with every connection; gives its base URL."""
    talks: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await talk(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()
            talks.discard(task)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def heard(reader: asyncio.StreamReader) -> bytes:
    """Read one request, head and body, and return its head."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.split(b":")[1]))
    return head


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Connection: close\r\n\r\n"
)


def connected(base_url: str, limits: Limits = LIMITS) -> OnDemandClient:
    """A client of a real server."""
    return OnDemandClient(KEY, user_agent=AGENT, base_url=base_url, limits=limits)


async def read(client: OnDemandClient, query: Query = QUERY) -> list[Event]:
    """Ask, and read the answer to its end."""
    async with client.chat.stream(SESSION, query) as answer:
        return [event async for event in answer]


async def broken(client: OnDemandClient) -> StreamInterruptedError:
    """Ask, and return how the answer broke off."""
    with pytest.raises(StreamInterruptedError) as caught:
        await read(client)
    return caught.value
