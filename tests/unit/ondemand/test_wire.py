"""Every call is made safely, and whatever comes back is an answer or one of our errors."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import httpx
import pytest

from bot.ondemand import (
    BASE_URL,
    DisconnectedError,
    FileKind,
    GoneError,
    KeyRefusedError,
    Limits,
    MalformedError,
    OnDemandClient,
    OnDemandError,
    RefusedError,
    ServerError,
    StatusError,
    ThrottledError,
    TimedOutError,
    UnreachableError,
)
from bot.ondemand.http import segment
from tests.unit.ondemand.frames import MESSAGE, SESSION
from tests.unit.ondemand.hand import Hand
from tests.unit.ondemand.other_side import (
    AGENT,
    KEY,
    QUERY,
    Script,
    connected,
    heard,
    no,
    ok,
    serving,
)

FILE = "6aca30000000000000000003"

Ask = Callable[[OnDemandClient], Awaitable[object]]


def everything() -> list[Ask]:
    """Every call there is, with plain arguments."""

    async def stream(client: OnDemandClient) -> object:
        async with client.chat.stream(SESSION, QUERY) as answer:
            return [event async for event in answer]

    async def sessions(client: OnDemandClient) -> object:
        return [each async for each in client.chat.sessions()]

    async def messages(client: OnDemandClient) -> object:
        return [each async for each in client.chat.messages(SESSION)]

    async def files(client: OnDemandClient) -> object:
        return [each async for each in client.media.files()]

    async def plugins(client: OnDemandClient) -> object:
        return [each async for each in client.catalog.plugins()]

    return [
        lambda c: c.chat.create_session("anna"),
        sessions,
        lambda c: c.chat.session(SESSION),
        lambda c: c.chat.ask(SESSION, QUERY),
        stream,
        lambda c: c.chat.message(SESSION, MESSAGE),
        messages,
        lambda c: c.chat.recover(SESSION, MESSAGE),
        lambda c: c.chat.delete_session(SESSION),
        lambda c: c.media.upload(b"x", "a.txt", content_type="text/plain"),
        lambda c: c.media.create_from_url("https://a.example/a.pdf", kind=FileKind.DOCUMENT),
        files,
        lambda c: c.media.delete(FILE),
        plugins,
        lambda c: c.catalog.endpoints(),
        lambda c: c.services.speech_to_text("https://a.example/a.ogg"),
        lambda c: c.services.text_to_speech("Hello"),
        lambda c: c.services.translate("Hello", "es"),
    ]


def html(status: int) -> httpx.Response:
    """A page of somebody in between."""
    return httpx.Response(status, headers={"content-type": "text/html"}, content=b"<html>oops")


def packed() -> httpx.Response:
    """An answer that says it is packed, and is not."""
    return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"?"))


NONSENSE: list[Callable[[], httpx.Response | Exception]] = [
    lambda: html(200),
    lambda: html(520),
    lambda: html(403),
    lambda: httpx.Response(200),
    lambda: httpx.Response(500),
    lambda: httpx.Response(204),
    lambda: httpx.Response(302, headers={"location": "https://evil.example/"}),
    lambda: httpx.Response(304),
    lambda: httpx.Response(200, json=[]),
    lambda: httpx.Response(200, json=None),
    lambda: httpx.Response(200, json=7),
    lambda: httpx.Response(200, json={"data": []}),
    lambda: httpx.Response(200, json={"data": [[], 7, None, {"id": None}, {"id": {}}]}),
    lambda: httpx.Response(200, json={"data": None, "pagination": []}),
    lambda: httpx.Response(200, json={"data": "prose", "pagination": "more"}),
    lambda: httpx.Response(200, json={"data": {"id": 7, "createdAt": 7, "title": None}}),
    lambda: httpx.Response(206, json={"message": "plugin-1: plugin subscription not active"}),
    lambda: httpx.Response(200, content=b"[" * 100_000),
    lambda: httpx.Response(200, content=b"\xff\xfe{"),
    lambda: httpx.Response(400, json={"error": {"message": ["odd"]}, "details": 7}),
    lambda: httpx.Response(429, headers={"retry-after": "soon"}),
    lambda: httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"?")
    ),
    lambda: httpx.ConnectError("refused"),
    lambda: httpx.ReadError("reset"),
    lambda: httpx.RemoteProtocolError("nonsense"),
    lambda: httpx.WriteTimeout("slow"),
]


@pytest.mark.parametrize("call", everything())
@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_whatever_they_answer(
    nonsense: Callable[[], httpx.Response | Exception], call: Ask, hand: Hand
) -> None:
    """No answer whatever brings an error that is not ours, or holds a call for ever."""

    async def reply(request: httpx.Request) -> httpx.Response:
        found = nonsense()
        if isinstance(found, Exception):
            raise found
        return found

    client = OnDemandClient(
        KEY, user_agent=AGENT, transport=httpx.MockTransport(reply), clock=hand, sleep=hand.sleep
    )

    async with client, asyncio.timeout(10):
        try:
            await call(client)
        except OnDemandError as error:
            assert KEY not in repr(error)


async def test_headers(client: OnDemandClient, script: Script) -> None:
    """Every call says who we are and that we may."""
    script.will(ok({"id": SESSION}))

    await client.chat.session(SESSION)

    sent = script.requests[0].headers
    assert (sent["apikey"], sent["user-agent"]) == (KEY, AGENT)
    assert str(script.requests[0].url).startswith(BASE_URL)


@pytest.mark.parametrize("key", ["", "  ", "\n", "k\u00e9y", "k\ney"])
def test_keys_that_cannot_be(key: str) -> None:
    """An empty or impossible key is refused at once, and not repeated in the error."""
    with pytest.raises(ValueError, match="api key") as caught:
        OnDemandClient(key, user_agent=AGENT)

    assert not key.strip() or key not in str(caught.value)


def test_an_empty_user_agent() -> None:
    """A nameless client would be banned at the edge, and is refused here."""
    with pytest.raises(ValueError, match="user agent"):
        OnDemandClient(KEY, user_agent="")


async def test_no_key_is_shown(client: OnDemandClient, caplog: pytest.LogCaptureFixture) -> None:
    """The key is in no representation, no log line and no error."""
    caplog.set_level(logging.DEBUG)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")

    async with serving(talk) as url, connected(url) as real:
        with pytest.raises(ServerError) as caught:
            await real.chat.session(SESSION)

    shown = [repr(client), repr(vars(client)), repr(caught.value), caplog.text]
    assert [KEY in text for text in shown] == [False] * 4
    assert len(caplog.records) > 0


@pytest.mark.parametrize(
    "location",
    ["https://evil.example/", "http://127.0.0.1:1/", "//evil.example/x", "/chat/v1/sessions/2"],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(
    client: OnDemandClient, script: Script, status: int, location: str
) -> None:
    """The key never travels to where a redirect points."""
    script.will(httpx.Response(status, headers={"location": location}))

    with pytest.raises(StatusError) as caught:
        await client.chat.session(SESSION)

    assert (caught.value.status, len(script.requests)) == (status, 1)


async def test_cookies_are_not_kept(client: OnDemandClient, script: Script) -> None:
    """What one call is told does not colour the next."""
    answer = ok({"id": SESSION})
    answer.headers["set-cookie"] = "who=anna; Path=/"
    script.will(answer, ok({"id": SESSION}))

    await client.chat.session(SESSION)
    await client.chat.session(SESSION)

    assert "cookie" not in script.requests[1].headers


async def test_an_endless_body(script: Script) -> None:
    """An answer beyond the cap is left unread."""
    client = OnDemandClient(KEY, user_agent=AGENT, transport=script, limits=Limits(body=100))
    script.will(httpx.Response(200, json={"data": "x" * 200}))

    with pytest.raises(MalformedError):
        await client.chat.session(SESSION)


async def test_a_dripping_answer() -> None:
    """A server that sends a byte now and then is left in time."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(talk) as url, connected(url, Limits(call=0.2)) as client:
        async with asyncio.timeout(5):
            with pytest.raises(TimedOutError):
                await client.chat.create_session("anna")


