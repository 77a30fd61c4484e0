"""Answers as they grow: both dialects, every way of writing them down, every way they end."""

import asyncio
from collections.abc import Sequence
from itertools import combinations

import pytest

from bot.ondemand import (
    Clarification,
    Delta,
    Event,
    FailedError,
    Finished,
    Limits,
    OnDemandClient,
    Reason,
    Session,
    Source,
    Sources,
    Status,
    StreamInterruptedError,
    Thinking,
    Usage,
)
from bot.sandbox.ondemand import OnDemandSandbox
from tests.contracts.ondemand_client.line import lay
from tests.contracts.ondemand_client.proof import (
    LIMITS,
    PERPLEXITY,
    SAID,
    Parameters,
    connected,
    proves,
    query,
    read,
    told,
)

DIALECTS = ("july", "october")


@proves("july", "october")
async def test_an_answer_of_july(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """In July I see each step of the work, and the whole answer is told twice and shown once."""
    ondemand.assistant.will_say(SAID, thinking=("Hm.",))
    ondemand.will("july")

    events = await read(client, session.id, query(plugins=[PERPLEXITY]))

    steps = [event.kind for event in events if isinstance(event, Status)]
    assert steps == [
        "initializing",
        "agents_retrieved",
        "executing",
        "execution_completed",
        "fulfilling",
        "fulfillment_completed",
    ]
    assert [event.answer for event in events if isinstance(event, Status)][-1] == SAID
    assert told(events) == SAID
    _ends_well(events)


@proves("july", "october")
async def test_an_answer_of_october(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """In October the work is told as thinking, and none of it gets into the answer."""
    ondemand.assistant.will_say(SAID, thinking=("Hm.",))
    ondemand.will("october")

    events = await read(client, session.id, query(plugins=[PERPLEXITY]))

    phases = [event.phase for event in events if isinstance(event, Thinking)]
    assert phases == ["planning_thinking", "step_thinking", "fulfillment_thinking"]
    assert not [event for event in events if isinstance(event, Status)]
    assert told(events) == SAID
    _ends_well(events)


def _ends_well(events: Sequence[Event], *, text: str = SAID, skipped: int = 0) -> None:
    """The answer came piece by piece, with its price, and is whole."""
    *_, usage, finished = events
    assert isinstance(usage, Usage)
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens > 0
    assert isinstance(finished, Finished)
    assert (finished.text, finished.usage, finished.skipped) == (text, usage, skipped)


WRITTEN: list[tuple[str, Parameters]] = [
    ("no_blank_lines", {}),
    ("no_event_lines", {}),
    ("space_after_colon", {}),
    ("sse_comments", {}),
    ("data_over_two_lines", {}),
    ("split_bytes", {"size": 1}),
    ("split_bytes", {"size": 7}),
    ("heartbeats_around", {}),
    ("long_silence", {"seconds": 0.1, "every": 0.02}),
    ("thinking_dominated", {"frames": 300}),
    ("agent_events", {}),
    ("plugin_sources", {}),
]


@proves(*(behaviour for behaviour, _ in WRITTEN))
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("behaviour", "parameters"), WRITTEN)
async def test_an_answer_is_the_same_however_it_is_written(
    behaviour: str,
    parameters: Parameters,
    dialect: str,
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
    session: Session,
) -> None:
    """Lines, pieces, heartbeats and asides do not change a letter of what I read."""
    ondemand.assistant.will_say(SAID)
    ondemand.will(dialect)
    ondemand.will(behaviour, **parameters)

    events = await read(client, session.id)

    assert told(events) == SAID
    _ends_well(events)
    assert ondemand.paid == 1


ODD = ("no_blank_lines", "no_event_lines", "space_after_colon", "sse_comments",
       "data_over_two_lines", "split_bytes", "heartbeats_around", "bad_frame")  # fmt: skip


@proves(*ODD)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_answer_is_the_same_written_in_odd_ways_at_once(
    dialect: str, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """Any two oddities together, and all of them, still make the answer, and nothing else."""
    heard = {}
    for mix in [*combinations(ODD, 2), ODD]:
        session = await client.chat.create_session("anna")
        ondemand.behave()
        for behaviour in (dialect, *mix):
            ondemand.will(behaviour)
        ondemand.assistant.will_say(SAID)
        heard[mix] = told(await read(client, session.id))

    assert heard == dict.fromkeys(heard, SAID)


@proves("thinking_as_list", "bad_frame")
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("behaviour", ["thinking_as_list", "bad_frame"])
async def test_a_frame_without_sense_is_left_out(
    behaviour: str,
    dialect: str,
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
    session: Session,
) -> None:
    """One odd frame costs that frame, which is counted, and not the answer."""
    ondemand.assistant.will_say(SAID)
    ondemand.will(dialect)
    ondemand.will(behaviour)

    events = await read(client, session.id)

    assert told(events) == SAID
    _ends_well(events, skipped=1)


@proves("thinking_dominated")
async def test_much_thinking_and_little_answer(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """Hundreds of thoughts are told apart from the answer in two pieces."""
    ondemand.assistant.will_say(SAID)
    ondemand.will("thinking_dominated", frames=300)

    events = await read(client, session.id)

    assert len([event for event in events if isinstance(event, Thinking)]) == 300
    assert len([event for event in events if isinstance(event, Delta)]) == 2


@proves("agent_events")
async def test_what_an_agent_does_is_told(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """What an agent is about is a step of the work."""
    ondemand.will("agent_events")

    events = await read(client, session.id)

    assert [event.kind for event in events if isinstance(event, Status)] == [
        "ondemand_agent.sandbox_created",
        "ondemand_agent.tool_call",
    ]


@proves("plugin_sources")
async def test_sources_are_told(
    ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """I learn which pages an answer rests on, and who found them."""
    ondemand.will("plugin_sources")

    events = await read(client, session.id)

    (sources,) = [event for event in events if isinstance(event, Sources)]
    assert sources == Sources("Perplexity", (Source("An example", "https://example.org/source"),))


@proves("clarification")
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_assistant_asks_back(
    dialect: str, ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """A question back is told as one; there is no answer, and that is no failure."""
    ondemand.will(dialect)
    ondemand.will("clarification", queries=["Paris, France?", "Paris, Texas?"])

    events = await read(client, session.id)

    asked = [event for event in events if isinstance(event, Clarification)]
    assert asked == [Clarification(("Paris, France?", "Paris, Texas?"))]
    assert told(events) == ""
    assert isinstance(events[-1], Finished)
    assert ondemand.paid == 1


@proves("done_inside_answer")
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_end_mark_that_is_text(
    dialect: str, ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """An answer about `data:[DONE]` does not end there."""
    ondemand.will(dialect)
    ondemand.will("done_inside_answer")

    events = await read(client, session.id)

    assert "data:[DONE]\n\nThat line was text." in told(events)
    _ends_well(events, text=told(events))


@proves("no_fulfillment")
@pytest.mark.parametrize(("dialect", "text"), [("july", SAID), ("october", "")])
async def test_an_answer_nobody_streams(
    dialect: str, text: str, ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """Where no piece comes the last status has the answer, and the message always has it."""
    ondemand.assistant.will_say(SAID)
    ondemand.will(dialect)
    ondemand.will("no_fulfillment")

    events = await read(client, session.id)
    finished = events[-1]
    assert isinstance(finished, Finished)
    found = await client.chat.recover(session.id, finished.message_id or "")

    assert not [event for event in events if isinstance(event, Delta)]
    assert (finished.text, found.answer) == (text, SAID)
    assert ondemand.paid == 1


@proves("tool_fails")
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_tool_that_failed(
    dialect: str, ondemand: OnDemandSandbox, client: OnDemandClient, session: Session
) -> None:
    """A failed tool is told in the answer's own words and is an answer like any other."""
    ondemand.will(dialect)
    ondemand.will("tool_fails")

    events = await read(client, session.id, query(plugins=[PERPLEXITY]))

    assert "Not enough credits" in told(events)
    _ends_well(events, text=told(events))


ERRORS: list[tuple[Parameters, str, int]] = [
    ({}, "ServerError", 500),
    ({"colon": False}, "ServerError", 500),
    ({"words": 0}, "ServerError", 500),
    ({"agents": ["agent-1775547203"]}, "AgentsRefusedError", 400),
    ({"agents": ["agent-1775547203"], "colon": False}, "AgentsRefusedError", 400),
    ({"text": "the model stumbled"}, "ServerError", 500),
    (
        {"text": '{"message":"Too long","errorCode":"context_length_exceeded"}'},
        "ContextTooLongError",
        400,
    ),
    ({"text": '{"message":"no","errorCode":"rate_limit_exceeded"}'}, "ThrottledError", 429),
]


@proves("error_mid_answer")
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("parameters", "refusal", "status"), ERRORS)
async def test_an_answer_that_fails_in_the_middle(
    parameters: Parameters,
    refusal: str,
    status: int,
    dialect: str,
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
    session: Session,
) -> None:
    """A failure reported in a stream keeps the words before it, says why, and is final."""
    ondemand.assistant.will_say(SAID)
    ondemand.will(dialect)
    ondemand.will("error_mid_answer", **parameters)

    with pytest.raises(StreamInterruptedError) as caught:
        await read(client, session.id)
    error = caught.value
    with pytest.raises(FailedError) as failed:
        await client.chat.recover(session.id, error.message_id or "")

    assert (error.reason, error.text) == (
        "error",
        "Grüße aus " if parameters.get("words") != 0 else "",
    )
    assert (type(error.refusal).__name__, error.refusal and error.refusal.status) == (
        refusal,
        status,
    )
    assert failed.value.message_id == error.message_id
    assert ondemand.paid == 1


# Waiting and leaving
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "delay", "reason"),
    [
        (Limits(silence=0.15), 0.6, "silence"),
        (Limits(total=0.15), 0.6, "overtime"),
        (Limits(answer=12), 0.0, "oversize"),
    ],
    ids=["silence", "overtime", "oversize"],
)
async def test_patience_has_an_end(
    limits: Limits, delay: float, reason: Reason, ondemand: OnDemandSandbox
) -> None:
    """An answer too slow or too long is left with what I have, and completes without me."""
    ondemand.assistant.will_say(SAID, first_delay=delay)

    async with connected(ondemand.url, limits=limits) as client:
        session = await client.chat.create_session("anna")
        with pytest.raises(StreamInterruptedError) as caught:
            await read(client, session.id)
        found = await client.chat.recover(session.id, caught.value.message_id or "")

    assert (caught.value.reason, found.answer) == (reason, SAID)
    assert (len(ondemand.calls("submit_query")), ondemand.paid) == (1, 1)


@proves("long_silence")
async def test_heartbeats_are_life_but_not_for_ever(ondemand: OnDemandSandbox) -> None:
    """Heartbeats carry an answer past the limit of silence, and end at the limit of the whole."""
    ondemand.assistant.will_say(SAID)
    ondemand.assistant.will_say(SAID)
    ondemand.will("long_silence", seconds=0.6, every=0.05)

    async with connected(ondemand.url, limits=Limits(silence=0.3)) as client:
        session = await client.chat.create_session("anna")
        patient = told(await read(client, session.id))
    async with connected(ondemand.url, limits=Limits(silence=0.3, total=0.3)) as client:
        session = await client.chat.create_session("anna")
        with pytest.raises(StreamInterruptedError) as caught:
            await read(client, session.id)

    assert patient == SAID
    assert (caught.value.reason, caught.value.text) == ("overtime", "")


@pytest.mark.parametrize("how", ["leaving", "failing", "cancelling"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_who_stops_reading_hangs_up(
    how: str, dialect: str, ondemand: OnDemandSandbox
) -> None:
    """Whoever stops reading hangs up within a second; the answer is finished and paid once."""
    ondemand.will(dialect)
    ondemand.assistant.will_say(SAID, word_delay=0.05)
    message_id = ""

    async def listen(client: OnDemandClient, session_id: str) -> None:
        nonlocal message_id
        async with client.chat.stream(session_id, query()) as answer:
            message_id = answer.message_id or ""
            async for event in answer:
                if isinstance(event, Delta):
                    break
            if how == "failing":
                raise ValueError("the reader is broken")
            if how == "cancelling":
                asyncio.current_task().cancel()  # type: ignore[union-attr]  # There is one.
                await asyncio.sleep(0)

    async with lay(ondemand.url) as line, connected(line.url, limits=LIMITS) as client:
        session = await client.chat.create_session("anna")
        (ended,) = await asyncio.gather(
            asyncio.create_task(listen(client, session.id)), return_exceptions=True
        )
        async with asyncio.timeout(1):
            await line.hung_up.wait()
        found = await client.chat.recover(session.id, message_id)

    kinds = {"leaving": type(None), "failing": ValueError, "cancelling": asyncio.CancelledError}
    assert type(ended) is kinds[how]
    assert found.answer == SAID
    assert (len(ondemand.calls("submit_query")), ondemand.paid) == (1, 1)


async def test_fifty_answers_grow_side_by_side(
    ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """Answers in fifty sessions do not wait for each other."""

    async def one(number: int) -> str:
        session = await client.chat.create_session(f"user-{number}")
        return told(await read(client, session.id, query(f"Say {number} + 1")))

    answers = await asyncio.gather(*map(one, range(50)))

    assert answers == [f"That is **{number + 1}**." for number in range(50)]
    assert ondemand.paid == 50
