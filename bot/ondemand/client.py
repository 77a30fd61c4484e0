"""The client: one object for everything OnDemand offers."""

import asyncio
import time
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from bot.ondemand.agents import DIALECTS, Dialect
from bot.ondemand.breaker import Breaker, Health, Observe, Rules
from bot.ondemand.catalog import Catalog
from bot.ondemand.chat import Chat
from bot.ondemand.fetch import Fetcher, Resolve, resolve
from bot.ondemand.http import Transport, Wire
from bot.ondemand.limits import Clock, Limits, Sleep
from bot.ondemand.media import MediaLibrary
from bot.ondemand.services import Services

BASE_URL = "https://api.on-demand.io"


class OnDemandClient:
    """A client of the OnDemand platform, for one account.

        async with OnDemandClient(key, user_agent="my-bot/1.0 (+https://…)") as client:
            session = await client.chat.create_session("somebody")
            async with client.chat.stream(session.id, Query(...)) as answer:
                async for event in answer:
                    ...

    The key goes to the base URL and nowhere else; no error, log line or `repr` shows it. An
    empty key is a ValueError, since the platform answers it with an opaque server error
    (observed live, 2026-07). A `User-Agent` of one's own is required, since the edge bans the
    libraries' (observed live, 2026-10).

    While the platform is away calls are turned away at once with an `OutageError`, which says when
    to try again; `health` tells. `observe` is told what became of every call.

    Whatever it needs of the world can be handed in: the transport (used for results too), the
    clock, the sleep, and the resolver of result addresses. Only the pauses between retries are
    stamina's own.
    """

    def __init__(
        self,
        api_key: str,
        *,
        user_agent: str,
        base_url: str = BASE_URL,
        limits: Limits = Limits(),  # noqa: B008  A frozen value.
        rules: Rules = Rules(),  # noqa: B008  A frozen value.
        dialects: tuple[Dialect, ...] = DIALECTS,
        observe: Observe = lambda _: None,
        transport: Transport | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        resolve: Resolve = resolve,
    ) -> None:
        self._breaker = Breaker(clock=clock, rules=rules, observe=observe)
        self._wire = Wire(
            _header("api key", api_key),
            base_url=base_url,
            user_agent=_header("user agent", user_agent),
            limits=limits,
            breaker=self._breaker,
            transport=transport,
        )
        fetcher = Fetcher(
            self._wire, limits=limits, loopback_allowed=_is_loopback(base_url), resolve=resolve
        )
        #: Sessions, queries, messages.
        self.chat = Chat(self._wire, limits=limits, dialects=dialects, clock=clock, sleep=sleep)
        #: Files.
        self.media = MediaLibrary(self._wire, fetcher, limits=limits, clock=clock, sleep=sleep)
        #: Speech to text, text to speech, translation.
        self.services = Services(self._wire, fetcher, limits=limits)
        #: Plugins and model endpoints.
        self.catalog = Catalog(self._wire)

    @property
    def health(self) -> Health:
        """How the platform is, as far as the calls of this client tell. Asks nobody."""
        return self._breaker.health

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def share(self, processes: int) -> None:
        """So many processes work for this account; each has an equal part of its budgets."""
        self.chat.share(processes)
        self.media.share(processes)

    async def aclose(self) -> None:
        """Close every connection. The client is of no use afterwards."""
        await self._wire.aclose()


def _header(name: str, value: str) -> str:
    """A value fit for a header. The error does not repeat it."""
    value = value.strip()
    if not value:
        raise ValueError(f"the {name} is empty")
    if not (value.isascii() and value.isprintable()):
        raise ValueError(f"the {name} holds characters that no header can carry")
    return value


def _is_loopback(base_url: str) -> bool:
    """Whether the API itself is on this machine, by its very name."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
