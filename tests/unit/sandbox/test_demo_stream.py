"""What open pages are told: in order, and again where a page was gone for a while."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from bot.sandbox.demo.stream import KEPT, Stream


def told(event: bytes) -> tuple[str, str, object]:
    """The id, the kind and the data of an event."""
    fields = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
    return fields["id"], fields["event"], json.loads(fields["data"])


async def take(events: AsyncIterator[bytes], n: int) -> list[tuple[str, str, object]]:
    """The next events of a stream, which is closed then."""
    async with aclosing(events) as open_events, asyncio.timeout(5):  # type: ignore[type-var]  # A generator.
        return [told(await anext(open_events)) for _ in range(n)]


async def test_every_page_is_told_everything_in_order() -> None:
    """Two tabs show the same, and each event has a number."""
    stream = Stream(3)
    listening = [asyncio.create_task(take(stream.follow(None), 2)) for _ in range(2)]
    await asyncio.sleep(0)

    stream.tell("message", {"text": "Olá\n<script>"})
    stream.tell("deleted", {"id": 7})

    expected = [("3-1", "message", {"text": "Olá\n<script>"}), ("3-2", "deleted", {"id": 7})]
    assert await asyncio.gather(*listening) == [expected, expected]


async def test_a_page_that_comes_back_gets_what_it_missed() -> None:
    """My connection breaks, and the page goes on after the last event it saw."""
    stream = Stream(1)
    for number in range(1, 5):
        stream.tell("message", {"id": number})

    missed = await take(stream.follow("1-2"), 2)

    assert [data for *_, data in missed] == [{"id": 3}, {"id": 4}]


async def test_a_snapshot_and_the_events_after_it_leave_no_gap() -> None:
    """What happens between a snapshot and the stream is told by the stream."""
    stream = Stream(1)
    stream.tell("message", {"id": 1})
    position = stream.position
    stream.tell("message", {"id": 2})

    assert await take(stream.follow(position), 1) == [("1-2", "message", {"id": 2})]


@pytest.mark.parametrize("after", ["1-0", "2-1", "1-99999", "nonsense", "1-x", ""])
async def test_whoever_missed_too_much_is_told_to_begin_anew(after: str) -> None:
    """After a long sleep, or when the demo was started anew, the page asks for everything again."""
    stream = Stream(1)
    for number in range(KEPT + 1):
        stream.tell("message", {"id": number})

    events = await take(stream.follow(after), 1)

    assert events == [(stream.position, "reset", {"world": 1})]


async def test_a_page_that_reads_slowly_is_told_to_begin_anew() -> None:
    """A sleeping tab does not fill the memory: what it has not read in time is gone for it."""
    stream = Stream(1)
    stream.tell("message", {"id": 0})
    async with aclosing(stream.follow("1-0")) as events:  # type: ignore[type-var]  # A generator.
        first = told(await anext(events))
        for number in range(KEPT + 5):
            stream.tell("message", {"id": number})
        then = told(await anext(events))

    assert (first[1], then[1]) == ("message", "reset")


async def test_silence_is_broken_so_that_a_dead_line_is_noticed() -> None:
    """Where nothing happens a comment comes now and then."""
    stream = Stream(1, heartbeat=0.01)

    async with aclosing(stream.follow(None)) as events:  # type: ignore[type-var]  # A generator.
        assert (await anext(events)).startswith(b": ")
