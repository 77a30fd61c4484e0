"""Streams over a real line: slow, silent, torn and hung up."""

import asyncio

import pytest

from bot.ondemand import (
    Delta,
    Event,
    Finished,
    Limits,
    OnDemandClient,
    TimedOutError,
)
from tests.unit.ondemand.frames import DONE, HEARTBEAT, MESSAGE, SESSION, said
from tests.unit.ondemand.other_side import (
    QUERY,
    STREAM_HEAD,
    broken,
    connected,
    heard,
    read,
    serving,
)

SHORT = Limits(first_byte=0.3, silence=0.3, total=1.0)


async def talk_until_closed(writer: asyncio.StreamWriter, chunk: bytes, every: float) -> None:
    """Say the same again and again until nobody listens."""
    while True:
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(every)


@pytest.mark.parametrize(
    ("first", "again", "reason"),
    [
        (STREAM_HEAD + said("A"), b"", "silence"),
        (STREAM_HEAD + said("A"), b"d", "silence"),
        (STREAM_HEAD + said("A"), HEARTBEAT, "overtime"),
        (STREAM_HEAD + said("A"), b": ping\n\n", "overtime"),
        (STREAM_HEAD + said("A"), b"data:{broken\n\n", "overtime"),
    ],
    ids=["silence", "a drip", "heartbeats for ever", "comments for ever", "nonsense for ever"],
)
async def test_every_wait_ends(first: bytes, again: bytes, reason: str) -> None:
    """Silence ends a stream, heartbeats keep it alive, and nothing keeps it for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(first)
        await talk_until_closed(writer, again, 0.1)

    async with serving(talk) as url, connected(url, SHORT) as client, asyncio.timeout(10):
        error = await broken(client)

    assert (error.reason, error.text, error.message_id) == (reason, "A", MESSAGE)


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n"], ids=["no word", "half a head"])
async def test_no_answer_at_all(first: bytes) -> None:
    """A server that takes the query and says nothing leaves us uncertain, in time."""
    asked = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await heard(reader)
        asked += 1
        writer.write(first)
        await talk_until_closed(writer, b"", 0.1)

    async with serving(talk) as url, connected(url, SHORT) as client, asyncio.timeout(10):
        with pytest.raises(TimedOutError):
            await read(client)

    assert asked == 1


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until the end"])
async def test_a_reset_inside_a_frame(chunked: bool) -> None:
    """A connection torn down in the middle of a frame keeps the words before it."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        head, part = STREAM_HEAD, said("A", "B") + b'event:message\ndata:{"eventTy'
        if chunked:
            head = head.replace(b"Connection: close", b"Transfer-Encoding: chunked")
            part = b"%x\r\n%s\r\n" % (len(part), part)
        writer.write(head + part)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()

    async with serving(talk) as url, connected(url) as client, asyncio.timeout(10):
        error = await broken(client)

    assert (error.reason, error.text, error.message_id) == ("cut", "AB", MESSAGE)


async def test_single_bytes_over_a_real_line() -> None:
    """Letters of any script survive a line that carries one byte at a time."""
    text = "Gr\u00fc\u00df \u0645\u0631\u062d\u0628\u0627 \U0001f30d"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(STREAM_HEAD)
        for byte in said(text) + DONE:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    async with serving(talk) as url, connected(url) as client, asyncio.timeout(10):
        events = await read(client)

    assert events == [Delta(text), Finished(text, MESSAGE)]


@pytest.mark.parametrize("how", ["leaving", "cancelling"])
async def test_closing_closes_the_connection(how: str) -> None:
    """Whoever stops listening hangs up within a second, in whatever way they stop."""
    hung_up = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(STREAM_HEAD + said("A"))
        await reader.read()  # Nothing more comes; it ends when the other side hangs up.
        hung_up.set()

    async def listen(client: OnDemandClient) -> None:
        async with client.chat.stream(SESSION, QUERY) as answer:
            await anext(answer)
            if how == "cancelling":
                await anext(answer)

    async with serving(talk) as url, connected(url) as client:
        task = asyncio.create_task(listen(client))
        if how == "cancelling":
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            await task
        async with asyncio.timeout(1):
            await hung_up.wait()

    assert hung_up.is_set()


async def test_many_answers_at_once() -> None:
    """A hundred and fifty answers grow side by side, and none waits for another to end."""
    everybody = asyncio.Barrier(150)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(STREAM_HEAD + HEARTBEAT.replace(SESSION.encode(), b""))
        await everybody.wait()
        writer.write(DONE)
        await writer.drain()

    limits = Limits(queries_per_minute=150)
    async with serving(talk) as url, connected(url, limits) as client, asyncio.timeout(30):

        async def ask(session_id: str) -> list[Event]:
            async with client.chat.stream(session_id, QUERY) as answer:
                return [event async for event in answer]

        answers = await asyncio.gather(*(ask(f"session-{number}") for number in range(150)))

    assert answers == [[Finished("", MESSAGE)]] * 150


CHUNKED_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def chunked(*pieces: bytes) -> bytes:
    """Pieces of a body, as a connection carries them that is kept."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


@pytest.mark.parametrize(
    ("end", "connections"), [(b"0\r\n\r\n", 1), (b"", 3)], ids=["a polite end", "no end at all"]
)
async def test_one_connection_carries_one_answer_after_another(
    end: bytes, connections: int
) -> None:
    """Who talks on has a connection already; one that never ends is given up at once."""
    seen = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        while True:
            await heard(reader)
            writer.write(CHUNKED_HEAD + chunked(said("A"), DONE) + end)

    async with serving(talk) as url, connected(url) as client, asyncio.timeout(10):
        answers = [await read(client) for _ in range(3)]

    assert [answer[-1] for answer in answers] == [Finished("A", MESSAGE, None, 0)] * 3
    assert seen == connections
