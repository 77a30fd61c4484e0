"""Sessions of the sandbox's platform: memory, lists, tools."""

import pytest

from tests.unit.sandbox.platform_client import (
    PlatformClient,
)

PERPLEXITY = "1722260873"


async def test_a_session_is_listed_after_its_first_query(client: PlatformClient) -> None:
    """A new session can be read, but is in no list and has no title until something is asked."""
    session = await client.session()
    before = (await client.get("/chat/v1/sessions")).json()["data"]
    fresh = (await client.get(f"/chat/v1/sessions/{session}")).json()["data"]

    await client.ask(session, "What is a lighthouse?")
    after = (await client.get("/chat/v1/sessions")).json()["data"]

    assert before == []
    assert (fresh["status"], fresh["title"]) == ("draft", "")
    assert [(s["id"], s["status"], s["title"]) for s in after] == [
        (session, "completed", "What is a lighthouse?")
    ]


async def test_pages_follow_each_other_by_cursor(client: PlatformClient) -> None:
    """Walking the pages meets every session once, newest first, and comes to an end."""
    made = [await client.session(externalUserId="ben") for _ in range(5)]
    for session in made:
        await client.ask(session)
    await client.ask(await client.session())

    met, cursor, pages = [], "", 0
    while cursor or not pages:
        query = {"externalUserId": "ben", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/chat/v1/sessions", params=query)).json()
        met += [session["id"] for session in page["data"]]
        cursor, pages = page["pagination"]["next"], pages + 1

    assert met == made[::-1]
    assert pages == 3


@pytest.mark.parametrize(
    ("asked", "given"), [("", 10), ("0", 10), ("-3", 10), ("x", 10), ("51", 50), ("7", 7)]
)
async def test_a_limit_out_of_bounds_is_set_right_silently(
    asked: str, given: int, client: PlatformClient
) -> None:
    """A page that is too small or too big is not an error."""
    page = await client.get("/chat/v1/sessions", params={"limit": asked})

    assert page.json()["pagination"]["limit"] == given


@pytest.mark.parametrize("field", ["pluginIds", "agentIds"])
async def test_both_names_for_tools_are_understood(field: str, client: PlatformClient) -> None:
    """Whether a client says plugin or agent, the session shows both."""
    prefix = field.removesuffix("Ids")

    session = await client.session(**{field: [f"{prefix}-{PERPLEXITY}"]})
    shown = (await client.get(f"/chat/v1/sessions/{session}")).json()["data"]

    assert shown["pluginIds"] == [f"plugin-{PERPLEXITY}"]
    assert shown["agentIds"] == [f"agent-{PERPLEXITY}"]


@pytest.mark.parametrize(
    ("tool", "kind", "when"),
    [
        ("agent-1", "invalid", "session"),
        ("agent-1741770626", "unsubscribed", "session"),
        ("agent-1775547203", "inactive", "query"),
    ],
)
async def test_a_tool_that_cannot_be_used_is_named(
    tool: str, kind: str, when: str, client: PlatformClient
) -> None:
    """A tool that is unknown, not subscribed or inactive is refused by name."""
    body = {"externalUserId": "anna", "agentIds": [tool]}
    answer = await client.post("/chat/v1/sessions", json=body)
    if when == "query":
        assert answer.status_code == 201
        answer = await client.ask(answer.json()["data"]["id"])

    assert answer.status_code == 400
    assert answer.json()["details"] == {f"{kind}AgentIds": [tool]}
