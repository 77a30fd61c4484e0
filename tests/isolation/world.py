"""The whole bot with Telegram and OnDemand around it, in one thread, where waiting takes no time.

Everything is the real thing, from the update to the statement. What is left out is what lies
between: sockets, HTTP as far as Telegram goes, and the thread that SQLite works in. So thousands of
steps take seconds, and the same steps always happen in the same order.
"""

import asyncio
import json
import selectors
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.types import ASGIApp, Receive, Scope, Send
from telegram import Bot
from telegram.request import BaseRequest, RequestData

from bot.app import build_pace, build_services, build_talk
from bot.audio import Studio
from bot.conversation.peers import Nobody
from bot.conversation.services import Services
from bot.delivery import Drain, Inbox, LocalDispatcher
from bot.house import House
from bot.metrics import Metrics
from bot.ondemand import OnDemandClient
from bot.sandbox.ondemand.app import build
from bot.sandbox.ondemand.company import Company
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.app import perform
from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.facts import METHODS
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.readers import Upload
from bot.sandbox.telegram.refusals import Refusal
from bot.sandbox.telegram.traces import Pending
from bot.settings import Settings
from bot.storage import Cipher, Store, one_trip
from bot.storage.tables import metadata
from bot.storage.turnstile import Turnstile
from bot.storage.types import give_cipher
from bot.telegram.intake import read

#: Where nobody listens; a call that got that far would be refused by the tests.
_TELEGRAM, _ONDEMAND = "http://telegram", "http://ondemand"

_KEY = "a-key-for-the-sandbox"

#: Seconds that one wakes up late, as from every sleep: what is due just now would be waited for
#: again, and without end where so little is lost in rounding.
_LATE = 1e-6


