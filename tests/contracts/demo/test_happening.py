"""The drawer and the panel of faults: what happens, and what is made to go wrong."""

import json
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.demo.child import State
from bot.sandbox.demo.faults import FAULTS
from bot.sandbox.demo.happening import KEPT, Row
from tests.contracts.demo.conftest import Browser, Demo
from tests.contracts.telegram_sandbox.client import Client
from tests.unit.sandbox.platform_client import connected


async def rows(browser: Browser, *kinds: str) -> list[Any]:
    """What the drawer shows of these kinds, oldest first."""
    told = (await browser.sees("/api/happenings"))["happenings"]
    return [row for row in told if row["kind"] in kinds]


async def test_an_update_is_followed_on_its_way(browser: Browser, bot: Client) -> None:
    """I see what I write wait for the bot, and reach it."""
    states = []
    said = await browser.does("Anna", "say", text="Nobody reads this in a drawer")
    for step in (None, bot.hears, bot.confirms):
        await step() if step else None
        row = (await rows(browser, "update"))[-1]
        states.append((row["what"], row["chat"], row["detail"]))

    assert states == [("message", said["chat"], s) for s in ("waiting", "fetched", "confirmed")]
    assert (await browser.http.get("/api/happenings")).text.count("Nobody reads") == 0


async def test_calls_are_told_with_their_ends(browser: Browser, demo: Demo, bot: Client) -> None:
    """I see each call to Telegram and OnDemand, how long it took, and whether it went well."""
    said = await browser.does("Anna", "say", text="Hello!")
    await bot("sendMessage", chat_id=said["chat"], text="Hi", message_thread_id=0)
    await bot.refused("sendMessage", chat_id=12345, text="Hi")
    async with connected(demo.ondemand) as client:
        await client.ask(await client.session())
        await client.get("/nowhere")

    calls = [row for row in await rows(browser, "telegram", "ondemand") if not row["is_quiet"]]

    assert [(row["what"], row["status"], row["detail"]) for row in calls] == [
        ("sendMessage", 200, None),
        ("sendMessage", 400, "Bad Request: chat not found"),
        ("create_session", 201, None),
        ("submit_query", 200, None),
        ("GET /nowhere", 404, None),
    ]
    assert calls[0]["chat"] == said["chat"]
    assert all(row["ms"] >= 0 for row in calls)


async def test_a_call_is_shown_while_it_lasts(browser: Browser, demo: Demo, bot: Client) -> None:
    """What takes long is there from its beginning, and is completed in its place."""
    said = await browser.does("Anna", "say", text="Hello!")
    demo.telegram.will("slow", method="sendMessage", times=1, seconds=0.05)
    async with browser.listens() as until:
        sending = bot("sendMessage", chat_id=said["chat"], text="Hi")
        told: list[Any] = []
        await sending
        while len(told) < 2:
            row = await until("happening")
            if row["what"] == "sendMessage":
                told.append(row)

    assert told[0]["key"] == told[1]["key"]
    assert told[0]["at"] == told[1]["at"]
    assert (told[0]["ms"], told[0]["status"]) == (None, None)
    assert told[1]["ms"] >= 50
    assert told[1]["status"] == 200


async def test_the_log_of_the_bot_tells_the_lanes(browser: Browser, demo: Demo) -> None:
    """I see in which lane a turn was, and how long it took; warnings too, and nothing else."""
    turn = {"lane": "talk:1000001:7", "update": 12, "logger": "bot.delivery.lanes"}
    for line in (
        {"event": "turn begun", "level": "debug", **turn},
        {"event": "turn settled", "level": "debug", "seconds": 0.94, **turn},
        {"event": "telegram not reached", "level": "warning", "logger": "bot.app"},
        {"event": "running", "level": "info", "logger": "bot.app"},
        ["no", "object"],
    ):
        demo.happening.reads(json.dumps(line))
    demo.happening.reads("no JSON at all")

    told = await rows(browser, "lane", "log")

    assert [(row["kind"], row["what"], row["ms"]) for row in told] == [
        ("lane", "settled", 940),
        ("log", "telegram not reached", None),
    ]
    assert (told[0]["chat"], told[0]["topic"], told[0]["status"]) == (1000001, 7, 12)


