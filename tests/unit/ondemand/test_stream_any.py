"""Whatever is streamed, and however slowly it is read, a stream keeps its promises."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ondemand import (
    AnswerStream,
    Delta,
    Event,
    Finished,
    Limits,
    StreamInterruptedError,
)
from tests.unit.ondemand.frames import DONE, HEARTBEAT, MESSAGE, SESSION, said


def scripted(*chunks: bytes, limits: Limits | None = None) -> AnswerStream:
    """A stream of these chunks, read without any connection."""

    async def body() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return AnswerStream(
        body(),
        session_id=SESSION,
        limits=limits or Limits(),
        started=asyncio.get_running_loop().time(),
    )


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
KINDS = st.sampled_from(
    [
        "fulfillment",
        "statusLog",
        "metricsLog",
        "planning_thinking",
        "step_output",
        "plugin_sources",
        "clarification_request",
        "ondemand_agent.todo",
        "error",
        "nonsense",
    ]
)
FIELDS = st.sampled_from(
    [
        "answer",
        "currentStatusLog",
        "publicMetrics",
        "thinking",
        "output",
        "sources",
        "clarificationRequest",
        "sessionId",
        "messageId",
        "data",
        "error",
        "errorCode",
        "message",
        "details",
    ]
)
FRAMES = st.builds(
    lambda kind, channel, fields: (
        f"event:{channel}\ndata:{json.dumps(fields | {'eventType': kind})}\n\n".encode()
    ),
    KINDS | JUNK,
    st.sampled_from(["message", "thinking", "heartbeat", "error", "agent", "new"]),
    st.dictionaries(FIELDS, JUNK, max_size=4),
)


@settings(max_examples=600, deadline=None)
@given(st.lists(FRAMES | st.binary(max_size=60), max_size=8), st.booleans())
async def test_any_stream_ends_well_or_typed(chunks: list[bytes], whole: bool) -> None:
    """Whatever is streamed, it ends with the answer or with the one error that says why not."""
    answer = scripted(*chunks, *([b"\n\n", DONE] if whole else []))
    events: list[Event] = []
    error: StreamInterruptedError | None = None

    try:
        await answer.begin()
        async for event in answer:
            events.append(event)  # noqa: PERF401  What came before an error counts.
    except StreamInterruptedError as caught:
        error = caught

    text = "".join(event.text for event in events if isinstance(event, Delta))
    finished = [event for event in events if isinstance(event, Finished)]
    assert (len(finished) == 1) == (error is None)
    assert text.encode().decode() == text
    assert error is None or not text or error.text == text


async def test_a_slow_reader_loses_nothing() -> None:
    """Only waiting for them counts as their silence: we may take our time between events."""
    answer = scripted(said("A"), said("B"), DONE, limits=Limits(silence=0.05, first_byte=0.05))
    await answer.begin()
    events = []

    async for event in answer:
        events.append(event)
        await asyncio.sleep(0.07)

    assert events == [Delta("A"), Delta("B"), Finished("AB", MESSAGE)]


async def test_a_flood_without_a_pause() -> None:
    """A stream that never stops talking, and never lets anybody else, is ended all the same."""
    answer = scripted(*[HEARTBEAT] * 1_000_000, limits=Limits(total=0.1))

    with pytest.raises(StreamInterruptedError) as caught:
        await answer.begin()
        await anext(answer)

    assert caught.value.reason == "overtime"
