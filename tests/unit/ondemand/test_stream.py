"""An answer grows as it is made, and every ending of a stream is known for what it is."""

import httpx
import pytest

from bot.ondemand import (
    AgentsRefusedError,
    Called,
    Clarification,
    ContextTooLongError,
    Delta,
    DisconnectedError,
    Event,
    Finished,
    Limits,
    MalformedError,
    OnDemandClient,
    Plugin,
    Query,
    ServerError,
    Source,
    Sources,
    Status,
    StreamInterruptedError,
    Thinking,
    UnreachableError,
    Usage,
)
from tests.unit.ondemand.frames import DONE, HEARTBEAT, MESSAGE, SESSION, frame, said
from tests.unit.ondemand.other_side import (
    QUERY,
    Script,
    broken,
    no,
    read,
    streamed,
)

METRICS = {"inputTokens": 1012, "outputTokens": 3, "totalTokens": 1015, "totalTimeSec": 1.5}


async def test_an_answer(client: OnDemandClient, script: Script) -> None:
    """Everything a turn consists of comes as typed events, in order, and ends with the answer."""
    script.will(
        streamed(
            HEARTBEAT,
            frame("planning_thinking", channel="thinking", thinking={"delta": "Hm."}),
            frame("planning_output", channel="thinking", output={"delta": '{"plan":'}),
            frame(
                "statusLog",
                currentStatusLog={"statusType": "executing", "statusMessage": "Searching"},
            ),
            frame(
                "plugin_sources",
                sources={
                    "pluginName": "Web",
                    "items": [{"title": "A", "url": "https://a.example"}],
                },
            ),
            said("A monad", " is a burrito."),
            frame("metricsLog", publicMetrics=METRICS),
            HEARTBEAT,
            DONE,
        )
    )

    events = await read(client)

    assert events == [
        Thinking("planning_thinking", "Hm."),
        Status("executing", "Searching"),
        Sources("Web", (Source("A", "https://a.example"),)),
        Delta("A monad"),
        Delta(" is a burrito."),
        Usage(1012, 3, 1015, 1.5),
        Finished("A monad is a burrito.", MESSAGE, Usage(1012, 3, 1015, 1.5)),
    ]


@pytest.mark.parametrize(
    ("frames", "called"),
    [
        ([("1", '{"plugins":[{"pluginId":"plugin-1","name":"Web"}]}')], [("plugin-1", "Web")]),
        ([("1", '{"plugins":[{"pluginId":'), ("1", '"plugin-1"}]}')], [("plugin-1", "")]),
        (
            [("1", '[{"agentId":"agent-1"}'), ("2", '{"pluginId":"plugin-2"}'), ("1", "]")],
            [("plugin-2", ""), ("agent-1", "")],
        ),
        ([("1", '{"pluginId":"plugin-1","api_request_parameters":{"pluginId":"x"}}')], None),
        ([("1", '{"pluginId":"plugin-1","statusCode":500}')], []),
        ([("1", '{"objective":"think"}')], []),
        ([("1", "no JSON}"), ("1", '{"pluginId":"plugin-1"}')], []),
        ([("1", "[" * 5000 + "]")], []),
        ([("1", "{" + "x" * 70_000), ("1", '{"pluginId":"plugin-1"}')], [("plugin-1", "")]),
        ([("1", 7)], []),
        ([("1", None)], []),
    ],
    ids=[
        "one",
        "in pieces",
        "two steps at once",
        "what it was called with",
        "failed",
        "no plugin",
        "never JSON",
        "deep",
        "too long",
        "a number",
        "nothing",
    ],
)
async def test_the_plugins_that_a_step_calls(
    client: OnDemandClient,
    script: Script,
    frames: list[tuple[str, object]],
    called: list[tuple[str, str]] | None,
) -> None:
    """Once the pieces of a step's calls make sense together, I learn whom it calls."""
    steps = [
        frame("step_output", channel="thinking", stepId=step, output={"delta": delta})
        for step, delta in frames
    ]
    script.will(streamed(*steps, said("A"), DONE))

    events = await read(client)

    found = [(p.id, p.name) for each in events if isinstance(each, Called) for p in each.plugins]
    assert found == ([("plugin-1", "")] if called is None else called)
    assert isinstance(events[-1], Finished)
    assert (events[-1].text, events[-1].skipped) == ("A", 0)


