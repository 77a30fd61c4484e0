"""A line between the client and the sandbox, for seeing from the other end who hangs up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Line:
    """Carries bytes both ways, and notes when the near end is closed."""

    def __init__(self, far: str) -> None:
        self._far = urlsplit(far)
        #: Where to connect to.
        self.url = ""
        #: Set once a caller has closed a connection.
        self.hung_up = asyncio.Event()

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either end closes it."""
        far_reader, far_writer = await asyncio.open_connection(self._far.hostname, self._far.port)
        back = asyncio.create_task(_carry(far_reader, writer))
        await _carry(reader, far_writer)
        self.hung_up.set()
        await back


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()
    except ConnectionError:
        pass  # A broken line ends like a closed one.
    finally:
        writer.close()


@asynccontextmanager
async def lay(far: str) -> AsyncIterator[Line]:
    """A line to this base URL."""
    line = Line(far)
    server = await asyncio.start_server(line.meet, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
