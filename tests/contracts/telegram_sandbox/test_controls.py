"""The sandbox driven over HTTP, as the demo page drives it."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.control import GROUP_VERBS, PERSON_VERBS
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from tests.contracts.telegram_sandbox.client import Client

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def post(telegram: TelegramSandbox, call: Client) -> Post:
    """Return a way to post to the controls."""

    async def post(path: str, **body: Any) -> httpx.Response:
        return await call.http.post(f"{telegram.url}/sandbox/telegram/{path}", json=body)

    return post


async def test_a_conversation_over_http(
    telegram: TelegramSandbox, call: Client, post: Post
) -> None:
    """Somebody is let in, says something, waits for a change and looks at the chat."""
    anna = (await post("people", name="Anna", language="de")).json()
    said = (await post(f"people/{anna['id']}/says", text="hello")).json()["result"]
    [update] = await call.hears()
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    looking = f"{telegram.url}/sandbox/telegram/people/{anna['id']}/chat"
    before = (await call.http.get(looking)).json()["changes"]
    waiting = asyncio.create_task(
        call.http.get(f"{telegram.url}/sandbox/telegram/changes?after={before}&seconds=10")
    )
    await call("sendMessage", chat_id=anna["id"], text="Hi", reply_markup=keyboard)
    changes = (await waiting).json()["changes"]
    chat = (await call.http.get(looking)).json()

    assert said["id"] == update["message"]["message_id"]
    assert changes > before
    assert [one["text"] for one in chat["messages"]] == ["hello", "Hi"]
    assert chat["messages"][1]["keyboard"][0][0]["label"] == "Go"


async def test_files_travel_as_base64(call: Client, post: Post) -> None:
    """A recorder in a page sends what it recorded."""
    anna = (await post("people", name="Anna")).json()
    sound = base64.b64encode(b"OggS").decode()

    sent = await post(f"people/{anna['id']}/sends", voice=sound, duration=2)

    assert sent.json()["result"]["file"] == sound


async def test_groups_over_http(telegram: TelegramSandbox, call: Client, post: Post) -> None:
    """A forum is founded, gets a topic, and somebody writes in it."""
    anna = (await post("people", name="Anna")).json()["id"]
    me = (await call("getMe"))["id"]
    group = (await post("groups", title="Club", owner=anna, others=[me], forum=True)).json()
    topic = (await post(f"groups/{group['id']}/open_topic", name="Food")).json()["result"]
    await post(f"groups/{group['id']}/promote", who=me)
    await post(f"people/{anna}/says", text="Soup?", in_=group["id"], topic=topic)

    assert [one["name"] for one in group["members"]] == ["Anna", "OnDemand"]
    assert telegram.updates()[-1]["message"]["message_thread_id"] == topic


async def test_faults_calls_and_violations_over_http(
    telegram: TelegramSandbox, call: Client, post: Post
) -> None:
    """A panel of faults arms them, and sees what the bot did."""
    base = f"{telegram.url}/sandbox/telegram"
    armed = await post("behaviours", behaviour="flood", seconds=7, times=1)
    await call("sendMessage", chat_id=5, text="Hi")
    await call("sendMessage", chat_id=5, text="Hi")
    board = (await call.http.get(f"{base}/behaviours")).json()
    calls = (await call.http.get(f"{base}/calls?method=sendMessage")).json()["calls"]
    violations = (await call.http.get(f"{base}/violations")).json()["violations"]
    cleared = await call.http.delete(f"{base}/behaviours")

    assert armed.json()["seconds"] == 7
    assert board["armed"] == []
    assert "retry after" not in board["behaviours"]["slow"]["meaning"]
    assert [one["status"] for one in calls] == [429, 400]
    assert [one["what"] for one in violations] == ["Bad Request: chat not found"]
    assert cleared.status_code == 204


async def test_updates_over_http(telegram: TelegramSandbox, call: Client, post: Post) -> None:
    """Any update can be sent, and sent again."""
    sent = (await post("updates", poll={"id": "1"})).json()["update_id"]
    await call.hears()
    await post(f"updates/{sent}")

    assert [one["update_id"] for one in await call.hears()] == [sent]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("people/1/says", {"text": "x"}, 404),
        ("people/1000001/sings", {}, 400),
        ("people/1000001/says", {}, 400),
        ("people/1000001/says", {"text": ""}, 400),
        ("people/1000001/says", {"text": "x", "in_": -5}, 404),
        ("people/1000001/presses", {"label": "Go", "timeout": 0.01}, 408),
        ("behaviours", {"behaviour": "sulk"}, 400),
        ("groups", {"owner": 1000001}, 404),
    ],
)
async def test_mistakes_are_said(
    telegram: TelegramSandbox, post: Post, path: str, body: dict[str, Any], status: int
) -> None:
    """Whoever drives wrongly hears what was wrong."""
    telegram.person("Anna")

    answer = await post(path, **body)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_every_verb_is_something_one_can_do() -> None:
    """The controls offer nothing that is not there."""
    assert all(callable(getattr(Person, verb)) for verb in PERSON_VERBS)
    assert all(callable(getattr(Group, verb)) for verb in GROUP_VERBS)
