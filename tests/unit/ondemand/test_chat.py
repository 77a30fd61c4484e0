"""Sessions are made, asked, read and forgotten."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from bot.ondemand import (
    MEDIA_KNOWLEDGE,
    BusyError,
    FailedError,
    GoneError,
    Limits,
    Message,
    OnDemandClient,
    OnDemandError,
    OutageError,
    Query,
    RefusedError,
    Session,
    TimedOutError,
    Tuning,
    UnreachableError,
    Usage,
)
from bot.ondemand.agents import first_offer
from tests.unit.ondemand.frames import DONE, HEARTBEAT, MESSAGE, SESSION, said
from tests.unit.ondemand.hand import Hand
from tests.unit.ondemand.other_side import (
    AGENT,
    KEY,
    QUERY,
    Script,
    no,
    ok,
    streamed,
)


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"id": SESSION}},
        {"data": {"sessionId": SESSION}},
        {"data": {"session_id": SESSION}},
        {"data": {"chatSession": {"id": SESSION}}},
        {"chatSession": {"id": SESSION}},
        {"id": SESSION},
    ],
    ids=str,
)
@pytest.mark.parametrize("status", [200, 201])
async def test_create_session(
    client: OnDemandClient, script: Script, status: int, body: dict[str, object]
) -> None:
    """A session is made, wherever its id stands in the answer."""
    script.will(httpx.Response(status, json=body))

    session = await client.chat.create_session("anna", metadata={"channel": "test"})

    assert session == Session(SESSION)
    assert script.asked == ["POST /chat/v1/sessions"]
    assert script.bodies == [
        {"externalUserId": "anna", "contextMetadata": [{"key": "channel", "value": "test"}]}
    ]


async def test_a_session_as_it_was_captured(client: OnDemandClient, script: Script) -> None:
    """All a session tells is understood, and what its user said is not shown."""
    script.will(
        ok(
            {
                "id": SESSION,
                "externalUserId": "anna",
                "agentIds": ["agent-1722260873"],
                "pluginIds": ["plugin-1722260873"],
                "title": "Anna's troubles",
                "status": "draft",
                "createdAt": "2026-10-10T00:09:47.108213454Z",
                "updatedAt": None,
                "isProcessing": False,
                "liveSettings": {"enabled": False},
            }
        )
    )

    session = await client.chat.session(SESSION)

    assert session == Session(
        SESSION,
        "anna",
        ("1722260873",),
        "Anna's troubles",
        "draft",
        created_at=datetime(2026, 10, 10, 0, 9, 47, 108213, UTC),
    )
    assert "troubles" not in repr(session)


async def test_refused_agents_of_a_session(client: OnDemandClient, script: Script) -> None:
    """A session is made without the plugins that were refused, and names them."""
    script.will(no(400, details={"unsubscribedAgentIds": ["agent-1"]}), ok({"id": SESSION}))

    session = await client.chat.create_session("anna", plugins=["plugin-1", "plugin-2"])

    assert session.dropped == ("1",)
    assert [body["agentIds"] for body in script.bodies] == [["agent-1", "agent-2"], ["agent-2"]]


async def test_lists_by_cursor(client: OnDemandClient, script: Script) -> None:
    """Sessions are listed page by page, as far as one reads."""
    script.will(ok([{"id": "a"}, {}, 7], pagination={"next": "a"}), ok([{"id": "b"}]))

    found = [each.id async for each in client.chat.sessions(external_user_id="anna")]

    assert found == ["a", "b"]
    assert [dict(each.url.params) for each in script.requests] == [
        {"externalUserId": "anna", "sort": "desc", "limit": "50"},
        {"externalUserId": "anna", "sort": "desc", "cursor": "a", "limit": "50"},
    ]


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        (ok(None), True),
        (httpx.Response(204), True),
        (no(404, "not_found"), True),
        (no(405), False),
        (no(500), False),
    ],
    ids=["deleted", "deleted silently", "gone already", "not allowed", "broken"],
)
async def test_delete_session(
    client: OnDemandClient, script: Script, answer: httpx.Response, gone: bool
) -> None:
    """Forgetting a session tells whether it worked, and is no error if it did not."""
    script.will(*[answer] * 3)

    assert await client.chat.delete_session(SESSION) is gone


async def test_ask(client: OnDemandClient, script: Script) -> None:
    """A short question is answered at once, with what it took."""
    metrics = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3, "totalTimeSec": 0.5}
    script.will(
        ok(
            {
                "sessionId": SESSION,
                "messageId": MESSAGE,
                "answer": "Paris.",
                "status": "completed",
                "metrics": metrics,
            }
        )
    )
    query = Query(
        text="Capital of France?",
        endpoint_id="e",
        plugins=["plugin-1"],
        fulfillment_only=True,
        tuning=Tuning(temperature=0.2),
    )

    message = await client.chat.ask(SESSION, query)

    assert message == Message(
        MESSAGE, SESSION, status="completed", answer="Paris.", usage=Usage(1, 2, 3, 0.5)
    )
    assert script.bodies == [
        {
            "query": "Capital of France?",
            "endpointId": "e",
            "responseMode": "sync",
            "fulfillmentOnly": True,
            "modelConfigs": {"temperature": 0.2},
        }
    ]


async def test_half_a_character_in_a_question(client: OnDemandClient, script: Script) -> None:
    """Words that no encoding can carry are carried as far as they can be."""
    script.will(ok({"messageId": MESSAGE}))

    await client.chat.ask(SESSION, Query(text="a\ud83c", endpoint_id="e"))

    assert script.bodies[0]["query"] == "a?"


@pytest.mark.parametrize(("words", "endpoint"), [(" ", "e"), ("Hi", "")], ids=["words", "model"])
def test_queries_that_cannot_be(words: str, endpoint: str) -> None:
    """A query without words or without a model is refused before it is sent."""
    with pytest.raises(ValueError, match="a query needs"):
        Query(text=words, endpoint_id=endpoint)


async def test_recover(client: OnDemandClient, script: Script, hand: Hand) -> None:
    """A broken answer is fetched once it is whole, however shaky the line."""
    script.will(
        ok({"id": MESSAGE, "status": "processing", "answer": "A mo"}),
        *[no(500)] * 3,
        ok({"id": MESSAGE, "status": "completed", "answer": "A monad."}),
    )

    message = await client.chat.recover(SESSION, MESSAGE)

    assert (message.answer, hand.pauses) == ("A monad.", [2.0, 2.6])
    assert set(script.asked) == {f"GET /chat/v1/sessions/{SESSION}/messages/{MESSAGE}"}


async def test_recovery_waits_as_it_is_told(
    client: OnDemandClient, script: Script, hand: Hand
) -> None:
    """Who is told to come back in half a minute does not ask before."""
    script.will(
        httpx.Response(429, headers={"retry-after": "30"}),
        ok({"id": MESSAGE, "status": "completed"}),
    )

    await client.chat.recover(SESSION, MESSAGE)

    assert hand.pauses == [30.0]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ok({"id": MESSAGE, "status": "failed"}), FailedError),
        (no(404, "not_found"), GoneError),
    ],
    ids=["failed", "gone"],
)
async def test_nothing_to_recover(
    client: OnDemandClient, script: Script, answer: httpx.Response, kind: type[OnDemandError]
) -> None:
    """An answer that will never come is not waited for."""
    script.will(answer)

    with pytest.raises(kind):
        await client.chat.recover(SESSION, MESSAGE)


async def test_recovery_ends(client: OnDemandClient, script: Script, hand: Hand) -> None:
    """An answer that is never finished is left in time."""
    script.will(*[ok({"id": MESSAGE, "status": "processing"})] * 100)

    with pytest.raises(TimedOutError):
        await client.chat.recover(SESSION, MESSAGE)

    assert 230 < hand.now <= 240


async def test_one_query_at_a_time(client: OnDemandClient, script: Script) -> None:
    """A second query of a session waits for the first, one of another session does not."""
    script.will(*[streamed(HEARTBEAT, said("A"), DONE) for _ in range(3)])
    order: list[str] = []

    async def ask(name: str, session_id: str) -> None:
        async with client.chat.stream(session_id, QUERY) as answer:
            order.append(f"{name} begins")
            await asyncio.sleep(0.02)
            async for _ in answer:
                pass
        order.append(f"{name} ends")

    async with asyncio.TaskGroup() as tasks:
        for name, session_id in (("1", SESSION), ("2", SESSION), ("3", "another")):
            tasks.create_task(ask(name, session_id))

    assert order.index("1 ends") < order.index("2 begins")
    assert order.index("3 begins") < order.index("1 ends")


async def test_a_session_that_stays_busy(script: Script) -> None:
    """Nobody waits for a busy session for ever, and then nothing was sent."""
    client = OnDemandClient(KEY, user_agent=AGENT, transport=script, limits=Limits(total=0.1))
    script.will(streamed(HEARTBEAT))

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(client.chat.stream(SESSION, QUERY))
        with pytest.raises(BusyError):
            await client.chat.ask(SESSION, QUERY)

    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("session", "kind"),
    [
        (ok({"id": SESSION, "isProcessing": True}), BusyError),
        (ok({"id": SESSION, "isProcessing": False}), RefusedError),
        (ok({"id": SESSION}), RefusedError),
        (no(404, "not_found"), RefusedError),
    ],
    ids=["busy", "free", "not said", "not to be asked"],
)
async def test_a_refusal_for_want_of_time(
    client: OnDemandClient,
    script: Script,
    session: httpx.Response,
    kind: type[OnDemandError],
) -> None:
    """A query refused while the platform is at an earlier one may be asked later."""
    script.will(no(400, "invalid_request"), session)

    with pytest.raises(kind) as caught:
        await client.chat.ask(SESSION, QUERY)

    assert type(caught.value) is kind
    assert caught.value.worth_repeating is (kind is BusyError)
    assert script.asked[1:] == [f"GET /chat/v1/sessions/{SESSION}"]


async def test_a_busy_session_costs_no_plugins(client: OnDemandClient, script: Script) -> None:
    """Plugins are not given up because of a query that came too early."""
    script.will(no(400, "invalid_request"), ok({"id": SESSION, "isProcessing": True}))

    with pytest.raises(BusyError):
        await client.chat.ask(SESSION, replace(QUERY, plugins=["plugin-1"]))

    assert len(script.requests) == 2


async def test_queries_keep_the_accounts_pace(script: Script, hand: Hand) -> None:
    """Queries beyond the account's budget wait for their turn."""
    limits = Limits(queries_per_minute=2)
    client = OnDemandClient(
        KEY, user_agent=AGENT, transport=script, limits=limits, clock=hand, sleep=hand.sleep
    )
    script.will(*[ok({"messageId": MESSAGE})] * 3)

    for _ in range(3):
        await client.chat.ask(SESSION, QUERY)

    assert hand.pauses == [60.0]