async def test_the_state_of_the_bot_is_told(browser: Browser, demo: Demo) -> None:
    """When the bot does not start the page says why, and when it is tried again."""
    async with browser.listens() as until:
        at = datetime(2026, 11, 28, tzinfo=UTC)
        demo.happening.notes(State("failed", at, starts=2, line="no luck", again_in=2.0))
        told = await until("state")

    assert told == {
        "state": "failed",
        "at": "2026-11-28T00:00:00.000Z",
        "pid": None,
        "starts": 2,
        "line": "no luck",
        "again_in": 2.0,
    }
    assert (await rows(browser, "bot"))[-1]["detail"] == "no luck"


async def test_only_the_last_rows_are_kept(demo: Demo) -> None:
    """A demo that runs for days does not fill the memory."""
    for number in range(KEPT + 10):
        demo.happening.tell(Row(f"log-{number}", "log", "something"))

    assert [row.key for row in demo.happening.rows][:: KEPT - 1] == ["log-10", f"log-{KEPT + 9}"]


async def test_a_fault_is_armed_used_up_and_told(browser: Browser, demo: Demo, bot: Client) -> None:
    """I arm a 429; the next edit meets it, and the panel says that it is used up."""
    said = await browser.does("Anna", "say", text="Hello!")
    posted = await bot("sendMessage", chat_id=said["chat"], text="Hi")
    async with browser.listens() as until:
        armed = await browser.http.post("/api/faults/flood", json={})
        again = await browser.http.post("/api/faults/flood", json={})
        where = {"chat_id": said["chat"], "message_id": posted["message_id"]}
        refused = await bot.refused("editMessageText", text="Hi there", **where)
        states = [(await until("fault"))["state"] for _ in range(2)]
    await bot("editMessageText", text="Hi there", **where)

    assert armed.json() == again.json()
    assert armed.json()["fault"]["state"] == "armed"
    assert refused == "Too Many Requests: retry after 5"
    assert states == ["armed", "used"]
    assert [row["detail"] for row in await rows(browser, "fault")] == states


async def test_a_fault_is_taken_back(browser: Browser, demo: Demo) -> None:
    """I change my mind, and nothing goes wrong."""
    await browser.http.post("/api/faults/server_error", json={})
    cleared = await browser.http.delete("/api/faults/server_error")
    async with connected(demo.ondemand) as client:
        answer = await client.get("/plugin/v1/list")

    assert cleared.json()["fault"]["state"] == "idle"
    assert answer.status_code == 200


async def test_every_fault_can_be_armed_again_and_again(browser: Browser, bot: Client) -> None:
    """Each switch of the panel works, with a sentence about it; killing needs a bot that runs."""
    await browser.does("Anna", "say", text="Hello!")
    answers = {
        name: [(await browser.http.post(f"/api/faults/{name}", json={})) for _ in range(2)]
        for name in FAULTS
    }
    shown = (await browser.sees("/api/faults"))["faults"]

    statuses = {name: [one.status_code for one in both] for name, both in answers.items()}
    assert statuses == {name: [409, 409] if name == "kill" else [200, 200] for name in FAULTS}
    assert answers["kill"][0].json() == {"error": "The bot is not running just now."}
    assert [one["name"] for one in shown] == list(FAULTS)
    assert all(one["sentence"].endswith(".") for one in shown)


async def test_the_last_update_is_delivered_twice(browser: Browser, bot: Client) -> None:
    """The bot gets what I wrote last once more."""
    await browser.does("Anna", "say", text="Hello!")
    first = await bot.hears()
    await browser.http.post("/api/faults/duplicate_update", json={})

    assert await bot.hears() == first


async def test_an_unknown_fault_is_refused(browser: Browser) -> None:
    """There is no fault that nobody has thought of."""
    answers = [
        await browser.http.post("/api/faults/earthquake", json={}),
        await browser.http.delete("/api/faults/earthquake"),
    ]

    assert [one.status_code for one in answers] == [404, 404]
