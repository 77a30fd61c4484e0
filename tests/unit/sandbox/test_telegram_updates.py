"""The queue of updates, polled as bots poll it."""

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any

import pytest

from bot.sandbox.telegram.changes import Changes
from bot.sandbox.telegram.refusals import Refusal
from bot.sandbox.telegram.updates import PRESS_LIFE, Updates
from tests.conftest import HandClock


@pytest.fixture
def updates(clock: HandClock) -> Updates:
    """Return an empty queue."""
    return Updates(clock.now, Changes(), seed=7)


async def poll(
    updates: Updates,
    offset: int = 0,
    *,
    limit: int = 100,
    seconds: int = 0,
    allowed: Iterable[str] | None = None,
) -> list[dict[str, Any]]:
    """Poll once and return the updates."""
    async with asyncio.timeout(10):
        bodies = await updates.poll(offset=offset, limit=limit, seconds=seconds, allowed=allowed)
    return [json.loads(body) for body in bodies]


def add(updates: Updates, text: str, kind: str = "message") -> int:
    """Queue an update."""
    update_id = updates.add(kind, {"text": text}, queue=5)
    assert update_id is not None
    return update_id


async def test_ids_count_up_from_anywhere(updates: Updates) -> None:
    """The first id is random, the next ones follow."""
    first = add(updates, "a")

    assert add(updates, "b") == first + 1
    assert first > 1_000_000


async def test_an_update_stays_until_an_offset_passes_it(updates: Updates) -> None:
    """What is not confirmed is delivered again."""
    first = add(updates, "a")
    add(updates, "b")

    assert [u["message"]["text"] for u in await poll(updates, limit=10)] == ["a", "b"]
    assert [u["message"]["text"] for u in await poll(updates, first + 1)] == ["b"]
    assert await poll(updates, first + 2, seconds=0) == []
    assert updates.pending == {}


async def test_a_negative_offset_keeps_only_the_last_ones(updates: Updates) -> None:
    """Offset -1 gives the newest update and forgets the others."""
    for text in "abc":
        add(updates, text)

    assert [u["message"]["text"] for u in await poll(updates, -1)] == ["c"]
    assert len(updates.pending) == 1


async def test_a_long_poll_ends_when_something_comes(updates: Updates) -> None:
    """A waiting bot hears of an update at once."""
    waiting = asyncio.create_task(poll(updates, seconds=50))
    await asyncio.sleep(0)
    add(updates, "a")

    assert [u["message"]["text"] for u in await waiting] == ["a"]


async def test_the_older_of_two_pollers_is_sent_away(updates: Updates) -> None:
    """Two instances of a bot cannot poll at once: the one that came first gets the 409."""
    older = asyncio.create_task(poll(updates, seconds=50))
    await asyncio.sleep(0)
    newer = asyncio.create_task(poll(updates, 5, seconds=50))

    with pytest.raises(Refusal, match="terminated by other getUpdates request") as caught:
        await older
    add(updates, "a")

    assert caught.value.code == 409
    assert len(await newer) == 1


async def test_repeating_a_poll_in_haste_is_slowed_down(updates: Updates) -> None:
    """The same offset again at once waits up to three seconds and gets one update."""
    add(updates, "a")
    add(updates, "b")

    assert len(await poll(updates)) == 2
    assert len(await poll(updates)) == 1


async def test_an_empty_poll_repeated_in_haste_waits_three_seconds(updates: Updates) -> None:
    """Nobody polls Telegram in a tight loop."""
    await poll(updates)
    started = time.monotonic()

    assert await poll(updates) == []
    assert time.monotonic() - started > 2.5


async def test_only_kinds_that_are_asked_for_are_queued(updates: Updates) -> None:
    """Allowed updates count from now on; an empty list means the usual kinds."""
    assert updates.add("chat_member", {}, queue=5) is None

    await poll(updates, allowed=["chat_member"])

    assert updates.add("message", {}, queue=5) is None
    assert updates.add("chat_member", {}, queue=5) is not None
    updates.allow([])
    assert updates.add("message", {}, queue=5) is not None


async def test_lives_end(updates: Updates, clock: HandClock) -> None:
    """A pressed button is forgotten after 150 seconds, a message after a day."""
    updates.add("callback_query", {}, queue=5, life=PRESS_LIFE)
    add(updates, "a")

    clock.advance(151)
    assert [sorted(u)[0] for u in await poll(updates)] == ["message"]
    clock.advance(86_400)
    assert await poll(updates, 1) == []


async def test_an_injected_update_comes_whatever_was_confirmed(updates: Updates) -> None:
    """Poison with a low id is delivered once although the offset is beyond it."""
    confirmed = add(updates, "a") + 1
    updates.inject({"update_id": 3, "message": "no object at all"})

    assert await poll(updates, confirmed) == [{"update_id": 3, "message": "no object at all"}]
    assert await poll(updates, confirmed + 1, seconds=0) == []


async def test_an_update_can_come_twice(updates: Updates) -> None:
    """A confirmed update is delivered again when the network wants it so."""
    first = add(updates, "a")
    await poll(updates, first + 1)

    updates.redeliver(first)

    assert [u["update_id"] for u in await poll(updates, first + 2)] == [first]
    with pytest.raises(KeyError):
        updates.redeliver(1)