async def test_a_query_that_is_repeated_keeps_the_pace_too(script: Script, hand: Hand) -> None:
    """Each time a query is sent counts, or a minute would see more than the account allows."""
    limits = Limits(queries_per_minute=2)
    client = OnDemandClient(
        KEY, user_agent=AGENT, transport=script, limits=limits, clock=hand, sleep=hand.sleep
    )
    script.will(no(429), no(429), ok({"messageId": MESSAGE}))

    await client.chat.ask(SESSION, QUERY)

    assert hand.pauses == [60.0]


async def test_nobody_queues_for_a_platform_that_is_away(script: Script, hand: Hand) -> None:
    """I am told at once that it is away, and the budget is whole when it is back."""
    limits = Limits(queries_per_minute=2)
    client = OnDemandClient(
        KEY, user_agent=AGENT, transport=script, limits=limits, clock=hand, sleep=hand.sleep
    )
    script.will(*[httpx.ConnectError("refused")] * 5)
    for _ in range(2):
        with pytest.raises(UnreachableError):
            await client.chat.session(SESSION)

    for _ in range(5):
        with pytest.raises(OutageError):
            await client.chat.ask(SESSION, QUERY)
        with pytest.raises(OutageError):
            await client.media.upload(b"x", "a.txt", content_type="text/plain")

    assert client.health.state == "open"
    assert client.chat.wait == 0
    assert hand.pauses == []


@pytest.mark.parametrize(
    ("plugins", "asked"),
    [
        ((MEDIA_KNOWLEDGE, "plugin-1"), "What is in it?"),
        ((MEDIA_KNOWLEDGE.replace("plugin", "agent"),), "What is in it?"),
        (("plugin-1",), "It says so. What is in it?"),
        ((), "It says so. What is in it?"),
    ],
)
def test_words_for_when_files_cannot_be_used(plugins: tuple[str, ...], asked: str) -> None:
    """A question about files is asked in other words where nothing reads them."""
    query = Query(
        text="What is in it?",
        text_without_files="It says so. What is in it?",
        endpoint_id="e",
        plugins=plugins,
    )

    assert query.body("sync", first_offer(plugins))["query"] == asked
