"""The sandbox's own routes, which need no key."""

import httpx

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.ondemand.behaviours import BEHAVIOURS
from bot.sandbox.ondemand.company import Call
from tests.unit.sandbox.platform_client import KEY, PlatformClient, answer_of, connected, frames_of


async def test_behaviours_are_listed_armed_and_cleared(client: PlatformClient) -> None:
    """One learns what there is, arms it for some calls, sees it armed, and clears it."""
    listed = (await client.get("/sandbox/behaviours")).json()
    order = {"behaviour": "rate_limited", "times": 2, "retry_after": 3, "key": KEY}
    armed = await client.post("/sandbox/behaviours", json=order)
    refused = await client.get("/plugin/v1/list")
    left = (await client.get("/sandbox/behaviours")).json()["armed"]
    await client.delete("/sandbox/behaviours", params={"behaviour": "rate_limited"})
    answered = await client.get("/plugin/v1/list")

    assert listed["behaviours"].keys() == BEHAVIOURS.keys()
    assert listed["behaviours"]["slow"]["parameters"] == {"seconds": 1.0}
    assert (armed.status_code, refused.status_code, answered.status_code) == (201, 429, 200)
    assert left == [
        {
            "behaviour": "rate_limited",
            "key": f"…{KEY[-4:]}",
            "operation": None,
            "times": 1,
            "retry_after": 3,
        }
    ]


async def test_a_behaviour_meets_only_the_key_it_is_for(ondemand: OnDemandSandbox) -> None:
    """One account is in trouble, the other is not."""
    ondemand.will("server_error", key="the-key-of-anna")

    async with connected(ondemand, "the-key-of-anna") as anna, connected(ondemand) as ben:
        answers = [await client.get("/plugin/v1/list") for client in (anna, ben)]

    assert [answer.status_code for answer in answers] == [500, 200]


async def test_answers_are_said_in_order(client: PlatformClient) -> None:
    """What was put into the assistant's mouth comes first; sources and thoughts come along."""
    source = {"title": "Moons", "url": "https://example.org/moons"}
    await client.post(
        "/sandbox/answers", json={"text": "One.", "sources": [source], "thinking": ["Hm."]}
    )
    waiting = await client.post("/sandbox/answers", json={"text": "Two.", "failure": "Broken"})
    session = await client.session()

    first, second, third = [(await client.ask(session, "6 * 7")).text for _ in range(3)]
    kinds = [frame.get("eventType") for frame in frames_of(first)]

    assert waiting.json() == {"waiting": 2}
    assert [answer_of(stream) for stream in (first, second, third)] == [
        "One.",
        "Two.",
        "That is **42**.",
    ]
    assert "plugin_sources" in kinds
    assert '[ERROR]:{"message":"Broken"' in second


async def test_answers_can_be_taken_back(client: PlatformClient) -> None:
    """A forgotten answer is not said."""
    await client.post("/sandbox/answers", json={"text": "One."})

    left = await client.delete("/sandbox/answers")

    assert left.json() == {"waiting": 0}


async def test_nonsense_is_refused_with_a_reason(client: PlatformClient) -> None:
    """Whoever mistypes an order is told what is wrong with it."""
    answers = [
        await client.post("/sandbox/behaviours", json={"behaviour": "sleepy"}),
        await client.post("/sandbox/behaviours", json={}),
        await client.post("/sandbox/behaviours", content=b"{"),
        await client.post("/sandbox/answers", json={"words": "One."}),
        await client.post("/sandbox/answers", json=[]),
    ]

    assert [answer.status_code for answer in answers] == [400] * 5
    assert all(answer.json()["error"] for answer in answers)


async def test_calls_are_written_down(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """One can count what was asked and paid; the key is not to be read there."""
    session = await client.session()
    await client.ask(session, "Hello!")
    await client.ask(session, "Hello!", responseMode="later")

    told = await client.get("/sandbox/calls", params={"operation": "submit_query"})
    calls = told.json()["calls"]

    assert [(call["status"], call["message"] is not None) for call in calls] == [
        (200, True),
        (400, False),
    ]
    assert calls[0]["body"]["query"] == "Hello!"
    assert calls[0]["key"] == f"…{KEY[-4:]}"
    assert KEY not in told.text
    assert ondemand.paid == 1


async def test_who_watches_is_told_when_a_call_comes_and_when_it_is_over() -> None:
    """A call is told when it has come, and again when the last word of its stream is out."""
    told: list[tuple[str, bool, int | None]] = []

    def watch(call: Call, is_over: bool) -> None:
        told.append((call.operation, is_over, call.status))

    async with OnDemandSandbox(pace=0, watch=watch) as ondemand, connected(ondemand) as client:
        await client.ask(await client.session())

    assert told == [
        *(("create_session", False, None), ("create_session", True, 201)),
        *(("submit_query", False, None), ("submit_query", True, 200)),
    ]


async def test_calls_can_be_forgotten(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """After forgetting, counting starts again."""
    await client.session()

    await client.delete("/sandbox/calls")

    assert ondemand.calls() == []


async def test_no_key_is_needed(ondemand: OnDemandSandbox) -> None:
    """The control routes are the sandbox's, not the platform's."""
    async with httpx.AsyncClient() as anybody:
        answer = await anybody.get(f"{ondemand.url}/sandbox/behaviours")

    assert answer.status_code == 200
