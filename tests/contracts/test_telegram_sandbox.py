"""The Bot API of the sandbox over real HTTP: what a bot can rely on when it talks to Telegram."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.sandbox.telegram import NotSeenError, Person, Read, TelegramSandbox


class Client:
    """A bot without a library: methods as they are, over HTTP."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self._offset = 0

    async def __call__(self, method: str, **parameters: Any) -> Any:
        """Call a method and return its result; a refusal comes back as its envelope."""
        answer = (await self.http.post(method, json=parameters)).json()
        return answer["result"] if answer["ok"] else answer

    async def hears(self, n: int = 1, **parameters: Any) -> list[dict[str, Any]]:
        """Poll until there are `n` updates, confirming what came before."""
        heard: list[dict[str, Any]] = []
        while len(heard) < n:
            new = await self("getUpdates", offset=self._offset, timeout=5, **parameters)
            if not new:
                break
            self._offset = new[-1]["update_id"] + 1
            heard += new
        return heard


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    """Return a running Telegram."""
    async with TelegramSandbox() as sandbox, asyncio.timeout(30):
        yield sandbox


@pytest.fixture
async def call(telegram: TelegramSandbox) -> AsyncIterator[Client]:
    """Return a bot that is logged in."""
    base = f"{telegram.url}/bot{telegram.token}/"
    async with httpx.AsyncClient(base_url=base, timeout=20) as http:
        yield Client(http)


@pytest.fixture
async def anna(telegram: TelegramSandbox, call: Client) -> Person:
    """Return somebody who has already said hello, which the bot has heard."""
    anna = telegram.person("Anna", username="anna_b")
    await anna.says("/start")
    await call.hears()
    return anna


async def test_the_bot_learns_who_it_is(call: Client) -> None:
    """GetMe tells the name and what the bot may."""
    me = await call("getMe")

    assert me["is_bot"]
    assert me["username"] == "ondemand_sandbox_bot"


async def test_a_conversation(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """What a person says reaches the bot, and what the bot says reaches the person."""
    await anna.says("What is a monad?")
    [update] = await call.hears()
    question = update["message"]
    await call("sendMessage", chat_id=question["chat"]["id"], text="A burrito.")

    assert question["text"] == "What is a monad?"
    assert question["from"]["first_name"] == "Anna"
    assert await anna.reads() == [Read("A burrito.")]
    assert telegram.violations() == []


async def test_an_answer_that_grows(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """A message can be edited, people see the newest text, and its growth is remembered."""
    message = await call("sendMessage", chat_id=anna.id, text="A")
    for text in ("A bur", "A burrito."):
        await call("editMessageText", chat_id=anna.id, message_id=message["message_id"], text=text)

    seen = await anna.sees_eventually(lambda seen: seen[-1].text.endswith("."))

    assert seen[-1] == Read("A burrito.")
    assert [v.content["text"] for v in telegram.history(seen[-1])] == ["A", "A bur", "A burrito."]


async def test_a_button_is_pressed_and_answered(call: Client, anna: Person) -> None:
    """The bot hears of the press with its data, and the person sees the bot's answer."""
    keyboard = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop:7"}]]}
    await call("sendMessage", chat_id=anna.id, text="Writing", reply_markup=keyboard)
    pressing = asyncio.create_task(anna.presses("Stop"))
    [update] = await call.hears()
    query = update["callback_query"]
    await call("answerCallbackQuery", callback_query_id=query["id"], text="Stopped")

    answer = await pressing

    assert query["data"] == "stop:7"
    assert answer is not None
    assert answer.text == "Stopped"


async def test_waiting_in_vain_says_what_was_there(call: Client, anna: Person) -> None:
    """Who waits for more than comes is told what came."""
    await call("sendMessage", chat_id=anna.id, text="only this")

    with pytest.raises(NotSeenError, match=r"for 2 new.*\n.*only this"):
        await anna.reads(2, timeout=0.05)
