"""Every behaviour the platform can be told to show, seen on the wire."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.ondemand.behaviours import BEHAVIOURS
from bot.sandbox.speech import speak
from tests.unit.sandbox.platform_client import (
    AUDIO_READER,
    DOCUMENT_READER,
    ENDPOINT,
    FILES,
    KEY,
    PlatformClient,
    answer_of,
    data_of,
    frames_of,
)
from tests.waiting import until

PERPLEXITY = "agent-1722260873"
SAID = "Grüße aus dem Leuchtturm 👋 und bis bald."

_Test = TypeVar("_Test", bound=Callable[..., object])
_shown: set[str] = set()


def shows(*behaviours: str) -> Callable[[_Test], _Test]:
    """Note which behaviours a test shows, so that none is left out."""
    _shown.update(behaviours)
    return lambda test: test


@pytest.fixture
async def session(client: PlatformClient) -> str:
    """A session to ask in."""
    return await client.session()


@pytest.fixture
def said(ondemand: OnDemandSandbox) -> str:
    """What the assistant says next: letters of one, two and four bytes."""
    ondemand.assistant.will_say(SAID)
    return SAID


def test_every_behaviour_is_shown_here() -> None:
    """No row of the table is without a test."""
    assert _shown == set(BEHAVIOURS)


# Refusals
# ------------------------------------------------------------------------------------------

_ENVELOPE = {"message", "errorCode"}
REFUSALS: list[tuple[str, dict[str, Any], str, int, set[str] | str]] = [
    ("edge_ban", {}, "query", 403, {"error_code", "error_name"}),
    ("invalid_key", {}, "query", 401, _ENVELOPE),
    ("sporadic_401", {}, "query", 401, _ENVELOPE),
    ("sporadic_403", {}, "query", 403, _ENVELOPE),
    ("no_route", {}, "session", 404, {"message"}),
    ("route_not_found", {}, "session", 404, "404 Route Not Found"),
    ("rate_limited", {}, "query", 429, _ENVELOPE),
    ("payment_required", {}, "query", 402, {"message"}),
    ("server_error", {}, "query", 500, _ENVELOPE),
    ("server_error", {"status": 503}, "query", 503, _ENVELOPE),
    ("server_error", {"empty": True}, "query", 500, ""),
    ("edge_error", {}, "query", 524, "<html>"),
    ("edge_error", {"status": 520}, "query", 520, "<html>"),
    ("context_too_long", {}, "query", 400, _ENVELOPE),
    ("policy_refusal", {}, "query", 403, _ENVELOPE),
    ("model_error", {}, "query", 500, _ENVELOPE),
    ("plugin_timeout", {}, "query", 504, _ENVELOPE),
    ("inactive_endpoint", {}, "query", 400, _ENVELOPE),
    ("media_error", {}, "upload", 500, _ENVELOPE),
    ("payload_too_large", {}, "upload", 413, _ENVELOPE),
    ("not_subscribed", {}, "translate", 400, _ENVELOPE),
    ("unknown_error", {}, "translate", 400, _ENVELOPE),
]


@shows(*(row[0] for row in REFUSALS))
@pytest.mark.parametrize(("behaviour", "parameters", "act", "status", "body"), REFUSALS)
async def test_a_refusal_comes_once_and_costs_nothing(
    behaviour: str,
    parameters: dict[str, Any],
    act: str,
    status: int,
    body: set[str] | str,
    ondemand: OnDemandSandbox,
    client: PlatformClient,
    session: str,
) -> None:
    """Armed for one call it refuses that call, unpaid, and lets the next one through."""

    async def call() -> httpx.Response:
        if act == "query":
            return await client.ask(session)
        if act == "session":
            return await client.post("/chat/v1/sessions", json={"externalUserId": "anna"})
        if act == "upload":
            return await client.upload("notes.txt", b"Notes")
        return await client.execute("language_translation", input="Hello!", languageCode="es")

    ondemand.will(behaviour, times=1, **parameters)

    refused = await call()
    paid = ondemand.paid
    repeated = await call()

    assert refused.status_code == status
    if isinstance(body, str):
        assert body in refused.text
    else:
        assert refused.json().keys() == body
    assert (paid, repeated.is_success) == (0, True)


@shows("rate_limited")
@pytest.mark.parametrize(("pause", "told"), [(None, None), (7, "7"), (0.5, "0.5")])
async def test_a_limit_tells_the_pause_only_if_asked_to(
    pause: float | None, told: str | None, ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """429 comes with and without the seconds to wait."""
    ondemand.will("rate_limited", retry_after=pause)

    answer = await client.get("/plugin/v1/list")

    assert answer.headers.get("retry-after") == told


@shows("invalid_agents", "unsubscribed_agents", "inactive_agents")
@pytest.mark.parametrize("kind", ["invalid", "unsubscribed", "inactive"])
@pytest.mark.parametrize("ids", [None, ["agent-9"]], ids=["its own", "an unknown one"])
async def test_good_agents_are_refused_by_name(
    kind: str,
    ids: list[str] | None,
    ondemand: OnDemandSandbox,
    client: PlatformClient,
    session: str,
) -> None:
    """Agents can go bad at any time; the refusal names those of the call, or some nobody knows."""
    ondemand.will(f"{kind}_agents", ids=ids)

    answer = await client.ask(session, agentIds=[PERPLEXITY])

    assert answer.status_code == 400
    assert answer.json()["details"] == {f"{kind}AgentIds": ids or [PERPLEXITY]}


async def test_who_names_no_agents_is_not_refused_for_them(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str
) -> None:
    """While all agents are bad, a question without any is answered."""
    for kind in ("invalid", "unsubscribed", "inactive"):
        ondemand.will(f"{kind}_agents")

    answer = await client.ask(session)

    assert answer.status_code == 200


@shows("plugin_ids_refused", "agent_ids_refused")
@pytest.mark.parametrize(
    ("behaviour", "field", "details"),
    [
        ("plugin_ids_refused", "pluginIds", {"invalidAgentIds": [PERPLEXITY]}),
        ("agent_ids_refused", "agentIds", None),
    ],
)
async def test_one_of_the_two_names_for_tools_is_refused(
    behaviour: str,
    field: str,
    details: object,
    ondemand: OnDemandSandbox,
    client: PlatformClient,
    session: str,
) -> None:
    """While one name is refused, the other one works."""
    ondemand.will(behaviour)
    tools: dict[str, Any] = {"pluginIds": ["plugin-1722260873"], "agentIds": [PERPLEXITY]}

    refused = await client.ask(session, **{field: tools.pop(field)})
    taken = await client.ask(session, **tools)

    assert (refused.status_code, refused.json().get("details")) == (400, details)
    assert taken.status_code == 200


@shows("stale_session")
async def test_a_session_is_gone_for_good(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str
) -> None:
    """A session that went stale once is never found again; a new one works."""
    ondemand.will("stale_session", times=1)

    answers = [await client.ask(session), await client.ask(session)]
    fresh = await client.ask(await client.session())

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == {"message": "chat session not found", "errorCode": "not_found"}
    assert fresh.status_code == 200


@shows("create_200")
async def test_a_session_is_created_as_documented(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """The answer is 200 and has only the fields of 2025."""
    ondemand.will("create_200")

    answer = await client.post("/chat/v1/sessions", json={"externalUserId": "anna"})

    assert answer.status_code == 200
    assert "agentIds" not in answer.json()["data"]


# On the way
# ----------------------------------------------------------------------------------------


@shows("slow")
async def test_a_call_is_slow(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """The answer is right, and late."""
    ondemand.will("slow", seconds=0.2)
    started = time.monotonic()

    answer = await client.get("/plugin/v1/list")

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.2


@shows("slow")
async def test_a_slow_query_outlives_its_sender(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """Who has no patience for a slow query pays for it all the same."""
    ondemand.will("slow", operation="submit_query", seconds=0.2)

    with pytest.raises(httpx.ReadTimeout):
        body = {"query": "Hello!", "endpointId": ENDPOINT, "responseMode": "sync"}
        await client.post(f"/chat/v1/sessions/{session}/query", json=body, timeout=0.1)
    async with asyncio.timeout(5):
        while not (message := ondemand.calls("submit_query")[0].message):
            await asyncio.sleep(0.02)

    assert (await client.settled(session, message))["answer"] == said


async def test_half_a_request_is_nothing(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str
) -> None:
    """A query whose sender broke off in the middle of it was never asked."""
    port = int(ondemand.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /chat/v1/sessions/{session}/query HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\n"

    writer.write(f'{head}apikey: {KEY}\r\nContent-Length: 100\r\n\r\n{{"query":'.encode())
    await writer.drain()
    async with asyncio.timeout(5):
        while not ondemand.calls("submit_query"):
            await asyncio.sleep(0.02)
    writer.close()
    await reader.read()

    assert (await client.ask(session)).status_code == 200
    assert (ondemand.paid, ondemand.calls("submit_query")[0].status) == (1, None)


@shows("hang")
async def test_a_call_is_never_answered(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """The client's own patience ends it, and other calls are answered meanwhile."""
    ondemand.will("hang", operation="list_plugins")

    with pytest.raises(httpx.ReadTimeout):
        await client.get("/plugin/v1/list", timeout=0.2)
    other = await client.get("/config/v1/public/endpoints")

    assert other.status_code == 200


