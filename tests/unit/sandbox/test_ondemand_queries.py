"""Asking the sandbox's assistant: streams, recovery, refusals."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from tests.unit.sandbox.platform_client import (
    ENDPOINT,
    KEY,
    PlatformClient,
    answer_of,
    connected,
    data_of,
    frames_of,
)
from tests.waiting import until

PERPLEXITY = "1722260873"


async def test_the_assistant_remembers_its_session(client: PlatformClient) -> None:
    """What was said in a session is known in it, and in no other."""
    one, other = await client.session(), await client.session()

    await client.ask(one, "My name is Anna.")
    known = answer_of((await client.ask(one, "What is my name?")).text)
    unknown = answer_of((await client.ask(other, "What is my name?")).text)

    assert "**Anna**" in known
    assert "not told me" in unknown


async def test_a_query_goes_on_when_its_client_has_gone(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """Closing the stream stops nothing: the message is complete a moment later, and paid once."""
    ondemand.assistant.will_say("One two three four five.", word_delay=0.02)
    session = await client.session()
    body = {"query": "Count", "endpointId": ENDPOINT, "responseMode": "stream"}
    async with client.stream("POST", f"/chat/v1/sessions/{session}/query", json=body) as stream:
        first = await anext(stream.aiter_lines())
    message = ondemand.calls("submit_query")[0].message or ""

    before = await client.message(session, message)
    after = await client.settled(session, message)

    assert first == "event:heartbeat"
    assert before["status"] == "processing"
    assert (after["status"], after["answer"]) == ("completed", "One two three four five.")
    assert ondemand.paid == 1


async def test_a_resumed_stream_repeats_what_was_said(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """The first piece after resuming is the whole answer so far; nothing is paid again."""
    ondemand.assistant.will_say("One two three four five.")
    ondemand.will("stream_cut", frames=3, times=1)
    session = await client.session()
    cut = await client.ask(session, "Count")
    message = frames_of(cut.text)[0]["messageId"]
    ondemand.will("thinking_as_list", times=1)

    resumed = await client.ask(session, "Count", messageId=message, lastEventIndex=2)

    # What only a new answer can show is kept for one.
    next_one = await client.ask(session, "Count")

    assert answer_of(cut.text) == "One two "
    assert '"thinking":[' not in resumed.text
    assert '"thinking":[' in next_one.text
    assert answer_of(resumed.text) == "One two three four five."
    assert data_of(resumed.text)[-1] == "[DONE]"
    assert ondemand.paid == 2


async def test_a_silence_is_filled_with_heartbeats(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """When nothing comes for three seconds a heartbeat does."""
    ondemand.assistant.will_say("At last.", first_delay=3.2)

    stream = (await client.ask(await client.session())).text
    kinds = [frame.get("eventType") for frame in frames_of(stream)]

    assert kinds[:3] == [None, None, "fulfillment"]


async def test_stopping_ends_the_streams() -> None:
    """A sandbox does not wait for an answer on its way; the stream breaks."""
    async with PlatformClient(headers={"apikey": KEY}) as client, asyncio.timeout(20):
        async with OnDemandSandbox() as sandbox:
            client.base_url = httpx.URL(sandbox.url)
            sandbox.assistant.will_say("Never.", first_delay=60)
            asking = asyncio.create_task(client.ask(await client.session()))
            await until(lambda: sandbox.calls("submit_query"))
        with pytest.raises(httpx.TransportError):
            await asking


async def test_the_tools_of_a_session_serve_every_query_that_wants_them(
    client: PlatformClient,
) -> None:
    """A query uses the session's plugins, its own instead, or none with `fulfillmentOnly`."""
    session = await client.session(agentIds=["agent-1722260873"])
    own: list[dict[str, Any]] = [
        {},
        {"pluginIds": ["plugin-1750100001"]},
        {"fulfillmentOnly": True},
    ]

    told = [answer_of((await client.ask(session, "Which plugins?", **one)).text) for one in own]

    assert ["Perplexity" in text for text in told] == [True, False, False]
    assert ["Weather" in text for text in told] == [False, True, False]


async def test_a_busy_session_refuses_a_second_query(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """One session takes one query at a time; another session is free."""
    ondemand.assistant.will_say("Never.", first_delay=60)
    busy, free = await client.session(), await client.session()
    first = asyncio.create_task(client.ask(busy))
    await until(lambda: ondemand.calls("submit_query"))

    second, elsewhere = await client.ask(busy), await client.ask(free)
    first.cancel()

    assert second.status_code == 400
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"query": ""},
        {"endpointId": None},
        {"endpointId": "predefined-nobody"},
        {"endpointId": "predefined-openai-gpt4o"},
        {"endpointId": f"{ENDPOINT}-medium"},
        {"responseMode": "later"},
        {"reasoningEffort": "high"},
        {"chatMode": "plan"},
        {"pluginIds": "plugin-1"},
        {"modelConfigs": {"temperature": 3}},
        {"modelConfigs": {"stopSequences": ["a", "b", "c", "d", "e"]}},
    ],
    ids=str,
)
async def test_a_query_the_platform_does_not_allow(
    fields: dict[str, Any], ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """A wrong query is refused with an error, and nothing is paid."""
    answer = await client.ask(await client.session(), **fields)

    assert answer.status_code == 400
    assert answer.json()["errorCode"] == "invalid_request"
    assert ondemand.paid == 0


async def test_a_text_too_long_for_the_model(client: PlatformClient) -> None:
    """More than the model's window is refused with a code of its own."""
    answer = await client.ask(
        await client.session(), "x" * 600_000, endpointId="predefined-deepseek-flash"
    )

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "context_length_exceeded")


async def test_a_limit_of_tokens_empties_the_answer(client: PlatformClient) -> None:
    """The undocumented `maxTokens` does what it was seen to do: no answer at all."""
    stream = await client.ask(await client.session(), modelConfigs={"maxTokens": 50})

    assert answer_of(stream.text) == ""


async def test_a_deleted_session_is_gone(client: PlatformClient) -> None:
    """After deletion neither reading nor asking finds the session."""
    session = await client.session()
    await client.delete(f"/chat/v1/sessions/{session}")

    answers = [await client.get(f"/chat/v1/sessions/{session}"), await client.ask(session)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == {"message": "chat session not found", "errorCode": "not_found"}


async def test_the_same_seed_and_clock_give_the_same_answers() -> None:
    """Two runs of the same calls are equal to the last byte, ids and times included."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    runs = []
    for _ in range(2):
        sandbox = OnDemandSandbox(pace=0, clock=lambda: noon)
        async with sandbox, connected(sandbox) as client:
            stream = await client.ask(await client.session())
        runs.append(stream.text)

    assert runs[0] == runs[1]
