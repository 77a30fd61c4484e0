"""Polling: whatever Telegram says, nothing is confirmed that was not accepted."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from urllib.parse import parse_qs

import pytest
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter

from bot.storage import Arrival, UnreachableError
from bot.telegram.polling import Poller, pause_after
from tests.conftest import HandClock

TOKEN = "7000000001:a-token-for-tests"


@pytest.fixture(autouse=True)
def _agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library gives stretches of time as what they are, as in the bot."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.mark.parametrize(
    ("error", "failures", "seconds"),
    [
        (NetworkError("?"), 1, 1.0),
        (NetworkError("?"), 2, 2.0),
        (NetworkError("?"), 5, 16.0),
        (NetworkError("?"), 6, 30.0),
        (NetworkError("?"), 10_000, 30.0),
        (UnreachableError("?"), 3, 4.0),
        (Conflict("?"), 9, 3.0),
        (InvalidToken("?"), 1, 30.0),
    ],
)
def test_the_pause_fits_the_failure(error: Exception, failures: int, seconds: float) -> None:
    """Short at first and half a minute at most; soon, where another bot polls."""
    assert pause_after(error, failures) == seconds


def test_flood_control_is_waited_out() -> None:
    """Told to wait 17 seconds, we wait 17 seconds."""
    assert pause_after(RetryAfter(17), 9) == 17.0


def answer(status: str, body: str, *, kind: str = "application/json") -> bytes:
    """A whole HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n{body}".encode()


def refusal(status: str, code: int) -> bytes:
    """What Telegram says when it says no."""
    return answer(status, json.dumps({"ok": False, "error_code": code, "description": status}))


def updates(*found: object) -> bytes:
    """What Telegram says when there is news."""
    return answer("200 OK", json.dumps({"ok": True, "result": list(found)}))


class Telegram:
    """Answers polls with what it was given, and notes what they ask for."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.offsets: list[int | None] = []
        #: What it says to whoever takes the webhook away.
        self.farewell = answer("200 OK", '{"ok": true, "result": true}')
        self.is_empty = asyncio.Event()
        self.url = ""
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Be there, at the same address every time."""
        port = int(self.url.rpartition(":")[2] or 0)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Be away."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            target = head.split()[1].decode()
            if "/getUpdates" in target:
                offset = parse_qs(target.partition("?")[2]).get("offset")
                self.offsets.append(int(offset[0]) if offset else None)
                if not self.answers:
                    self.is_empty.set()
                writer.write(self.answers.pop(0) if self.answers else updates())
            else:
                writer.write(self.farewell)
            await writer.drain()
        finally:
            writer.close()


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Telegram, as far as polling goes."""
    opened = Telegram()
    await opened.open()
    yield opened
    await opened.close()


class Inbox:
    """Takes arrivals in, or fails as it is told."""

    def __init__(self) -> None:
        self.accepted: list[int] = []
        self.failures: list[Exception] = []

    async def __call__(self, arrivals: Sequence[Arrival]) -> None:
        """Take these in."""
        if self.failures:
            raise self.failures.pop(0)
        self.accepted += [arrival.update_id for arrival in arrivals]


@pytest.fixture
def inbox() -> Inbox:
    """Where updates go."""
    return Inbox()


async def poll_all(telegram: Telegram, inbox: Inbox, clock: HandClock) -> Poller:
    """Poll until Telegram has given all it has, and asks once more what follows."""
    bot = Bot(TOKEN, base_url=f"{telegram.url}/bot")
    await bot.request.initialize()
    poller = Poller(bot=bot, accept=inbox, clock=clock)
    polling = asyncio.create_task(poller.run())
    async with asyncio.timeout(20):
        await telegram.is_empty.wait()
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    await bot.request.shutdown()
    return poller


ONE, TWO = {"update_id": 10, "message": {}}, {"update_id": 11, "message": {}}


@pytest.mark.parametrize(
    "trouble",
    [
        refusal("401 Unauthorized", 401),
        refusal("404 Not Found", 404),
        refusal("409 Conflict", 409),
        refusal("500 Internal Server Error", 500),
        answer("502 Bad Gateway", "<html>Bad Gateway</html>", kind="text/html"),
        answer("200 OK", "<html>Welcome to the hotel</html>", kind="text/html"),
        answer("200 OK", '{"ok": true, "result": [{"update_id"'),
        answer("200 OK", '{"ok": true, "result": 7}'),
        answer("200 OK", '{"ok": true}'),
        answer("200 OK", "[]"),
        answer("429 Too Many Requests", '{"ok": false, "parameters": {"retry_after": 9}}'),
        b"",
        b"220 smtp.example.org ESMTP\r\n",
    ],
    ids=[
        "401", "404", "409", "500", "502", "hotel", "half", "number", "nothing", "list", "429",
        "hangs up", "smtp",
    ],
)  # fmt: skip
async def test_polling_survives_whatever_telegram_says(
    telegram: Telegram, inbox: Inbox, clock: HandClock, trouble: bytes
) -> None:
    """A bad moment of Telegram's ends nothing, and confirms nothing."""
    telegram.answers = [updates(ONE), trouble, updates(TWO)]

    poller = await poll_all(telegram, inbox, clock)

    assert inbox.accepted == [10, 11]
    assert telegram.offsets == [None, 11, 11, 12]
    assert poller.completed_at is not None


@pytest.mark.parametrize("said", ['{"ok": true}', "[]", "7"])
async def test_polling_begins_whatever_telegram_says_of_the_webhook(
    telegram: Telegram, inbox: Inbox, clock: HandClock, said: str
) -> None:
    """Telegram's first word makes no sense, and I am heard all the same."""
    telegram.farewell = answer("200 OK", said)
    telegram.answers = [updates(ONE)]

    await poll_all(telegram, inbox, clock)

    assert inbox.accepted == [10]


async def test_what_the_database_did_not_take_comes_again(
    telegram: Telegram, inbox: Inbox, clock: HandClock
) -> None:
    """The database is away: Telegram keeps my message until it is back."""
    inbox.failures = [UnreachableError("away"), UnreachableError("still away")]
    telegram.answers = [updates(ONE)] * 3

    await poll_all(telegram, inbox, clock)

    assert inbox.accepted == [10]
    assert telegram.offsets == [None, None, None, 11]


async def test_updates_that_make_no_sense_hold_up_nobody(
    telegram: Telegram, inbox: Inbox, clock: HandClock
) -> None:
    """What has no number is passed over, and the rest is taken in."""
    telegram.answers = [updates("?", None, {"message": {}}, ONE, {"update_id": 11, "message": 7})]

    await poll_all(telegram, inbox, clock)

    assert inbox.accepted == [10, 11]
    assert telegram.offsets == [None, 12]


async def test_an_outage_is_waited_out_with_growing_pauses(
    telegram: Telegram, inbox: Inbox, clock: HandClock
) -> None:
    """Telegram is away and refuses connections; when it is back, so are we."""
    telegram.answers = [updates(ONE)]
    await telegram.close()

    polling = asyncio.create_task(poll_all(telegram, inbox, clock))
    while clock.seconds < 100:  # Only the clock tells of failed polls.
        await asyncio.sleep(0.01)
    await telegram.open()
    await polling

    assert inbox.accepted == [10]
