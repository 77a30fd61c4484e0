"""Results are fetched from the open internet, as they are, and from nowhere else."""

import asyncio
import gzip
import ipaddress
import time
from collections.abc import Sequence

import httpx
import pytest

from bot.ondemand import DownloadError, Limits, UnsafeAddressError
from bot.ondemand.breaker import Breaker
from bot.ondemand.fetch import Fetcher, Resolve, is_public, looks_like_sound, looks_like_text
from bot.ondemand.http import Wire
from tests.unit.ondemand.other_side import AGENT, KEY, Script, heard, serving

URL = "https://files.example.org/speech.mp3?sig=a%2Bb%3D&se=1"
PUBLIC = "93.184.216.34"
SOUND = b"ID3\x04" + b"\x00" * 60


def resolving(*answers: Sequence[str]) -> Resolve:
    """A resolver that gives these answers, one after the other, and then the last for ever."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def literally(host: str, port: int) -> Sequence[str]:
    """What the system does with a host that is a number in some spelling, and with our canary."""
    spelled = {"localhost": "127.0.0.1", "2130706433": "127.0.0.1", "0x7f000001": "127.0.0.1"}
    spelled |= {"0177.0.0.1": "127.0.0.1", "127.1": "127.0.0.1", "017700000001": "127.0.0.1"}
    return [spelled.get(host, host)]


def fetcher(
    transport: httpx.AsyncBaseTransport | None,
    resolve: Resolve,
    *,
    loopback_allowed: bool = False,
    limits: Limits | None = None,
) -> Fetcher:
    """A fetcher of a client whose API is elsewhere."""
    limits = limits or Limits()
    wire = Wire(
        KEY,
        base_url="https://api.on-demand.io",
        user_agent=AGENT,
        limits=limits,
        breaker=Breaker(clock=time.monotonic),
        transport=transport,
    )
    return Fetcher(wire, limits=limits, loopback_allowed=loopback_allowed, resolve=resolve)


def anything(content: bytes) -> bool:
    """Whatever comes is right."""
    return True


async def test_a_result_is_fetched_by_the_checked_address(script: Script) -> None:
    """We connect to the address that was checked, under the name that was asked for."""
    script.will(httpx.Response(200, content=SOUND))

    content = await fetcher(script, resolving([PUBLIC])).fetch(URL, looks_right=looks_like_sound)

    request = script.requests[0]
    assert content == SOUND
    assert str(request.url) == f"https://{PUBLIC}/speech.mp3?sig=a%2Bb%3D&se=1"
    assert request.headers["host"] == "files.example.org"
    assert request.extensions["sni_hostname"] == "files.example.org"


async def test_nothing_of_ours_goes_along(script: Script) -> None:
    """No key, no name of ours, no cookie is sent to where results are kept."""
    script.will(httpx.Response(200, content=SOUND))

    await fetcher(script, resolving([PUBLIC])).fetch(URL, looks_right=anything)

    assert sorted(script.requests[0].headers) == ["accept", "accept-encoding", "host"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104  An address to be refused.
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
    ],
)
async def test_addresses_that_are_not_public(script: Script, address: str) -> None:
    """No private, local, mapped, tunnelled or metadata address is ever called."""
    with pytest.raises(UnsafeAddressError):
        await fetcher(script, resolving([address])).fetch(URL, looks_right=anything)
    with pytest.raises(UnsafeAddressError):
        await fetcher(script, resolving([PUBLIC, address])).fetch(URL, looks_right=anything)

    assert script.requests == []


@pytest.mark.parametrize("address", [PUBLIC, "20.60.1.2", "2606:4700::1111", "2a00:1450::1"])
def test_addresses_that_are_public(address: str) -> None:
    """The guard is no wall: storage on the open internet is reached."""
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///path",
        "//files.example.org/a",
        "files.example.org/a",
        "http://files.example.org/a",
        "HTTP://files.example.org/a",
        "ftp://files.example.org/a",
        "file:///etc/passwd",
        "data:audio/mp3;base64,SUQz",
        "javascript:alert(1)",
        "gopher://files.example.org/_x",
        "https://user@files.example.org/a",
        "https://user:word@files.example.org/a",
        "https://:@files.example.org/a",
        "https://files.example.org:8443/a",
        "https://files.example.org:22/a",
        "https://files.example.org:80/a",
        "https://files.example.org:0/a",
        "https://files.example.org:99999/a",
        "https://files.example.org:x/a",
        "https://files.example.org/a b",
        "https://files.example.org/a\r\nX: y",
        "https://files.example.org\t/a",
        "https://files.example.org\x00/a",
        "https://[::1/a",
        "https://[files]/a",
        "https://" + "a" * 70 + ".\u00e9.example/a",
    ],
)
async def test_addresses_that_make_no_sense(script: Script, url: str) -> None:
    """Whatever is no plain https address is refused before anything is looked up or sent."""
    with pytest.raises(UnsafeAddressError) as caught:
        await fetcher(script, resolving([PUBLIC])).fetch(url, looks_right=anything)

    assert "example" not in str(caught.value)
    assert script.requests == []


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "017700000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
    ],
)
async def test_disguises_of_our_own_machine(host: str) -> None:
    """However our own address is spelled, nobody knocks at it."""
    knocks = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal knocks
        knocks += 1

    async with serving(talk) as canary:
        port = canary.rsplit(":", 1)[1]
        for url in (f"https://{host}:{port}/", f"https://{host}/", f"http://{host}:{port}/"):
            with pytest.raises(UnsafeAddressError):
                await fetcher(None, literally).fetch(url, looks_right=anything)

    assert knocks == 0


async def test_a_name_that_changes_its_mind(script: Script) -> None:
    """A name that resolves well for the check has no second chance to resolve badly."""
    script.will(*[httpx.Response(200, content=SOUND)] * 20)
    answers = [[PUBLIC], ["127.0.0.1"]] * 20
    tricky = fetcher(script, resolving(*answers))

    outcomes: list[bytes | None] = []
    for _ in answers:
        try:
            outcomes.append(await tricky.fetch(URL, looks_right=anything))
        except UnsafeAddressError:
            outcomes.append(None)

    assert outcomes == [SOUND, None] * 20
    assert {request.url.host for request in script.requests} == {PUBLIC}


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(301, headers={"location": "https://files.example.org/b"}),
        httpx.Response(302, headers={"location": "http://169.254.169.254/"}),
        httpx.Response(307, headers={"location": "//127.0.0.1/"}),
        httpx.Response(206, content=SOUND),
        httpx.Response(403, content=b"<Error>AuthenticationFailed</Error>"),
        httpx.Response(404),
        httpx.Response(500),
        httpx.Response(200, content=b"x" * 1_001),
        httpx.Response(200, content=b"<html>sorry</html>"),
        httpx.Response(200, content=b""),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("nonsense"),
        httpx.ConnectError("refused"),
    ],
    ids=[
        "301",
        "302",
        "307",
        "206",
        "403",
        "404",
        "500",
        "too much",
        "a page",
        "nothing",
        "reset",
        "nonsense",
        "unreachable",
    ],
)
async def test_results_that_do_not_come(
    script: Script, response: httpx.Response | Exception
) -> None:
    """What is refused, moved, too large or something else is an error, and asked for once."""
    script.will(response)
    small = fetcher(script, resolving([PUBLIC]), limits=Limits(download=1_000))

    with pytest.raises(DownloadError) as caught:
        await small.fetch(URL, looks_right=looks_like_sound)

    assert (len(script.requests), "sig=" in str(caught.value)) == (1, False)


async def test_the_next_address_is_tried(script: Script) -> None:
    """A host with several addresses is reached by one that works."""
    script.will(httpx.ConnectError("refused"), httpx.Response(200, content=SOUND))
    both = fetcher(script, resolving([PUBLIC, "2606:4700::1111"]))

    await both.fetch(URL, looks_right=anything)

    assert [request.url.host for request in script.requests] == [PUBLIC, "2606:4700::1111"]


@pytest.mark.parametrize("answers", [[], ["not an address"]], ids=["none", "nonsense"])
async def test_a_host_without_address(script: Script, answers: list[str]) -> None:
    """A host that cannot be found is an error of ours, not of the system."""
    with pytest.raises(DownloadError):
        await fetcher(script, resolving(answers)).fetch(URL, looks_right=anything)


async def test_a_resolver_that_fails(script: Script) -> None:
    """A name nobody knows is an error of ours, not of the system."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    with pytest.raises(DownloadError):
        await fetcher(script, resolve).fetch(URL, looks_right=anything)