async def test_nobody_there() -> None:
    """Where nobody listens nothing has happened, and the error says so."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Never called."""

    async with serving(talk) as url:
        pass
    async with connected(url) as client:
        with pytest.raises(UnreachableError) as caught:
            await client.chat.create_session("anna")

    assert (caught.value.nothing_happened, caught.value.worth_repeating) == (True, True)


@pytest.mark.parametrize(
    ("failures", "method", "asked"),
    [
        ([no(500), no(502)], "GET", 3),
        ([httpx.ReadError("reset")], "GET", 2),
        ([no(429), no(429)], "POST", 3),
        ([no(401), no(403)], "POST", 3),
        ([no(404, message="no Route matched with those values")] * 2, "POST", 3),
        ([httpx.ConnectError("refused")] * 2, "POST", 3),
    ],
    ids=["server errors", "a reset", "throttled", "key", "no route", "unreachable"],
)
async def test_what_passes_is_tried_again(
    client: OnDemandClient,
    script: Script,
    failures: list[httpx.Response | Exception],
    method: str,
    asked: int,
) -> None:
    """What may pass and does no harm is tried three times in all."""
    script.will(*failures, ok({"id": SESSION}))

    if method == "GET":
        await client.chat.session(SESSION)
    else:
        await client.chat.create_session("anna")

    assert len(script.requests) == asked


@pytest.mark.parametrize(
    ("failure", "kind", "asked"),
    [
        (no(400), RefusedError, 1),
        (no(404), GoneError, 1),
        (no(401), KeyRefusedError, 3),
        (no(429), ThrottledError, 3),
        (no(500), ServerError, 1),
        (httpx.ReadError("reset"), DisconnectedError, 1),
    ],
    ids=["refused", "gone", "key", "throttled", "server error", "reset"],
)
async def test_what_does_not_pass(
    client: OnDemandClient,
    script: Script,
    failure: httpx.Response | Exception,
    kind: type[OnDemandError],
    asked: int,
) -> None:
    """What would do harm, or not help, is not tried again."""
    script.will(*[failure] * asked)

    with pytest.raises(kind):
        await client.chat.create_session("anna")

    assert len(script.requests) == asked


async def test_a_long_wait_is_left_to_the_caller(client: OnDemandClient, script: Script) -> None:
    """Who is told to wait for long is told for how long, at once."""
    script.will(httpx.Response(429, headers={"retry-after": "60"}))

    with pytest.raises(ThrottledError) as caught:
        await client.chat.session(SESSION)

    assert caught.value.after == 60.0


async def test_cancelling_a_call() -> None:
    """A cancelled call is over, and not tried again."""
    asked = 0
    is_asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        is_asked.set()
        await reader.read()

    async with serving(talk) as url, connected(url) as client:
        task = asyncio.create_task(client.chat.session(SESSION))
        await is_asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert asked == 1


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "a?b", "a%2fb", "\u00e9", "a b", "a" * 129])
def test_ids_that_cannot_be(bad: str) -> None:
    """An id never leads a call to another place than it says."""
    with pytest.raises(ValueError, match="not an id"):
        segment(bad)
