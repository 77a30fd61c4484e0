"""What the OnDemand client costs: `uv run python benchmarks/client.py`, half a minute.

Two questions, each answered by figures of one run on one machine:

1. How fast is a stream read? Frames as they were captured go through the decoder alone, and
   through everything up to typed events, in chunks of several sizes.
2. How much later does a piece of an answer arrive than it could? A small server on loopback,
   in a process of its own, streams the same answer to our client and to a bare `httpx` loop that
   only splits lines, in turns. Every frame carries the moment it was sent, so what is compared
   is the time from their hand to ours, piece by piece; the aim is a ratio of at most 1.2.

The server sends a frame every few milliseconds, as a model does; and once, in the last line,
without any pause, which no model does: there the frames queue up, and the whole time says
nothing but what reading costs.
"""

import asyncio
import json
import multiprocessing
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median

import httpx

from bot.ondemand import Delta, Limits, OnDemandClient, Query
from bot.ondemand.sse import SSEDecoder
from bot.ondemand.stream import AnswerStream

SESSION = "6aca10000000000000000001"
MESSAGE = "6aca20000000000000000002"
FRAMES = 400
PATH = f"/chat/v1/sessions/{SESSION}/query"
DONE = b"event:message\ndata:[DONE]\n\n"


def frame(number: int) -> bytes:
    """A piece of an answer, as it was captured, with the moment it is sent as its text."""
    data = {
        "sessionId": SESSION,
        "messageId": MESSAGE,
        "answer": f"{time.monotonic():.7f} ",
        "status": "processing",
        "eventIndex": number,
        "eventType": "fulfillment",
    }
    return b"event:message\ndata:" + json.dumps(data).encode() + b"\n\n"


# 1. Reading


async def chunks_of(stream: bytes, size: int) -> AsyncIterator[bytes]:
    """A stream in pieces of one size."""
    for at in range(0, len(stream), size):
        yield stream[at : at + size]


async def reading() -> None:
    """Print how fast frames are decoded, and events read."""
    count = 20_000
    stream = b"".join(map(frame, range(count))) + DONE
    print(f"reading {count} frames of {len(stream) // count} bytes")
    print(
        f"{'bytes a chunk':>14} {'decoder, events/s':>18} {'µs':>7} {'all, events/s':>14} {'µs':>7}"
    )
    for size in (16, 256, 4_096, 65_536):
        begun = time.perf_counter()
        decoder = SSEDecoder(line_limit=262_144)
        for at in range(0, len(stream), size):
            decoder.feed(stream[at : at + size])
        decoding = time.perf_counter() - begun

        begun = time.perf_counter()
        answer = AnswerStream(
            chunks_of(stream, size),
            session_id=SESSION,
            limits=Limits(),
            started=asyncio.get_running_loop().time(),
        )
        events = [event async for event in answer]
        whole = time.perf_counter() - begun
        assert len(events) == count + 1  # noqa: S101  A figure of something else is worth nothing.
        print(
            f"{size:>14} {count / decoding:>18,.0f} {decoding / count * 1e6:>7.1f}"
            f" {count / whole:>14,.0f} {whole / count * 1e6:>7.1f}"
        )


# 2. Arriving


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Stream an answer, with the pause between frames that the endpoint's name asks for."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    pause = float(json.loads(await reader.readexactly(length))["endpointId"])
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    for number in range(FRAMES):
        piece = frame(number)
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
        await asyncio.sleep(pause)
    writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(DONE), DONE))
    await writer.drain()
    writer.close()


def serve(parent: Connection) -> None:
    """Be the server, and say on which port."""

    async def run() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        parent.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@dataclass(frozen=True, slots=True)
class Answer:
    """How long an answer took: all of it, and each piece on its way. Seconds."""

    whole: float
    pieces: list[float]


async def by_bare_loop(http: httpx.AsyncClient, pause: float) -> Answer:
    """Read an answer with `httpx` alone: lines, and nothing made of them."""
    body = {"query": "Hi", "endpointId": str(pause), "responseMode": "stream"}
    begun = time.monotonic()
    async with http.stream("POST", PATH, json=body) as response:
        lines = [
            (time.monotonic(), line[5:])
            async for line in response.aiter_lines()
            if line.startswith("data:")
        ]
    whole = time.monotonic() - begun
    return Answer(whole, [came - float(json.loads(line)["answer"]) for came, line in lines[:-1]])


async def by_client(client: OnDemandClient, pause: float) -> Answer:
    """Read an answer with our client: typed events, checked, capped, watched."""
    query = Query(text="Hi", endpoint_id=str(pause))
    begun = time.monotonic()
    async with client.chat.stream(SESSION, query) as answer:
        events = [
            (time.monotonic(), event.text) async for event in answer if isinstance(event, Delta)
        ]
    whole = time.monotonic() - begun
    return Answer(whole, [came - float(sent) for came, sent in events])


async def arriving(base_url: str) -> None:
    """Print how much later an answer arrives with our client than without."""
    print(
        f"\nan answer of {FRAMES} frames over loopback; medians of the way of a piece, and of all"
    )
    print(f"{'pause, ms':>10} {'piece, µs':>22} {'ratio':>6} {'whole, ms':>20} {'ratio':>6}")
    print(f"{'':>10} {'bare loop':>11}{'client':>11} {'':>6} {'bare loop':>11}{'client':>9}")
    limits = Limits(queries_per_minute=10_000)
    async with (
        httpx.AsyncClient(base_url=base_url) as http,
        OnDemandClient("key", user_agent="b/1", base_url=base_url, limits=limits) as client,
    ):
        for pause, rounds in ((0.005, 5), (0.002, 9), (0.0, 41)):
            bare: list[Answer] = []
            ours: list[Answer] = []
            for _ in range(rounds):
                bare.append(await by_bare_loop(http, pause))
                ours.append(await by_client(client, pause))
            assert all(len(each.pieces) == FRAMES for each in bare + ours)  # noqa: S101
            one, two = (median(piece for a in them for piece in a.pieces) for them in (bare, ours))
            all_one, all_two = (median(a.whole for a in them) for them in (bare, ours))
            print(
                f"{pause * 1e3:>10.0f} {one * 1e6:>11.0f}{two * 1e6:>11.0f} {two / one:>6.2f}"
                f" {all_one * 1e3:>11.1f}{all_two * 1e3:>9.1f} {all_two / all_one:>6.2f}"
            )


def main() -> None:
    """Measure and print."""
    asyncio.run(reading())
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        asyncio.run(arriving(f"http://127.0.0.1:{here.recv()}"))
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
