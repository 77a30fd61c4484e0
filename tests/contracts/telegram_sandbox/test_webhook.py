"""Updates delivered to a webhook, as stubbornly as Telegram does it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.sandbox.server import serve
from bot.sandbox.telegram import Person, TelegramSandbox
from tests.conftest import HandClock
from tests.contracts.telegram_sandbox.client import Client


@dataclass
class Hook:
    """A bot's web server: writes down what comes, and answers what it was told to."""

    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    #: What to answer, one after the other; 200 when there is nothing left.
    answers: list[tuple[int, Mapping[str, str], bytes]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    #: While this is not set, deliveries about "slow" are held up.
    free: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one delivery."""
        request = Request(scope, receive)
        self.got.append(json.loads(await request.body()))
        self.secrets.append(request.headers.get("x-telegram-bot-api-secret-token"))
        self.arrived.set()
        if self.got[-1].get("message", {}).get("text") == "slow":
            await self.free.wait()
        status, headers, body = self.answers.pop(0) if self.answers else (200, {}, b"")
        await Response(body, status, dict(headers))(scope, receive, send)

    @property
    def texts(self) -> list[str]:
        """What people said, as it came."""
        return [one["message"]["text"] for one in self.got]

    async def gets(self, n: int) -> None:
        """Wait until there were `n` deliveries."""
        async with asyncio.timeout(10):
            while len(self.got) < n:
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
async def telegram(clock: HandClock) -> AsyncIterator[TelegramSandbox]:
    """Return a Telegram whose retries come a hundred times quicker."""
    async with (
        TelegramSandbox(clock=clock.now, limits="off", retry_pace=0.01) as sandbox,
        asyncio.timeout(30),
    ):
        yield sandbox


@pytest.fixture
async def hook(anna: Person, call: Client) -> AsyncIterator[Hook]:
    """Return a web server that is set as the bot's webhook, with a secret."""
    hook = Hook()
    async with serve(hook) as url:
        await call("setWebhook", url=f"{url}/hook", secret_token="s3cret_s3cret")  # noqa: S106
        yield hook


async def test_updates_come_with_the_secret(
    telegram: TelegramSandbox, hook: Hook, anna: Person
) -> None:
    """The header proves that it is Telegram who delivers; what was taken is settled."""
    await anna.says("hello")

    await hook.gets(1)
    assert await telegram.settled()
    assert hook.texts == ["hello"]
    assert hook.secrets == ["s3cret_s3cret"]


async def test_polling_is_refused_while_a_webhook_is_set(call: Client, hook: Hook) -> None:
    """One way or the other; after deleteWebhook polling works."""
    refused = await call("getUpdates")
    await call("deleteWebhook")

    assert refused["error_code"] == 409
    assert refused["description"].startswith("Conflict: can't use getUpdates method while webhook")
    assert await call("getUpdates") == []


async def test_a_chat_is_delivered_one_by_one_and_does_not_hold_up_others(
    telegram: TelegramSandbox, hook: Hook, anna: Person
) -> None:
    """What comes behind a slow delivery of the same chat waits; other chats go on."""
    bruno = telegram.person("Bruno")
    await anna.says("slow")
    await anna.says("behind")
    await hook.gets(1)
    await bruno.says("elsewhere")
    await hook.gets(2)
    meanwhile = list(hook.texts)
    hook.free.set()
    await hook.gets(3)

    assert meanwhile == ["slow", "elsewhere"]
    assert hook.texts == ["slow", "elsewhere", "behind"]


async def test_what_is_refused_is_delivered_again(
    telegram: TelegramSandbox, call: Client, hook: Hook, anna: Person
) -> None:
    """Any answer but 2xx brings the same update again, and blocks the chat meanwhile."""
    hook.answers = [(500, {}, b""), (400, {}, b""), (302, {"location": "/"}, b"")]
    await anna.says("one")
    await anna.says("two")

    await hook.gets(5)
    info = await call("getWebhookInfo")
    assert hook.texts == ["one", "one", "one", "one", "two"]
    assert info["last_error_message"] == "Wrong response from the webhook: 302"
    assert await telegram.settled()


async def test_retry_after_is_obeyed(hook: Hook, anna: Person) -> None:
    """A server that asks for a pause gets it."""
    hook.answers = [(503, {"Retry-After": "40"}, b"")]
    loop = asyncio.get_running_loop()
    started = loop.time()
    await anna.says("one")

    await hook.gets(2)
    assert loop.time() - started > 0.39  # Forty seconds at a hundredth of the pace.


async def test_an_update_dies_undelivered(
    telegram: TelegramSandbox, hook: Hook, anna: Person, clock: HandClock
) -> None:
    """After its life of a day an update is given up, and the chat goes on."""
    hook.answers = [(500, {}, b"")] * 2
    await anna.says("one")
    await hook.gets(2)
    clock.advance(86_401)
    await telegram.settled()
    await anna.says("two")

    await hook.gets(3)
    assert hook.texts[-1] == "two"


async def test_a_method_in_the_answer_is_executed(
    telegram: TelegramSandbox, hook: Hook, anna: Person
) -> None:
    """A careless answer becomes a call, so a bot's answer had better be empty."""
    body = json.dumps({"method": "sendMessage", "chat_id": anna.id, "text": "oops"}).encode()
    hook.answers = [(200, {"content-type": "application/json"}, body)]
    await anna.says("hello")

    [seen] = await anna.reads()
    assert seen.text == "oops"
    assert len(telegram.calls("sendMessage")) == 1


async def test_an_answer_cannot_take_the_webhook_away(
    telegram: TelegramSandbox, hook: Hook, anna: Person
) -> None:
    """Methods about updates are not done from a webhook's answer."""
    hook.answers = [(200, {}, b'{"method": "deleteWebhook"}')]
    await anna.says("one")
    await anna.says("two")

    await hook.gets(2)
    assert len(telegram.calls("deleteWebhook")) == 1


async def test_a_webhook_that_is_gone_for_a_day_is_taken_away(
    telegram: TelegramSandbox, call: Client, hook: Hook, anna: Person, clock: HandClock
) -> None:
    """Nothing but 410 for 23 hours, and the bot has to poll for what was not delivered."""
    hook.answers = [(410, {"Retry-After": "5"}, b"") for _ in range(9)]
    await anna.says("one")
    await hook.gets(2)
    clock.advance(23 * 3600)
    while (await call("getWebhookInfo"))["url"]:
        await call("getMe")

    [update] = await call.hears()
    assert update["message"]["text"] == "one"


async def test_a_webhook_has_only_so_many_connections(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """With one connection chats wait for each other."""
    bruno = telegram.person("Bruno")
    hook = Hook()
    async with serve(hook) as url:
        await call("setWebhook", url=url, max_connections=1)
        await anna.says("slow")
        await hook.gets(1)
        await bruno.says("elsewhere")
        await call("getMe")
        meanwhile = list(hook.texts)
        hook.free.set()
        await hook.gets(2)

    assert meanwhile == ["slow"]
    assert hook.texts == ["slow", "elsewhere"]


async def test_presses_do_not_wait_behind_messages(
    telegram: TelegramSandbox, call: Client, hook: Hook, anna: Person
) -> None:
    """Button presses have a queue of their own for each person."""
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    await call("sendMessage", chat_id=anna.id, text="Ready?", reply_markup=keyboard)
    await anna.says("slow")
    await hook.gets(1)
    await anna.presses("Go", timeout=0)

    await hook.gets(2)
    assert hook.got[1]["callback_query"]["data"] == "go"
    hook.free.set()


async def test_a_webhook_gets_what_waited_before_it(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """Updates that nobody polled are delivered once there is a webhook, unless dropped."""
    await anna.says("before")
    hook = Hook()
    async with serve(hook) as url:
        await call("setWebhook", url=url)
        await hook.gets(1)
        await call("deleteWebhook")
        await anna.says("between")
        await call("setWebhook", url=url, drop_pending_updates=True)
        await anna.says("after")
        await hook.gets(2)

    assert hook.texts == ["before", "after"]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"url": "https://example.com/"}, "bad webhook: the sandbox delivers over plain HTTP"),
        ({"url": "http://127.0.0.1/", "secret_token": "not allowed!"}, "secret token contains"),
    ],
)
async def test_bad_webhooks_are_refused(
    call: Client, parameters: dict[str, Any], words: str
) -> None:
    """The sandbox delivers to this machine only, and a secret has few characters."""
    assert (await call.refused("setWebhook", **parameters)).startswith(f"Bad Request: {words}")


async def test_nobody_listens(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """A server that is down gets its updates when it is back."""
    hook = Hook()
    async with serve(hook) as url:
        pass
    await call("setWebhook", url=url)
    await anna.says("hello")
    async with httpx.AsyncClient() as http:
        base = f"{telegram.url}/bot{telegram.token}/getWebhookInfo"
        info: dict[str, Any] = {}
        while "last_error_message" not in info:
            info = (await http.get(base)).json()["result"]

    async with serve(hook, port=int(url.rpartition(":")[2])):
        await hook.gets(1)
    assert info["last_error_message"] == "Connection failed"
    assert hook.texts[-1] == "hello"
