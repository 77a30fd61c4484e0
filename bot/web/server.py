"""The HTTP server, inside the loop of the house: uvicorn without its signals, and less patient.

uvicorn waits for ever for the head of a request that somebody began, so here that has a limit.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from bot.storage import MisconfiguredError

#: Seconds in which the head of a request has to be here.
HEAD_PATIENCE = 10.0

#: Seconds that requests get to be answered when the house is closed.
FAREWELL = 5

#: Connections at once. Telegram opens a hundred at most.
MOST_CONNECTIONS = 1000


class _Protocol(HttpToolsProtocol):
    """HTTP in which nobody takes for ever to say what they want."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._expect_a_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request.
        if cycle is None or cycle.response_complete:
            self._expect_a_head()
        else:
            self._expect_nothing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect_a_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_PATIENCE, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Server(uvicorn.Server):
    """Signals are the house's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(app: Any, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve an ASGI app for the length of the block; gives the port. Port 0 takes a free one.

    Leaving the block takes no more requests, and lets those that came be answered for some seconds.

    Raises `MisconfiguredError` when the port is not to be had.
    """
    listening = _listen(host, port)
    config = uvicorn.Config(
        app,
        http=_Protocol,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # Nobody is told apart by an address.
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=65,  # Telegram keeps a connection for a minute.
        timeout_graceful_shutdown=FAREWELL,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio switches Nagle's algorithm off only for sockets that
    # say TCP; without it an answer can wait 40 ms for the acknowledgement of the one before.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise MisconfiguredError(
            f"PORT {port} on {host} is not to be had: {error.strerror}"
        ) from None
    return listening
