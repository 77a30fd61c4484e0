"""The line to a server: it can be cut, mended, slowed down, and spoken into by somebody else.

A line to several servers gives each of them its turn, as a load balancer does.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Line:
    """Carries bytes between the bot and servers on loopback. `open_line` opens one."""

    def __init__(self, *servers: str) -> None:
        """`servers` are the URLs of those at the other end."""
        addresses = map(urlsplit, servers)
        self._servers = deque((each.hostname or "", each.port or 0) for each in addresses)
        self._listening: asyncio.Server | None = None
        self._wires: set[asyncio.Task[None]] = set()
        self._said: list[tuple[bytes, bytes]] = []
        self._is_cut = True
        #: Seconds that every single byte of an answer takes; zero carries them as they come.
        self.seconds_a_byte = 0.0
        #: Where the bot finds the server. It stays the same whatever happens to the line.
        self.url = ""

    async def mend(self) -> None:
        """Carry bytes, from now on or again."""
        self._is_cut = False
        port = urlsplit(self.url).port or 0
        self._listening = await asyncio.start_server(self._carry, "127.0.0.1", port)
        port = self._listening.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    async def cut(self) -> None:
        """Refuse connections, and break those there are, taken in this very moment too."""
        self._is_cut = True
        if self._listening is not None:
            self._listening.close()
        for wire in self._wires:
            wire.cancel()
        await asyncio.gather(*self._wires, return_exceptions=True)
        await asyncio.sleep(0.01)  # What was closed ends in the next rounds of the loop.

    def will_say(self, answer: bytes, *, to: bytes = b"") -> None:
        """Answer the next request whose head contains `to` with these bytes, and hang up."""
        self._said.append((to, answer))

    async def _carry(self, bot: asyncio.StreamReader, to_bot: asyncio.StreamWriter) -> None:
        wire = asyncio.current_task()
        assert wire is not None
        self._wires.add(wire)
        writers, ways = [to_bot], list[asyncio.Task[None]]()
        try:
            if self._is_cut:
                return
            opened = await self._reach()
            if opened is None:
                return
            server, to_server = opened
            writers.append(to_server)
            ways += [
                asyncio.create_task(self._requests(bot, to_server, to_bot)),
                asyncio.create_task(self._answers(server, to_bot)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # All of this before anything is waited for: the line may be cut while a wire ends.
            for writer in writers:
                # What nobody reads any more would keep it open for ever.
                writer.transport.abort() if self._is_cut else writer.close()
            for way in ways:
                way.cancel()
            self._wires.discard(wire)
            await asyncio.gather(*ways, return_exceptions=True)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The next server that listens, if any does."""
        for _ in range(len(self._servers)):
            self._servers.rotate(-1)
            with suppress(ConnectionError):
                return await asyncio.open_connection(*self._servers[0])
        return None

    async def _requests(
        self,
        bot: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        to_bot: asyncio.StreamWriter,
    ) -> None:
        while piece := await bot.read(65_536):
            said = next((each for each in self._said if each[0] in piece), None)
            if said is not None:
                self._said.remove(said)
                to_bot.write(said[1])
                await to_bot.drain()
                # Whoever hangs up with a request unread resets the connection.
                await asyncio.wait([asyncio.ensure_future(bot.read(65_536))], timeout=0.05)
                return
            to_server.write(piece)
            await to_server.drain()

    async def _answers(self, server: asyncio.StreamReader, to_bot: asyncio.StreamWriter) -> None:
        while piece := await server.read(1 if self.seconds_a_byte else 65_536):
            if self.seconds_a_byte:
                await asyncio.sleep(self.seconds_a_byte)
            to_bot.write(piece)
            await to_bot.drain()


@asynccontextmanager
async def open_line(*servers: str) -> AsyncIterator[Line]:
    """A line to these servers, for the length of the block."""
    line = Line(*servers)
    await line.mend()
    try:
        yield line
    finally:
        await line.cut()


def page(body: str, *, status: str = "200 OK", kind: str = "text/html") -> bytes:
    """A whole HTTP answer."""
    content = body.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + content


def stream(lines: Sequence[str], *, ends: bool = True) -> bytes:
    """A streamed answer of these lines; one that does not end properly breaks off."""
    body = "".join(f"{line}\r\n" for line in lines).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    length = len(body) + (0 if ends else 1000)
    return head + f"Content-Length: {length}\r\nConnection: close\r\n\r\n".encode() + body