async def test_the_plugins_that_have_worked(client: OnDemandClient, script: Script) -> None:
    """Where the platform says which plugins ran, I learn of those that did not fail."""
    ran = [
        {"agentId": "agent-1", "name": "Web", "statusCode": 200},
        {"agentId": "agent-2", "statusCode": 402},
        "odd",
        {"name": "nobody"},
    ]
    log = {"statusType": "execution_completed", "executedAgents": ran}
    script.will(streamed(frame("statusLog", currentStatusLog=log), said("A"), DONE))

    status, *_ = await read(client)

    assert status == Status("execution_completed", plugins=(Plugin("agent-1", "Web"),))


async def test_the_message_id_is_known_on_entering(client: OnDemandClient, script: Script) -> None:
    """Even a heartbeat as first frame tells which message to look for if all breaks."""
    script.will(streamed(HEARTBEAT, said("A"), DONE))

    async with client.chat.stream(SESSION, QUERY) as answer:
        known = answer.message_id

    assert known == MESSAGE


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        ([said("A", "", "B"), DONE], "AB"),
        (
            [
                said("A"),
                frame("statusLog", currentStatusLog={"statusType": "x", "answer": "A"}),
                DONE,
            ],
            "A",
        ),
        (
            [frame("statusLog", currentStatusLog={"statusType": "x", "answer": "All"}), DONE],
            "All",
        ),
        ([frame("fulfillment", answer=42), DONE], "42"),
        ([frame("fulfillment", answer=None), DONE], ""),
        ([HEARTBEAT, DONE], ""),
        ([DONE], ""),
        ([b'data:{"eventType":"fulfillment","answer":"\\ud83c"}\n', said("!"), DONE], "\ufffd!"),
        (
            [
                b'data:{"eventType":"fulfillment","answer":"a\\ud83c"}\n',
                b'data:{"eventType":"fulfillment","answer":"\\udf0d"}\n',
                DONE,
            ],
            "a\U0001f30d",
        ),
        ([b'data:{"eventType":"fulfillment","answer":"\\ud83c"}\n', DONE], "\ufffd"),
    ],
    ids=[
        "deltas",
        "deltas and a whole answer",
        "only a whole answer",
        "a number",
        "null",
        "no answer",
        "nothing at all",
        "half a character",
        "a character cut in two",
        "half a character at the end",
    ],
)
async def test_the_text(
    client: OnDemandClient, script: Script, frames: list[bytes], text: str
) -> None:
    """The answer is its pieces, once; and it can be stored and sent whatever they were."""
    script.will(streamed(*frames))

    events = await read(client)

    pieces = "".join(event.text for event in events if isinstance(event, Delta))
    assert isinstance(events[-1], Finished)
    assert (events[-1].text, pieces or text) == (text, text)
    assert text.encode().decode() == text


