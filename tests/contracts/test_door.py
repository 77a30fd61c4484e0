"""The door of the house over real HTTP, with a real inbox behind it, on both databases."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import httpx
import pytest
from telegram import Bot

from bot.delivery import Inbox
from bot.doorway import Doorway, open_door
from bot.metrics import Metrics
from bot.storage import Arrival, MisconfiguredError, Store
from bot.telegram.hook import Hook
from bot.telegram.polling import Poller
from bot.web import server, webhook_path
from tests.conftest import HandClock
from tests.ports import free_port

SECRET = "s3cret-of_the-webhook-0123456789abcdef"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}


@dataclass
class Front:
    """The door, open."""

    url: str
    port: int
    lanes: list[str]
    client: httpx.AsyncClient

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
        """Post to the webhook, as Telegram does unless told otherwise."""
        path = webhook_path(SECRET)
        return await self.client.post(path, content=body, headers=headers or HEADERS)


def body(number: int, chat: int = 5) -> bytes:
    """An update of a chat."""
    message = {"message_id": number, "chat": {"id": chat, "type": "private"}, "text": "hello"}
    return json.dumps({"update_id": number, "message": message}).encode()


@pytest.fixture
async def front(store: Store, clock: HandClock) -> AsyncIterator[Front]:
    """A door with a webhook."""
    port = free_port()
    lanes: list[str] = []
    inbox = Inbox(store=store, clock=clock, metrics=Metrics(), wake=lanes.extend)
    hook = Hook(bot=Bot("1:a"), url="http://127.0.0.1", secret=SECRET, clock=clock)
    way = Doorway("127.0.0.1", port, SECRET, hook, store, clock, Metrics())
    url = f"http://127.0.0.1:{port}"
    async with open_door(way, accept=inbox.accept), httpx.AsyncClient(base_url=url) as client:
        yield Front(url, port, lanes, client)


async def test_an_update_is_committed_before_telegram_hears_of_it(
    front: Front, store: Store
) -> None:
    """Posted twice, it is kept once; what others post leaves no row."""
    first = await front.post(body(7))
    again = await front.post(body(7))
    forged = await front.post(body(8), {"X-Telegram-Bot-Api-Secret-Token": SECRET[:-1]})
    nothing = await front.post(b"[]")

    assert [each.status_code for each in (first, again, forged, nothing)] == [200, 200, 401, 400]
    assert {each.content for each in (first, again, forged, nothing)} == {b""}
    async with store.read() as tx:
        assert [entry.update_id for entry in await tx.inbox.unsettled()] == [7]
    assert front.lanes == ["talk:5:0"]


async def test_posts_at_once_share_a_commit(front: Front, store: Store) -> None:
    """Two hundred chats write at once: every one is kept, each in its lane."""
    answers = await asyncio.gather(*(front.post(body(n, chat=n)) for n in range(1, 201)))

    assert {answer.status_code for answer in answers} == {200}
    async with store.read() as tx:
        assert len(await tx.inbox.unsettled()) == 200


async def test_what_an_operator_looks_at(front: Front, store: Store, clock: HandClock) -> None:
    """Alive, ready, and in numbers; the rest of the world finds nothing."""
    await front.post(body(7))
    clock.advance(60.0)

    alive = await front.client.get("/healthz")
    ready = await front.client.get("/readyz")
    metrics = await front.client.get("/metrics")
    found = [await front.client.get(path) for path in ("/", "/telegram/", "/metrics/x")]
    refused = await front.client.post("/healthz")

    assert (alive.status_code, alive.text) == (200, "alive\n")
    assert ready.status_code == 200
    parts = ready.json()["parts"]
    assert parts["database"]["well"] is True
    assert parts["answers"]["says"] == "1 wait, the oldest for 60 s; 0 were given up"
    assert "ondemand_bot_inbox_open 1.0" in metrics.text
    assert "ondemand_bot_inbox_oldest_seconds 60.0" in metrics.text
    assert 'ondemand_bot_webhook_requests_total{status="200"} 1.0' in metrics.text
    (tasks,) = re.findall(r"^ondemand_bot_tasks (\d+)", metrics.text, re.MULTILINE)
    assert int(tasks) > 1
    assert [each.status_code for each in found] == [404, 404, 404]
    assert refused.status_code == 405


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_when_the_disk_is_full_telegram_keeps_what_comes(front: Front, store: Store) -> None:
    """It is told to come again; once there is room the same update is taken in, once."""

    async def let_grow_to(pages: int) -> None:
        async with store.begin() as tx:
            connection = tx.inbox._connection  # SQLite's own way to have no more room.
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await let_grow_to(1)  # It never shrinks below what there is.
    refused = []
    for number in range(1, 201):
        answer = await front.post(body(number))
        if answer.status_code != 200:
            refused.append((number, answer))
            break
    ((number, answer),) = refused
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    ready = await front.client.get("/readyz")

    await let_grow_to(1_000_000)
    again = await front.post(body(number))

    assert again.status_code == 200
    assert ready.status_code == 200  # It can still be read; the failures are counted.
    async with store.read() as tx:
        taken = [entry.update_id for entry in await tx.inbox.unsettled()]
    assert taken == list(range(1, number + 1))


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_whoever_takes_for_ever_is_cut_off(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head that never ends, and a second one on a connection that was good before."""
    monkeypatch.setattr(server, "HEAD_PATIENCE", 0.2)
    good = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"

    async def cut_off(*pieces: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    assert await cut_off(b"GET /hea") == b""
    assert await cut_off(b"") == b""
    assert (await cut_off(good, b"GET /hea")).endswith(b"alive\n")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_strangers_with_long_bodies_are_not_read(front: Front) -> None:
    """Twenty promise forty megabytes each; they are sent away, and Telegram is served meanwhile."""
    head = (
        f"POST {webhook_path(SECRET)} HTTP/1.1\r\nHost: a\r\nContent-Length: 41943040\r\n\r\n"
    ).encode()

    async def push() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
        writer.write(head + b"a" * 65_536)
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return b"HTTP/1.1 401 "  # It was closed before we had read the answer.
        finally:
            writer.close()

    strangers = asyncio.gather(*(push() for _ in range(20)))
    genuine = await front.post(body(7))

    assert {answer[:13] for answer in await strangers} == {b"HTTP/1.1 401 "}
    assert genuine.status_code == 200


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_who_never_heard_telegram_tells_since_when(store: Store, clock: HandClock) -> None:
    """The network was broken from the start: my alert is told for how long."""

    async def accept(arrivals: Sequence[Arrival]) -> None:
        raise AssertionError

    async def told() -> float | None:
        await way.count()
        return way.metrics.registry.get_sample_value("ondemand_bot_poll_age_seconds")

    bot = Bot("1:a", base_url=f"http://127.0.0.1:{free_port()}/bot")
    poller = Poller(bot=bot, accept=accept, clock=clock)
    way = Doorway("127.0.0.1", 0, None, poller, store, clock, Metrics())
    await bot.request.initialize()

    before = await told()
    polling = asyncio.create_task(poller.run())
    while clock.seconds < 150:  # Only the clock tells of failed polls.
        await asyncio.sleep(0.01)
    meanwhile = await told()
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    afterwards = await told()
    await bot.request.shutdown()

    assert (before, afterwards) == (-1, -1)
    assert meanwhile is not None
    assert meanwhile >= 150


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_port_that_is_taken(front: Front, store: Store, clock: HandClock) -> None:
    """A webhook cannot do without it; who polls goes on without a page of health."""

    async def accept(arrivals: Sequence[Arrival]) -> None:
        raise AssertionError

    hook = Hook(bot=Bot("1:a"), url="http://127.0.0.1", secret=SECRET, clock=clock)
    poller = Poller(bot=Bot("1:a"), accept=accept, clock=clock)
    ways = [
        Doorway("127.0.0.1", front.port, SECRET, source, store, clock, Metrics())
        for source in (hook, poller)
    ]

    with pytest.raises(MisconfiguredError, match=f"PORT {front.port} on 127.0.0.1"):
        async with open_door(ways[0], accept=accept):
            pass
    async with open_door(ways[1], accept=accept):
        pass