@shows("reset", "hang")
@pytest.mark.parametrize(("behaviour", "parameters"), [("reset", {}), ("hang", {"seconds": 0.1})])
async def test_a_connection_breaks_before_anything_is_done(
    behaviour: str,
    parameters: dict[str, Any],
    ondemand: OnDemandSandbox,
    client: PlatformClient,
    session: str,
) -> None:
    """The client sees a broken connection; nothing was paid, and the call has no status."""
    ondemand.will(behaviour, times=1, **parameters)

    with pytest.raises(httpx.ReadError):
        await client.ask(session)

    (call,) = ondemand.calls("submit_query")

    assert (ondemand.paid, call.status) == (0, None)


@shows("answer_lost")
@pytest.mark.parametrize("mode", ["sync", "stream", "webhook"])
async def test_an_answer_is_lost_on_its_way(
    mode: str, ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """The query is paid and answered, though the client got not a byte."""
    ondemand.will("answer_lost", times=1)

    with pytest.raises(httpx.ReadError):
        await client.ask(session, responseMode=mode)
    message = await client.settled(session, ondemand.calls("submit_query")[0].message or "")

    assert (ondemand.paid, message["answer"]) == (1, said)
    assert ondemand.calls("submit_query")[0].status is None


@shows("sync_524")
async def test_a_silent_query_is_cut_by_the_edge(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """The client gets HTML, and the answer is there all the same."""
    ondemand.will("sync_524")

    answer = await client.ask(session, responseMode="sync")
    turn = await client.settled(session, ondemand.calls("submit_query")[0].message or "")

    assert (answer.status_code, answer.headers["content-type"]) == (524, "text/html; charset=utf-8")
    assert turn["answer"] == said


@shows("parallel_queries")
async def test_two_queries_run_in_one_session(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str
) -> None:
    """The second query does not wait for the first."""
    ondemand.assistant.will_say("Slow.", first_delay=60)
    ondemand.assistant.will_say("Quick.")
    ondemand.will("parallel_queries")
    slow = asyncio.create_task(client.ask(session))
    await until(lambda: ondemand.calls("submit_query"))

    async with asyncio.timeout(20):
        quick = answer_of((await client.ask(session)).text)
    slow.cancel()

    assert quick == "Quick."


@shows("resume_ignored")
async def test_a_resumed_query_is_paid_again(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str
) -> None:
    """A platform that does not know resuming takes it for a new question."""
    ondemand.will("resume_ignored")
    first = frames_of((await client.ask(session)).text)[0]["messageId"]

    again = frames_of((await client.ask(session, messageId=first, lastEventIndex=1)).text)

    assert again[0]["messageId"] != first
    assert ondemand.paid == 2


# Streams
# -------------------------------------------------------------------------------------------


@shows("july")
async def test_july(ondemand: OnDemandSandbox, client: PlatformClient, said: str) -> None:
    """Status logs come first and last, the last with the whole answer; the index is per channel."""
    ondemand.will("july")
    ondemand.will("thinking_dominated", frames=2)
    stream = (await client.ask(await client.session(agentIds=[PERPLEXITY]))).text

    frames = frames_of(stream)
    logs = [f["currentStatusLog"] for f in frames if f.get("eventType") == "statusLog"]
    thinking = [f["eventIndex"] for f in frames if f.get("eventType") == "fulfillment_thinking"]
    others = [f["eventIndex"] for f in frames if "thinking" not in f and "eventIndex" in f]

    assert [log["statusType"] for log in logs][-2:] == ["fulfilling", "fulfillment_completed"]
    assert (logs[-1]["answer"], answer_of(stream)) == (said, said)
    assert thinking == [1, 2]
    assert others == list(range(1, len(others) + 1))


@shows("october")
async def test_october(ondemand: OnDemandSandbox, client: PlatformClient, said: str) -> None:
    """A heartbeat comes first, plan and steps are thinking, and one index counts all."""
    ondemand.will("october")
    stream = (await client.ask(await client.session(agentIds=[PERPLEXITY]))).text

    frames = frames_of(stream)
    kinds = [frame.get("eventType", "heartbeat") for frame in frames]
    indexes = [frame["eventIndex"] for frame in frames if "eventIndex" in frame]

    assert kinds[:2] == ["heartbeat", "planning_thinking"]
    assert "step_output" in kinds
    assert "statusLog" not in kinds
    assert indexes == list(range(1, len(indexes) + 1))
    assert answer_of(stream) == said


@shows("no_blank_lines", "no_event_lines", "space_after_colon", "sse_comments")
@pytest.mark.parametrize(
    ("behaviour", "has", "lacks"),
    [
        ("no_blank_lines", "event:message\ndata:", "\n\n"),
        ("no_event_lines", "data:{", "event:"),
        ("space_after_colon", "event: message\ndata: {", "data:{"),
        ("sse_comments", ": still here\nid: 7\nretry: 3000\nevent:", "\ndata: "),
    ],
)
async def test_frames_are_written_in_another_way(
    behaviour: str,
    has: str,
    lacks: str,
    ondemand: OnDemandSandbox,
    client: PlatformClient,
    session: str,
    said: str,
) -> None:
    """The lines differ, the answer does not."""
    ondemand.will(behaviour)

    stream = (await client.ask(session)).text

    assert has in stream
    assert lacks not in stream
    assert (answer_of(stream), data_of(stream)[-1]) == (said, "[DONE]")


@shows("data_over_two_lines")
async def test_one_frame_has_two_data_lines(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """Joined by a line break, as the standard says, the two are the JSON again."""
    ondemand.will("data_over_two_lines")

    stream = (await client.ask(session)).text

    assert "data:{\ndata:" in stream
    assert answer_of(stream.replace("data:{\ndata:", "data:{")) == said


@shows("split_bytes")
@pytest.mark.parametrize("size", [1, 7])
async def test_bytes_arrive_a_few_at_a_time(
    size: int, ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """Even a letter arrives in pieces; put together the answer is whole."""
    ondemand.will("split_bytes", size=size)
    body = {"query": "Hello", "endpointId": "predefined-kimi-k3", "responseMode": "stream"}

    async with client.stream("POST", f"/chat/v1/sessions/{session}/query", json=body) as stream:
        pieces = [piece async for piece in stream.aiter_raw()]

    assert max(map(len, pieces)) <= size * 64  # The network may join a few.
    assert answer_of(b"".join(pieces).decode()) == said


@shows("heartbeats_around")
async def test_heartbeats_first_and_last(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str
) -> None:
    """The first frame is a heartbeat, and another comes between the last frame and the end."""
    ondemand.will("heartbeats_around")

    frames = frames_of((await client.ask(session)).text)

    assert "eventType" not in frames[0]
    assert (frames[-2]["eventType"], "eventType" in frames[-1]) == ("metricsLog", False)


@shows("long_silence")
async def test_nothing_but_heartbeats_for_a_while(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """Before the first word come heartbeats, as many as fit."""
    ondemand.will("long_silence", seconds=0.3, every=0.1)
    started = time.monotonic()

    stream = (await client.ask(session)).text
    kinds = [frame.get("eventType") for frame in frames_of(stream)]

    assert time.monotonic() - started >= 0.3
    assert kinds[:4] == [None] * 4  # October's own and three more.
    assert answer_of(stream) == said


@shows("thinking_dominated")
async def test_thinking_hides_the_answer(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """Hundreds of thoughts, then the whole answer in two pieces."""
    ondemand.will("thinking_dominated", frames=200)

    stream = (await client.ask(session)).text
    kinds = [frame.get("eventType") for frame in frames_of(stream)]

    assert kinds.count("fulfillment_thinking") >= 200
    assert kinds.count("fulfillment") == 2
    assert answer_of(stream) == said


@shows("thinking_as_list", "bad_frame", "agent_events", "plugin_sources")
@pytest.mark.parametrize(
    ("behaviour", "trace"),
    [
        ("thinking_as_list", '"thinking":[{"delta":"An odd frame."}]'),
        ("bad_frame", 'data:{"eventType":"fulfillment","answer":"cut o\n'),
        ("agent_events", 'event:agent\ndata:{"sessionId"'),
        ("plugin_sources", '"eventType":"plugin_sources"'),
    ],
)
async def test_an_odd_frame_is_among_the_others(
    behaviour: str,
    trace: str,
    ondemand: OnDemandSandbox,
    client: PlatformClient,
    session: str,
    said: str,
) -> None:
    """One frame is unlike the rest; the answer is whole."""
    ondemand.will(behaviour)

    stream = (await client.ask(session)).text
    told = stream.replace('data:{"eventType":"fulfillment","answer":"cut o', "")

    assert trace in stream
    assert (answer_of(told), data_of(told)[-1]) == (said, "[DONE]")


@shows("clarification")
@pytest.mark.parametrize("queries", [None, ["Which tower?", "Which year?"]])
async def test_the_assistant_asks_back(
    queries: list[str] | None,
    ondemand: OnDemandSandbox,
    client: PlatformClient,
    session: str,
    said: str,
) -> None:
    """There are questions and no answer, and the turn is complete."""
    ondemand.will("clarification", queries=queries)

    stream = (await client.ask(session)).text
    (asked,) = (f for f in frames_of(stream) if f.get("eventType") == "clarification_request")

    assert asked["clarificationRequest"] == {"queries": queries or ["Which one do you mean?"]}
    assert (answer_of(stream), data_of(stream)[-1]) == ("", "[DONE]")


@shows("done_inside_answer")
async def test_the_answer_speaks_of_the_end(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """The words `data:[DONE]` inside the answer do not end it."""
    ondemand.will("done_inside_answer")

    answer = answer_of((await client.ask(session)).text)

    assert answer == f"{said}\n\ndata:[DONE]\n\nThat line was text."


@shows("no_fulfillment")
@pytest.mark.parametrize("dialect", ["july", "october"])
async def test_a_stream_without_an_answer(
    dialect: str, ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """The stream tells nothing piece by piece; the message has the answer."""
    ondemand.will(dialect)
    ondemand.will("no_fulfillment")

    stream = (await client.ask(session)).text
    message = await client.message(session, frames_of(stream)[0]["messageId"])

    assert (answer_of(stream), data_of(stream)[-1]) == ("", "[DONE]")
    assert (message["status"], message["answer"]) == ("completed", said)


@shows("tool_fails")
async def test_a_tool_fails_in_prose(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str
) -> None:
    """All looks well but the words."""
    ondemand.will("tool_fails")

    stream = (await client.ask(session)).text

    assert "Not enough credits" in answer_of(stream)
    assert data_of(stream)[-1] == "[DONE]"


@shows("error_mid_answer")
@pytest.mark.parametrize(
    ("parameters", "last"),
    [
        ({}, '[ERROR]:{"message":"The model call failed","errorCode":"model_error"}'),
        ({"colon": False}, '[ERROR]{"message":"The model call failed","errorCode":"model_error"}'),
        ({"text": "upstream went away"}, "[ERROR]:upstream went away"),
        (
            {"agents": ["agent-5"]},
            '[ERROR]:{"message":"The model call failed","errorCode":"model_error",'
            '"details":{"inactiveAgentIds":["agent-5"]}}',
        ),
    ],
    ids=["with a colon", "without", "no JSON", "naming agents"],
)
async def test_a_stream_ends_in_an_error(
    parameters: dict[str, Any],
    last: str,
    ondemand: OnDemandSandbox,
    client: PlatformClient,
    session: str,
    said: str,
) -> None:
    """After two words comes an error and the end; the message has failed with what was said."""
    ondemand.will("error_mid_answer", words=2, **parameters)

    stream = (await client.ask(session)).text
    message = await client.message(session, frames_of(stream)[0]["messageId"])

    assert answer_of(stream) == "Grüße aus "
    assert data_of(stream)[-1] == last
    assert (message["status"], message["answer"]) == ("failed", "Grüße aus ")


async def test_behaviours_that_exclude_each_other_still_end(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str
) -> None:
    """Asking back and failing at once makes no sense, and the stream has an end all the same."""
    ondemand.will("clarification")
    ondemand.will("error_mid_answer")

    stream = (await client.ask(session)).text

    assert data_of(stream)[-1] == "[DONE]"


@shows("stream_cut", "stream_reset")
@pytest.mark.parametrize("behaviour", ["stream_cut", "stream_reset"])
async def test_a_stream_ends_without_an_end(
    behaviour: str, ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """Politely or not the stream is over after three frames; the query goes on and is complete."""
    ondemand.will(behaviour, frames=3, times=1)
    body = {"query": "Hello", "endpointId": "predefined-kimi-k3", "responseMode": "stream"}
    got, broken = b"", False

    async with client.stream("POST", f"/chat/v1/sessions/{session}/query", json=body) as stream:
        try:
            async for piece in stream.aiter_raw():
                got += piece
        except httpx.ReadError:
            broken = True
    whole, _, rest = got.decode().rpartition("\n\n")
    message = await client.settled(session, frames_of(whole)[0]["messageId"])

    assert broken == (behaviour == "stream_reset")
    assert answer_of(whole) == "Grüße aus "
    assert bool(rest) == broken
    assert "[DONE]" not in got.decode()
    assert (message["status"], message["answer"]) == ("completed", said)


# Elsewhere
# -----------------------------------------------------------------------------------------


@shows("still_processing")
async def test_a_message_takes_its_time(
    ondemand: OnDemandSandbox, client: PlatformClient, session: str, said: str
) -> None:
    """Read twice it is not ready, the third time it is."""
    ondemand.will("still_processing", times=2)
    message = frames_of((await client.ask(session)).text)[0]["messageId"]

    read = [await client.message(session, message) for _ in range(3)]

    assert [(m["status"], m["answer"]) for m in read] == [
        ("processing", ""),
        ("processing", ""),
        ("completed", said),
    ]


@shows("media_error_but_created")
async def test_a_failed_upload_is_there(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """500 does not prove that nothing was kept."""
    ondemand.will("media_error_but_created")

    answer = await client.upload("notes.txt", b"Notes")
    listed = (await client.get(FILES, params={"limit": 5})).json()["data"]

    assert answer.status_code == 500
    assert [media["name"] for media in listed] == ["notes.txt"]


@shows("media_201", "media_old_id", "media_no_pagination")
async def test_files_in_older_shapes(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """201 for 200, `_id` for `id`, and a list that says nothing of its pages."""
    for behaviour in ("media_201", "media_old_id", "media_no_pagination"):
        ondemand.will(behaviour)

    created = await client.upload("notes.txt", b"Notes")
    listed = (await client.get(FILES)).json()

    assert created.status_code == 201
    assert created.json()["data"].keys() & {"id", "_id"} == {"_id"}
    assert "pagination" not in listed
    assert "_id" in listed["data"][0]


@shows("media_processing")
@pytest.mark.parametrize(("fails", "end"), [(False, "completed"), (True, "failed")])
async def test_a_file_is_ready_later(
    fails: bool, end: str, ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """Two listings say processing and have no text; the third says how it ended."""
    ondemand.will("media_processing", reads=2, fails=fails)
    created = await client.post(
        FILES,
        json={
            "url": "https://example.org/a.pdf",
            "plugins": [DOCUMENT_READER],
            "responseMode": "webhook",
        },
    )

    listed = [(await client.get(FILES)).json()["data"][0] for _ in range(3)]

    assert created.json()["data"]["actionStatus"] == "processing"
    assert [media["actionStatus"] for media in listed] == ["processing", "processing", end]
    assert ["context" in media for media in listed] == [False, False, not fails]
    assert ("failedReason" in listed[2]) == fails


@shows("data_as_text", "nothing_heard")
async def test_services_answer_in_a_bare_text(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """The data is the text itself; speech without words is an empty one."""
    ondemand.will("data_as_text")
    ondemand.will("nothing_heard")

    translated = await client.execute("language_translation", input="Hello!", languageCode="es")
    spoken = await client.execute("text_to_speech", model="tts-1", input="Hello.", voice="alloy")
    heard = await client.execute("speech_to_text", audioUrl=spoken.json()["data"])

    assert translated.json()["data"] == "¡Hola!"
    assert heard.json()["data"] == ""


@shows("translates_nothing", "translates_long")
async def test_a_translation_is_no_other_text_or_a_longer_one(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """The service gives back what it got, and then much more than that."""
    ondemand.will("translates_nothing", times=1)
    ondemand.will("translates_long")

    texts = []
    for words in ("Hello!", "Hello! " * 100):
        answer = await client.execute("language_translation", input=words, languageCode="es")
        texts.append(answer.json()["data"]["translatedText"])

    assert texts[0].startswith("Hello! ")
    assert [len(text) for text in texts] == [9, 1050]


@shows("links_expired")
async def test_a_link_has_expired(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """The sound is behind a link that is dead on arrival; the file can be listed with a new one."""
    ondemand.will("links_expired")

    sound = await client.get(await client.speak("Hello."))
    uploaded = (await client.upload("notes.txt", b"Notes")).json()["data"]
    dead = await client.get(uploaded["url"])
    fresh = await client.get((await client.get(FILES)).json()["data"][0]["url"])

    assert [sound.status_code, dead.status_code, fresh.status_code] == [403, 403, 200]


@shows("heard_slow")
async def test_a_transcript_takes_its_time(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """The words come after a while, and the next ones at once."""
    url = await client.speak("Hello.")
    ondemand.will("heard_slow", seconds=0.3, times=1)
    started = time.monotonic()

    heard = await client.execute("speech_to_text", audioUrl=url)

    assert time.monotonic() - started >= 0.3
    assert heard.json()["data"] == {"text": "Hello."}


@shows("refuses_ogg")
async def test_only_mp3_is_heard(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """An Ogg is refused as every bad file is, an MP3 with the same words is heard."""
    ondemand.will("refuses_ogg")
    answers = []

    for container in ("ogg", "mp3"):
        sound = await asyncio.to_thread(speak, "Hello.", container=container)
        uploaded = await client.upload(f"voice.{container}", sound, plugins=AUDIO_READER)
        url = uploaded.json()["data"]["url"]
        answers.append(await client.execute("speech_to_text", audioUrl=url))
    refused, heard = answers

    assert (refused.status_code, refused.json()["message"]) == (400, "Unknown error")
    assert heard.json()["data"] == {"text": "Hello."}


@shows("speech_huge", "speech_not_sound")
@pytest.mark.parametrize(
    ("behaviour", "size", "start"),
    [("speech_huge", 21 << 20, b"ID3"), ("speech_not_sound", 37, b"<!DOCTYPE html>")],
)
async def test_speech_that_is_not_what_it_should_be(
    behaviour: str, size: int, start: bytes, ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """Behind the address is far too much, or a page; it was paid for all the same."""
    ondemand.will(behaviour)

    sound = (await client.get(await client.speak("Hello."))).content

    assert len(sound) == size
    assert sound.startswith(start)
    assert ondemand.characters_spoken == len("Hello.")


@shows("speech_private")
@pytest.mark.parametrize(
    "parameters", [{}, {"url": "http://169.254.169.254/latest/meta-data"}], ids=["usual", "told"]
)
async def test_speech_on_a_private_network(
    parameters: dict[str, Any], ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """The address leads into somebody's own network, to any place one names."""
    ondemand.will("speech_private", **parameters)

    url = await client.speak("Hello.")

    assert url == parameters.get("url", "https://10.0.0.1/speech.mp3")


@shows("speech_slow")
async def test_speech_pauses_in_the_middle(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """Half of the sound is there at once, all of it after a while."""
    ondemand.will("speech_slow", seconds=60, times=1)
    stuck = await client.speak("Hello.")
    ondemand.will("speech_slow", seconds=0.3, times=1)
    slow, quick = await client.speak("Hello."), await client.speak("Hello.")

    async with asyncio.timeout(20), client.stream("GET", stuck) as sound:
        half = await anext(sound.aiter_raw())
    started = time.monotonic()
    whole = (await client.get(slow)).content

    assert time.monotonic() - started >= 0.3
    assert whole == (await client.get(quick)).content
    assert whole.startswith(half)
    assert 0 < len(half) <= len(whole) // 2


@shows("no_plugins", "plugins_partial")
async def test_the_plugin_list_fails_softly(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """A total of nothing without a list, or 206 with a sentence."""
    ondemand.will("no_plugins", times=1)
    ondemand.will("plugins_partial")

    none, partial = await client.get("/plugin/v1/list"), await client.get("/plugin/v1/list")

    assert none.json()["data"] == {"total": 0}
    assert (partial.status_code, "data" in partial.json()) == (206, False)


@shows("registry_shape")
@pytest.mark.parametrize(("shape", "kind"), [("array", list), ("data", dict)])
async def test_the_registry_has_another_shape(
    shape: str, kind: type, ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """The same models, wrapped differently."""
    ondemand.will("registry_shape", shape=shape)

    told = (await client.get("/config/v1/public/endpoints")).json()
    models = told if shape == "array" else told["data"]

    assert isinstance(told, kind)
    assert {model["status"] for model in models} == {"active", "inactive"}