class _Leaping(selectors.DefaultSelector):
    """Waits for nothing: when nothing is to be done now, it is later at once."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Let the time pass that would have been waited. Raises where that were for ever."""
        if timeout is None:
            raise RuntimeError("everybody waits for somebody else")
        if timeout > 0:
            self.seconds += timeout + _LATE
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop with a time of its own, in which work takes none and waiting is skipped."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Seconds since the loop was made, as it counts them."""
        return self._leaping.seconds

    def run_in_executor(  # type: ignore[override]  # The library's own types are finer.
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Do at once what is meant for another thread."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # Whatever it is, it belongs to whoever waits for it.
            done.set_exception(error)
        return done


class LoopClock:
    """The time of the loop, as everybody's clock shows it."""

    _began_at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment, by the calendar."""
        return self._began_at + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since the loop was made."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        await asyncio.sleep(seconds)


class _Here(one_trip.Connection):
    """A connection to SQLite without a thread of its own: what is asked is done at once."""

    async def _connect(self) -> "_Here":
        self._connection = self._connector()
        return self

    def __await__(self) -> Any:
        return self._connect().__await__()

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return fn(*args, **kwargs)

    def stop(self) -> None:
        """There is no thread to be stopped."""


def _connect(database: str, **arguments: Any) -> _Here:
    return _Here(lambda: sqlite3.connect(database, **arguments), iter_chunk_size=64)


def _engine(file: Path, begin: str, cipher: Cipher) -> AsyncEngine:
    """What `bot.storage.engines` makes, for a database that may be lost in a power cut."""
    made = create_async_engine(
        f"sqlite+aiosqlite:///{file}",
        connect_args={"isolation_level": None, "async_creator_fn": _connect},
    )

    def on_connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("foreign_keys = ON", "synchronous = OFF"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(made.sync_engine, "connect", on_connect)
    event.listen(made.sync_engine, "begin", lambda it: it.exec_driver_sql(begin))
    give_cipher(made.dialect, cipher)
    return made


def store_in(file: Path, cipher: Cipher) -> Store:
    """The store on a migrated database of SQLite, in the thread of whoever uses it."""
    return Store(
        writer=_engine(file, "BEGIN IMMEDIATE", cipher),
        reader=_engine(file, "BEGIN", cipher),
        where="in this thread",
        clock=LoopClock(),
        metrics=Metrics(),
        turnstile=Turnstile(),
    )


class _Telegram(BaseRequest):
    """The bot's line to Telegram: a call is carried out where it is made."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    @property
    def read_timeout(self) -> float | None:
        """As the library has it."""
        return 5.0

    async def initialize(self) -> None:
        """Nothing is opened."""

    async def shutdown(self) -> None:
        """Nothing is closed."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Do what the URL names, and answer as Telegram would."""
        if "/file/" in url:
            path = url.partition("/file/")[2].partition("/")[2]
            return 200, self._cloud.files.by_path[path].content
        name = url.rpartition("/")[2]
        data = request_data or RequestData()
        parts = data.multipart_data if data.contains_files else {}
        files = {
            name: Upload(file, sent if isinstance(sent, bytes) else sent.read(), mime_type)
            for name, (file, sent, mime_type) in parts.items()
        }
        call = self._cloud.record(METHODS[name.lower()], data.json_parameters)
        try:
            result = await perform(self._cloud, call, data.json_parameters, files)
        except Refusal as refusal:
            call.status, call.error = refusal.code, refusal.description
            return refusal.code, json.dumps(refusal.to_json()).encode()
        call.status = 200
        return 200, json.dumps({"ok": True, "result": result}).encode()


def _served(app: ASGIApp) -> ASGIApp:
    """The app, as a server would call it."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {}
        await app(scope, receive, send)

    return serve


@dataclass(frozen=True, slots=True)
class World:
    """The bot and all there is around it. `open_world` makes one."""

    telegram: TelegramSandbox
    cloud: Cloud
    company: Company
    house: House
    services: Services
    inbox: Inbox
    dispatcher: LocalDispatcher
    drain: Drain
    news: list[Pending] = field(default_factory=list)

    async def settle(self) -> None:
        """Let the bot hear what there is to hear, and return when it has done all of it."""
        while self.news:
            news = self.news.copy()
            self.news.clear()
            for update in news:
                self.cloud.updates.forget(update)
            arrivals = [read(json.loads(update.body)) for update in news]
            await self.inbox.accept([arrival for arrival in arrivals if arrival])
            await self.dispatcher.idle()


@asynccontextmanager
async def open_world(
    store: Store, **variables: object
) -> AsyncIterator[tuple[World, list[Person]]]:
    """A world with five people in it, on a store that is emptied first."""
    async with store.begin() as tx:
        for table in reversed(metadata.sorted_tables):
            await tx.connection.execute(table.delete())
    clock = LoopClock()
    telegram = TelegramSandbox(clock=clock.now, private_topics=True)
    persons = [telegram.person(name) for name in ("Anna", "Bruno", "Chen", "Dana", "Emil")]
    cloud = persons[0].cloud
    company = Company(clock=clock.now, pace=0)
    line = _Telegram(cloud)
    bot = Bot(
        telegram.token,
        base_url=f"{_TELEGRAM}/bot",
        base_file_url=f"{_TELEGRAM}/file/",
        request=line,
        get_updates_request=line,
    )
    settings = Settings.model_validate({"telegram_calls_per_second": 1000, **variables})
    async with OnDemandClient(
        _KEY,
        user_agent="the-bot-in-a-test",
        base_url=_ONDEMAND,
        transport=httpx.ASGITransport(_served(build(company))),
        clock=clock.monotonic,
        sleep=clock.sleep,
    ) as client:
        await bot.initialize()
        house = House(settings=settings, clock=clock, metrics=Metrics(), store=store)
        services = build_services(
            house, client, bot, Studio(), pace=build_pace(house), peers=Nobody()
        )
        dispatcher = LocalDispatcher(drain=lambda lane: talk.drain(lane), clock=clock)
        inbox = Inbox(store=store, clock=clock, metrics=house.metrics, wake=dispatcher.wake)
        talk = build_talk(house, services, bot, inbox)
        world = World(telegram, cloud, company, house, services, inbox, dispatcher, talk.drain)
        cloud.updates.listener = world.news.append
        async with talk.routes, dispatcher:
            yield world, persons