@pytest.mark.parametrize("lookup", [True, False], ids=["looking up", "sending"])
async def test_a_download_ends_in_time(lookup: bool) -> None:
    """Neither a slow name nor a host that sends a byte now and then holds us for long."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if lookup:
            await asyncio.sleep(5)
        return ["127.0.0.1"]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(talk) as url, asyncio.timeout(4):
        slow = fetcher(None, resolve, loopback_allowed=True, limits=Limits(download_time=0.3))
        with pytest.raises(DownloadError):
            await slow.fetch(f"{url}/a", looks_right=anything)


async def test_a_packed_answer_is_not_unpacked(script: Script) -> None:
    """A bomb in a small parcel stays in its parcel, and does not look like sound."""
    script.will(
        httpx.Response(
            200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(gzip.compress(SOUND))
        )
    )

    with pytest.raises(DownloadError):
        await fetcher(script, resolving([PUBLIC])).fetch(URL, looks_right=looks_like_sound)


async def test_results_on_loopback() -> None:
    """Where the API itself is on this machine, its results may be too."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(SOUND), SOUND))
        await writer.drain()

    async with serving(talk) as url:
        local = fetcher(None, literally, loopback_allowed=True)
        content = await local.fetch(f"{url}/a.mp3", looks_right=looks_like_sound)

    assert content == SOUND


@pytest.mark.parametrize(
    ("content", "sound", "text"),
    [
        (b"ID3\x04\x00", True, False),
        (b"\xff\xf3\x44\x00", True, False),
        (b"\xff\xfb\x90\x00", True, False),
        (b"OggS\x00", True, False),
        (b"RIFF....WAVE", True, True),
        (b"<html>", False, False),
        (b"  <!DOCTYPE HTML>", False, False),
        (b"{}", False, True),
        (b"", False, True),
        (b"\xff", False, False),
        ("\ufeffGr\u00fc\u00df".encode(), False, True),
        (b"PK\x03\x04\x00", False, False),
    ],
)
def test_what_bytes_look_like(content: bytes, sound: bool, text: bool) -> None:
    """Bytes are judged by themselves, since their labels say nothing."""
    assert (looks_like_sound(content), looks_like_text(content)) == (sound, text)