@pytest.mark.parametrize(
    ("odd", "events", "skipped"),
    [
        (frame("step_thinking", thinking=[1]), [], 1),
        (frame("fulfillment", answer={"a": 1}), [], 1),
        (frame("fulfillment", answer=True), [], 1),
        (frame("statusLog", currentStatusLog="busy"), [], 1),
        (frame("metricsLog"), [], 1),
        (frame("metricsLog", publicMetrics={"inputTokens": "7"}), [Usage(7)], 0),
        (frame("plugin_sources", sources={"items": [None, {"url": 7}, {}]}), None, 0),
        (frame("plugin_sources", sources=[]), [], 0),
        (
            frame("clarification_request", clarificationRequest={"queries": ["Which?", {}, 7]}),
            [Clarification(("Which?",))],
            0,
        ),
        (frame("clarification_request"), [], 1),
        (frame("of_tomorrow", answer="not an answer"), [], 1),
        (
            frame("ondemand_agent.error", channel="agent", data={"message": "Oh"}),
            [Status("ondemand_agent.error", "Oh")],
            0,
        ),
        (frame("fulfillment", answer="theirs", sessionId="another"), [], 1),
        (frame(channel="of_tomorrow"), [], 0),
        (b"data:{}\n\n", [], 1),
        (b"<p>Bad gateway</p>\n", [], 1),
        (b"data:{broken\n\n", [], 1),
    ],
    ids=[
        "a list for thinking",
        "an object for text",
        "a boolean for text",
        "a word for an object",
        "metrics missing",
        "a string for a number",
        "odd sources",
        "no sources",
        "odd questions",
        "no questions",
        "an unknown event",
        "an agent's own trouble",
        "another session's words",
        "an unknown channel",
        "an empty object",
        "a line of HTML",
        "broken JSON",
    ],
)
async def test_odd_frames(
    client: OnDemandClient,
    script: Script,
    odd: bytes,
    events: list[Event] | None,
    skipped: int,
) -> None:
    """A frame that makes no sense is left out and counted; the answer goes on."""
    script.will(streamed(said("A"), odd, said("B"), DONE))
    expected = [Sources("", (Source("", "7"),))] if events is None else events

    found = await read(client)

    assert found == [Delta("A"), *expected, Delta("B"), found[-1]]
    assert isinstance(found[-1], Finished)
    assert (found[-1].text, found[-1].skipped) == ("AB", skipped)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (b'data:[ERROR]:{"message":"x","errorCode":"model_error"}\n\n', ServerError),
        (b'data:[ERROR]{"errorCode":"context_length_exceeded"}\n\n', ContextTooLongError),
        (b'data:[ERROR]{"inactiveAgentIds":["agent-7"]}\n\n', AgentsRefusedError),
        (b"data:[ERROR] out of luck\n\n", ServerError),
        (b'event:error\ndata:{"message":"x"}\n\n', ServerError),
        (b'data:{"error":{"message":"x"}}\n\n', ServerError),
        (b'data:{"message":"x","errorCode":"model_error"}\n\n', ServerError),
        (frame("error", message="x"), ServerError),
    ],
    ids=["colon", "no colon", "agents", "prose", "channel", "error key", "error code", "event"],
)
async def test_failures_inside(
    client: OnDemandClient, script: Script, fault: bytes, kind: type[Exception]
) -> None:
    """A failure they report ends the stream with what came before it and what they said."""
    script.will(streamed(said("A", "B"), fault, said("never"), DONE))

    error = await broken(client)

    assert (error.reason, error.text, error.message_id) == ("error", "AB", MESSAGE)
    assert type(error.refusal) is kind


async def test_events_before_a_failure_are_read_first(
    client: OnDemandClient, script: Script
) -> None:
    """A failure in the same breath as words does not swallow them, and is told once."""
    script.will(streamed(said("A") + b"data:[ERROR]{}\n"))
    events: list[Event] = []

    async with client.chat.stream(SESSION, QUERY) as answer:
        with pytest.raises(StreamInterruptedError):
            async for event in answer:
                events.append(event)  # noqa: PERF401  What came before the failure counts.
        after = [event async for event in answer]

    assert (events, after) == ([Delta("A")], [])


@pytest.mark.parametrize(
    "chunks",
    [[said("A")], [said("A"), b"data:{"], [said("A"), HEARTBEAT]],
    ids=["after a frame", "inside a frame", "after a heartbeat"],
)
async def test_an_end_without_end_mark(
    client: OnDemandClient, script: Script, chunks: list[bytes]
) -> None:
    """A stream that just stops is a cut, never a whole answer."""
    script.will(streamed(*chunks))

    error = await broken(client)

    assert (error.reason, error.text, error.message_id) == ("cut", "A", MESSAGE)


async def test_a_stream_of_nothing(client: OnDemandClient, script: Script) -> None:
    """A stream that ends before its first frame says so on entering."""
    script.will(streamed())

    error = await broken(client)

    assert (error.reason, error.text, error.message_id) == ("cut", "", None)


