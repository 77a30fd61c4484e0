"""A real HTTP server for an ASGI app, on loopback, inside the loop that is already running.

uvicorn's own `Server` takes over the signal handlers and polls ten times a second, so stopping it
costs a third of a second and an open event stream holds it for longer. We use what is below it: its
configuration and its HTTP protocol, on a socket of ours. Starting and stopping then take a few
milliseconds each.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_FAREWELL = 0.5  # seconds a request may take to notice that its connection is gone


class _Protocol(H11Protocol):
    """The HTTP of uvicorn, which also tells each request how to break its own connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self.app_state = {**self.app_state, "reset": partial(_reset, transport)}


@asynccontextmanager
async def serve(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve `app` for the length of the block; gives the URL, which has no slash at its end.

    Port 0 takes a free one. Leaving the block breaks every open connection, long streams too, and
    is over in less than a second. Signals stay with whoever owns the loop, the app gets no lifespan
    events, and nothing is logged per request. Raises `OSError` when the port is taken.
    """
    # A client may keep a connection for a minute between two questions.
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=60,
    )
    config.load()
    state = ServerState()
    state.default_headers = config.encoded_headers
    loop = asyncio.get_running_loop()
    listening = _listen(host, port)
    server = await loop.create_server(
        lambda: _Protocol(config=config, server_state=state, app_state={}), sock=listening
    )
    try:
        yield f"http://{host}:{listening.getsockname()[1]}"
    finally:
        server.close()
        for connection in tuple(state.connections):
            connection.transport.abort()
        if state.tasks:
            _, deaf = await asyncio.wait(state.tasks, timeout=_FAREWELL)
            for task in deaf:
                task.cancel()
            await asyncio.gather(*deaf, return_exceptions=True)
        await server.wait_closed()


async def reset_connection(scope: Scope) -> None:
    """Break the connection of this request as a crashed machine would: TCP reset, no farewell.

    Only for apps run by `serve`; what was written but has not left yet is lost. The handler may go
    on and even answer: nobody hears it.
    """
    scope["state"]["is_reset"] = True
    cast(Callable[[], None], scope["state"]["reset"])()
    # The server hears of the loss in the next round of the loop.
    await asyncio.sleep(0)


def _reset(transport: asyncio.Transport) -> None:
    # Closing a socket that lingers for zero seconds makes the kernel send RST instead of FIN.
    connection = transport.get_extra_info("socket")
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's algorithm off only for sockets that say
    # TCP; without it each answer waits some 40 ms for the acknowledgement of the one before.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening
