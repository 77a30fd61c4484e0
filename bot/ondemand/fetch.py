"""Fetching results from addresses that somebody else chose.

Speech and extracted texts come as addresses of storage elsewhere. Whoever forges one must not
make us knock on our own doors: only https to public addresses, checked after the name was
resolved, and connected to by that very address, so that a name cannot change its mind between
the check and the call. No redirects; nothing of ours is sent along; size and time are bounded;
and the bytes must look like what they are said to be.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from bot.ondemand.errors import (
    DisconnectedError,
    DownloadError,
    MalformedError,
    TimedOutError,
    UnreachableError,
    UnsafeAddressError,
)
from bot.ondemand.http import Wire
from bot.ondemand.limits import Limits

#: The addresses of a host, as text, in the order they should be tried.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Public by number, yet not the public: protocol assignments, the old 6to4 relays, and the
#: address by which Azure's machines speak to their host.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet, and to nothing else.

    Forms of IPv6 that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo) do not count:
    no storage is reached that way, and each is a way around this check.
    """
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        tunnel = address.sixtofour is not None or address.teredo is not None
        return address in _GLOBAL_UNICAST and not tunnel
    return not any(address in network for network in _NOT_PUBLIC)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an address leads, as far as its text says."""

    scheme: str
    host: str
    port: int
    #: Path and query, without the fragment.
    path: str
    query: str

    @classmethod
    def parse(cls, url: str, *, loopback_allowed: bool = False) -> Self:
        """Read an address. Raises `UnsafeAddressError`, which does not repeat it."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
            host = host and host.encode("idna" if not host.isascii() else "ascii").decode()
        except ValueError:
            raise UnsafeAddressError("not an address at all") from None
        standard = {"https": 443} | ({"http": 80} if loopback_allowed else {})
        if parts.scheme not in standard:
            raise UnsafeAddressError("only https is fetched")
        if not host or parts.username is not None or parts.password is not None:
            raise UnsafeAddressError("an address without a host, or with a password")
        if not url.isprintable() or " " in url:
            raise UnsafeAddressError("an address with unprintable characters")
        port = standard[parts.scheme] if port is None else port
        return cls(parts.scheme, host, port, parts.path or "/", parts.query)

    @property
    def authority(self) -> str:
        """Host and port, as HTTP writes them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port in (80, 443) else f"{host}:{self.port}"

    def at(self, address: Address) -> str:
        """The same address with the machine named by its number."""
        host = f"[{address}]" if address.version == 6 else str(address)
        return urlunsplit((self.scheme, f"{host}:{self.port}", self.path, self.query, ""))


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for a host's addresses. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


class Fetcher:
    """Fetches results. Where the API itself is on loopback, results may be so too."""

    def __init__(
        self, wire: Wire, *, limits: Limits, loopback_allowed: bool, resolve: Resolve = resolve
    ) -> None:
        self._wire = wire
        self._limits = limits
        self._loopback_allowed = loopback_allowed
        self._resolve = resolve

    async def fetch(self, url: str, *, looks_right: Callable[[bytes], bool]) -> bytes:
        """The bytes behind an address, if they look right.

        Raises `UnsafeAddressError` before anything is sent, and `DownloadError` for everything
        else: another status than 200, too many bytes, too much time, bytes of another kind.
        """
        target = Target.parse(url, loopback_allowed=self._loopback_allowed)
        try:
            async with asyncio.timeout(self._limits.download_time):
                content = await self._first_reachable(target, await self._addresses(target))
        except TimeoutError as error:
            raise DownloadError(f"not within {self._limits.download_time:g} seconds") from error
        if not looks_right(content):
            raise DownloadError(f"{len(content)} bytes of another kind than expected")
        return content

    async def _addresses(self, target: Target) -> list[Address]:
        """The checked addresses. One bad address among good ones spoils them all."""
        try:
            answers = await self._resolve(target.host, target.port)
            addresses = [ipaddress.ip_address(each) for each in dict.fromkeys(answers)]
        except (OSError, ValueError) as error:
            raise DownloadError("the host has no address") from error
        if not addresses:
            raise DownloadError("the host has no address")
        for address in addresses:
            if not self._may_call(target, address):
                raise UnsafeAddressError("the host is not on the open internet")
        return addresses

    def _may_call(self, target: Target, address: Address) -> bool:
        if self._loopback_allowed and address.is_loopback:
            return True
        return target.scheme == "https" and target.port == 443 and is_public(address)

    async def _first_reachable(self, target: Target, addresses: list[Address]) -> bytes:
        for number, address in enumerate(addresses, start=1):
            try:
                return await self._get(target, address)
            except UnreachableError as error:
                if number == len(addresses):
                    raise DownloadError("the host cannot be reached") from error
            except (DisconnectedError, MalformedError, TimedOutError) as error:
                raise DownloadError("the download broke off") from error
        raise AssertionError("there is an address")

    async def _get(self, target: Target, address: Address) -> bytes:
        opened = self._wire.outside(target.at(address), host=target.authority, name=target.host)
        async with opened as answer:
            if answer.status != 200:
                raise DownloadError(f"status {answer.status}")
            content = await answer.read(limit=self._limits.download)
        if content is None:
            raise DownloadError(f"more than {self._limits.download} bytes")
        return content


def looks_like_sound(content: bytes) -> bool:
    """MP3 above all; also the other containers a speech service might turn to.

    The content type is of no help: speech is served as `application/octet-stream` (observed
    live, 2026-10).
    """
    mpeg_frame = len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0
    return mpeg_frame or content.startswith((b"ID3", b"OggS", b"RIFF", b"fLaC"))


def looks_like_text(content: bytes) -> bool:
    """UTF-8, and neither a binary file nor a web page."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    head = text[:200].lstrip("\ufeff \t\r\n").lower()
    return "\0" not in text and not head.startswith(("<!doctype html", "<html"))