async def test_an_answer_without_end(script: Script) -> None:
    """An answer beyond the cap is stopped, with what fits."""
    script.will(streamed(said("A" * 60), said("B" * 60), DONE))
    client = OnDemandClient("k", user_agent="t", transport=script, limits=Limits(answer=100))

    error = await broken(client)

    assert (error.reason, error.text) == ("oversize", "A" * 60)


async def test_a_line_without_end(client: OnDemandClient, script: Script) -> None:
    """A gigantic line is stopped before it fills the memory."""
    script.will(streamed(said("A"), *[b"data:" + b"x" * 100_000] * 3))

    error = await broken(client)

    assert (error.reason, error.text) == ("oversize", "A")


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
async def test_a_page_instead_of_a_stream(
    client: OnDemandClient, script: Script, kind: str
) -> None:
    """A page or plain JSON where a stream should be is an error, and asked once."""
    script.will(httpx.Response(200, headers={"content-type": kind}, content=b"<html>"))

    with pytest.raises(MalformedError):
        await read(client)

    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("failure", "kind", "asked"),
    [
        (httpx.ReadError("reset"), DisconnectedError, 1),
        (httpx.RemoteProtocolError("closed"), DisconnectedError, 1),
        (httpx.WriteError("reset"), DisconnectedError, 1),
        (no(500, "server_error"), ServerError, 1),
        (no(503), ServerError, 1),
        (httpx.ConnectError("refused"), UnreachableError, 3),
        (httpx.PoolTimeout("full"), UnreachableError, 3),
    ],
    ids=["reset", "closed", "while sending", "500", "503", "refused", "no free line"],
)
async def test_a_query_is_not_asked_twice(
    client: OnDemandClient,
    script: Script,
    failure: httpx.Response | Exception,
    kind: type[Exception],
    asked: int,
) -> None:
    """A query is repeated only where not a byte of it was sent."""
    script.will(*[failure] * asked)

    with pytest.raises(kind):
        await read(client)

    assert len(script.requests) == asked


@pytest.mark.parametrize(
    "refusal",
    [no(429), no(401, "unauthenticated"), no(404, message="no Route matched with those values")],
    ids=["throttled", "a moment's confusion", "no route"],
)
async def test_a_query_refused_at_the_gate(
    client: OnDemandClient, script: Script, refusal: httpx.Response
) -> None:
    """A query turned away at the gate was not accepted, and is asked once more."""
    script.will(refusal, streamed(said("A"), DONE))

    events = await read(client)

    assert events[0] == Delta("A")


async def test_what_a_query_sends(client: OnDemandClient, script: Script) -> None:
    """The query carries what was asked for, agents by their new name, and no limit of tokens."""
    script.will(streamed(DONE))
    query = Query(text="Hi", endpoint_id="e", plugins=["plugin-1"], effort="low")

    await read(client, query)

    assert script.requests[0].headers["accept"] == "text/event-stream"
    assert script.asked == [f"POST /chat/v1/sessions/{SESSION}/query"]
    assert script.bodies == [
        {
            "query": "Hi",
            "endpointId": "e",
            "responseMode": "stream",
            "agentIds": ["agent-1"],
            "reasoningEffort": "low",
        }
    ]


async def test_refused_agents_are_left_out(client: OnDemandClient, script: Script) -> None:
    """An answer comes although a plugin was refused, and says which one it had to do without."""
    script.will(no(400, details={"invalidAgentIds": ["agent-2"]}), streamed(said("A"), DONE))
    query = Query(text="Hi", endpoint_id="e", plugins=["plugin-1", "plugin-2"])

    async with client.chat.stream(SESSION, query) as answer:
        dropped = answer.dropped

    assert dropped == ("2",)
    assert [body["agentIds"] for body in script.bodies] == [["agent-1", "agent-2"], ["agent-1"]]


async def test_a_bad_request_without_agents(client: OnDemandClient, script: Script) -> None:
    """What is refused for another reason is not asked again."""
    script.will(no(400, "context_length_exceeded"))
    query = Query(text="Hi", endpoint_id="e", plugins=["plugin-1"])

    with pytest.raises(ContextTooLongError):
        await read(client, query)
