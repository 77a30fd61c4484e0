"""The loopback server, with apps that misbehave."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.server import reset_connection, serve


async def _hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def _endless(_request: Request) -> StreamingResponse:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"drop"
            await asyncio.sleep(0.01)

    return StreamingResponse(drip())


async def _crash(request: Request) -> PlainTextResponse:
    await reset_connection(request.scope)
    return PlainTextResponse("never read")


_APP = Starlette(routes=[Route("/", _hello), Route("/endless", _endless), Route("/crash", _crash)])


async def test_an_app_is_served_on_a_free_port() -> None:
    """Two servers run side by side, each on a port of its own."""
    async with serve(_APP) as one, serve(_APP) as other, httpx.AsyncClient() as client:
        answers = [(await client.get(url)).text for url in (one, other)]

    assert answers == ["hello", "hello"]
    assert one != other


async def test_a_taken_port_is_said() -> None:
    """A port somebody else listens on is an error at the start."""
    async with serve(_APP) as url:
        with pytest.raises(OSError, match="in use"):
            async with serve(_APP, port=int(url.rpartition(":")[2])):
                pass


async def test_stopping_does_not_wait_for_an_open_stream() -> None:
    """A reader of an endless stream loses it, and the server is gone."""
    async with httpx.AsyncClient() as client, asyncio.timeout(20):
        async with serve(_APP) as url:
            request = client.build_request("GET", f"{url}/endless")
            stream = await client.send(request, stream=True)
            await anext(stream.aiter_bytes())
        await stream.aclose()

        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_stopping_does_not_wait_for_an_app_that_hears_nothing() -> None:
    """A handler that ignores its lost connection is cancelled."""
    is_asked = asyncio.Event()

    async def deaf(_scope: Scope, _receive: Receive, _send: Send) -> None:
        is_asked.set()
        await asyncio.sleep(60)

    async with httpx.AsyncClient(timeout=60) as client, asyncio.timeout(20):
        async with serve(deaf) as url:
            asking = asyncio.create_task(client.get(url))
            await is_asked.wait()

        with pytest.raises(httpx.TransportError):
            await asking


async def test_a_connection_can_break_as_if_the_machine_had_died() -> None:
    """A reset connection gives no answer at all, and the next one works."""
    async with serve(_APP) as url, httpx.AsyncClient() as client:
        with pytest.raises(httpx.ReadError):
            await client.get(f"{url}/crash")
        after = await client.get(url)

    assert after.text == "hello"


async def test_many_small_answers_are_quick() -> None:
    """On a connection that is used for long not every call waits 40 ms for the one before."""
    took = []
    async with serve(_APP) as url, httpx.AsyncClient() as client:
        for _ in range(100):
            started = time.monotonic()
            await client.get(url)
            took.append(time.monotonic() - started)

    assert min(took[50:]) < 0.04
