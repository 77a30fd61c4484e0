"""Telegram on a bad day: everything it can be told to do wrong, and its limits."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from bot.sandbox.telegram import Person, TelegramSandbox
from bot.sandbox.telegram.behaviours import BEHAVIOURS, ON_PRINCIPLE
from tests.contracts.telegram_sandbox.client import Client

WORDS = {
    "flood": "Too Many Requests: retry after 5",
    "server_error": "Internal Server Error",
    "unauthorized": "Unauthorized",
    "not_found": "Not Found",
    "too_large": "Request Entity Too Large",
    "conflict": "Conflict: terminated by other getUpdates request; make sure that only one bot "
    "instance is running",
    "blocked": "Forbidden: bot was blocked by the user",
    "kicked": "Forbidden: bot was kicked from the supergroup chat",
    "deactivated": "Forbidden: user is deactivated",
    "chat_not_found": "Bad Request: chat not found",
    "cannot_parse": "Bad Request: can't parse entities: Can't find end of the entity starting at "
    "byte offset 0",
    "too_long": "Bad Request: message is too long",
    "message_gone": "Bad Request: message to edit not found",
    "uneditable": "Bad Request: message can't be edited",
    "voice_forbidden": "Bad Request: VOICE_MESSAGES_FORBIDDEN",
    "query_too_old": "Bad Request: query is too old and response timeout expired or query ID is "
    "invalid",
}


@pytest.mark.parametrize("name", [row.name for row in ON_PRINCIPLE])
async def test_a_good_call_can_be_refused(
    telegram: TelegramSandbox, call: Client, anna: Person, name: str
) -> None:
    """Each refusal can be ordered for the next call; the one after works, and no fault is noted."""
    method = (BEHAVIOURS[name].methods or ("sendChatAction",))[0]
    telegram.will(name, times=1)

    answer = await call.http.post(method, json={"chat_id": anna.id, "action": "typing"})
    after = await call("sendChatAction", chat_id=anna.id, action="typing")

    body = answer.json()
    assert answer.status_code == body["error_code"]
    assert body["description"].startswith(WORDS.get(name, "Bad Request: message is not modified"))
    assert after is True
    assert telegram.violations() == []


async def test_flood_control_tells_how_long(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """A 429 can be ordered with any number of seconds, for one chat alone."""
    bruno = telegram.person("Bruno")
    await bruno.says("/start")
    telegram.will("flood", chat=anna.id, seconds=209)

    refused = await call("sendMessage", chat_id=anna.id, text="Hi")
    elsewhere = await call("sendMessage", chat_id=bruno.id, text="Hi")
    telegram.behave()
    again = await call("sendMessage", chat_id=anna.id, text="Hi")

    assert refused["parameters"] == {"retry_after": 209}
    assert elsewhere["text"] == again["text"] == "Hi"


@pytest.mark.parametrize(
    ("name", "is_done"), [("reset", False), ("hang", False), ("answer_lost", True)]
)
async def test_a_connection_breaks(
    telegram: TelegramSandbox, call: Client, anna: Person, name: str, is_done: bool
) -> None:
    """Before or after the deed: the bot cannot tell, the person can."""
    options: dict[str, Any] = {"seconds": 0.01} if name == "hang" else {}
    telegram.will(name, times=1, **options)

    with pytest.raises(httpx.TransportError):
        await call("sendMessage", chat_id=anna.id, text="Hi")

    assert bool([one for one in anna.sees() if one.text == "Hi"]) is is_done


async def test_an_answer_comes_after_the_bot_has_given_up(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """A read timeout after the message was delivered."""
    telegram.will("answer_late", times=1, seconds=60)

    with pytest.raises(httpx.ReadTimeout):
        await call.http.post("sendMessage", json={"chat_id": anna.id, "text": "Hi"}, timeout=0.1)

    await anna.sees_eventually(lambda seen: seen[-1].text == "Hi")


async def test_a_slow_answer(telegram: TelegramSandbox, call: Client) -> None:
    """Slow is slow and nothing else."""
    telegram.will("slow", times=1, seconds=0.2)
    started = time.monotonic()

    me = await call("getMe")

    assert me["is_bot"]
    assert time.monotonic() - started >= 0.19


async def test_answers_that_are_no_answers(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """HTML from the gateway, half a JSON, a null, a message without an id."""
    say = {"chat_id": anna.id, "text": "Hi"}
    answers = []
    for name in ("bad_gateway", "broken_json", "null_result", "message_id_zero"):
        telegram.will(name, times=1)
        answers.append(await call.http.post("sendMessage", json=say))
    html, broken, null, zero = answers

    assert (html.status_code, html.text[:6]) == (502, "<html>")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        broken.json()
    assert (broken.status_code, null.json()) == (200, {"ok": True, "result": None})
    assert zero.json()["result"]["message_id"] == 0
    assert len(anna.sees()) == 4  # All but the first of them were done.


async def test_two_bots_with_one_token(telegram: TelegramSandbox, call: Client) -> None:
    """The older poll gets the 409 over HTTP, too."""
    older = asyncio.create_task(call("getUpdates", timeout=20, offset=1))
    while not telegram.calls("getUpdates"):
        await call("getMe")
    newer = asyncio.create_task(call("getUpdates", timeout=20, offset=2))

    answer = await older
    await telegram.person("Anna").says("/start")

    assert answer["error_code"] == 409
    assert len(await newer) == 1
    assert telegram.violations() == []


async def test_who_talks_too_much_is_stopped() -> None:
    """Flood limits hold over HTTP: the sixth message at once is refused, edits count."""
    async with TelegramSandbox() as telegram, httpx.AsyncClient() as http:
        anna = telegram.person("Anna")
        await anna.says("/start")
        say = {"chat_id": anna.id, "text": "Hi"}
        base = f"{telegram.url}/bot{telegram.token}"
        answers = [(await http.post(f"{base}/sendMessage", json=say)).json() for _ in range(4)]
        edit = {**say, "text": "Ho", "message_id": answers[0]["result"]["message_id"]}
        answers.append((await http.post(f"{base}/editMessageText", json=edit)).json())
        answers.append((await http.post(f"{base}/sendMessage", json=say)).json())

    assert [one["ok"] for one in answers] == [True] * 5 + [False]
    assert answers[-1]["parameters"]["retry_after"] == 1
    assert [one.kind for one in telegram.violations()] == ["flood"]


async def test_poison_and_repetition(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """The bot can be sent nonsense, unknown kinds, and the same update twice."""
    await anna.says("hello")
    [said] = await call.hears()
    telegram.inject({"brand_new_kind": {"x": 1}})
    telegram.inject({"message": {"date": "yesterday"}})
    telegram.redeliver(said["update_id"])

    assert [one for one in await call.hears(3) if one != said] == [
        {"update_id": said["update_id"] + 1, "brand_new_kind": {"x": 1}},
        {"update_id": said["update_id"] + 2, "message": {"date": "yesterday"}},
    ]
