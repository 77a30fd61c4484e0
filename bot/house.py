"""What every program here opens first: logs, the key, the database, and hands on both services.

Whoever opens a part is told in words an operator understands what it lacks.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from telegram import Bot
from telegram.request import HTTPXRequest

from bot import log
from bot.clock import Clock, SystemClock
from bot.metrics import Metrics
from bot.ondemand import Limits, OnDemandClient
from bot.settings import Settings
from bot.storage import (
    Cipher,
    MisconfiguredError,
    Store,
    load_key,
    look,
    make_key,
    open_store,
    parse,
    require_current,
    require_keys,
    upgrade,
)

#: Where the key is kept when the operator gave none.
KEY_FILE = Path("data/key")


@dataclass(frozen=True, slots=True)
class House:
    """Everything that lives while the program runs."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    store: Store


def start_logging(settings: Settings, redactor: log.Redactor) -> None:
    """Send all logs of this process through the redactor, at the operator's level."""
    log.configure(level=settings.log_level, form=settings.log_format, redactor=redactor)


def migrate(settings: Settings) -> str | None:
    """Bring the database to the newest schema; tell the revision it had (`None`: it was empty).

    Raises what `bot.storage.upgrade` raises.
    """
    return upgrade(parse(settings.database_url.get_secret_value()))


def find_cipher(settings: Settings) -> Cipher | None:
    """The cipher of the operator's keys or of the one in `data/key`; `None` if there is no key."""
    keys = [key.get_secret_value() for key in settings.data_key]
    if not keys and (key := load_key(KEY_FILE)):
        log.black_out(key)
        keys = [key]
    return Cipher(keys) if keys else None


def make_cipher(settings: Settings) -> Cipher:
    """The cipher of the house. Makes a key only for a database that was never written with one.

    Raises `KeyMissingError` when the key of the words in the database is gone, and what
    `open_store` raises.
    """
    if cipher := find_cipher(settings):
        return cipher
    revision, used = look(parse(settings.database_url.get_secret_value()))
    require_current(revision)
    if not used:
        make_key(KEY_FILE)
    # Another process that started beside us may have made it since.
    cipher = find_cipher(settings)
    if cipher is None:
        require_keys(used, ())
        raise MisconfiguredError(f"the data key {KEY_FILE} was taken away while the bot started")
    return cipher


@asynccontextmanager
async def open_house(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[House]:
    """Open every part on a migrated database. Raises `StorageError` when it cannot be opened."""
    clock = clock or SystemClock()
    metrics = Metrics()
    async with open_store(
        parse(settings.database_url.get_secret_value()),
        cipher=await asyncio.to_thread(make_cipher, settings),
        clock=clock,
        metrics=metrics,
    ) as store:
        yield House(settings=settings, clock=clock, metrics=metrics, store=store)


@asynccontextmanager
async def open_client(
    settings: Settings,
    *,
    clock: Clock | None = None,
    limits: Limits = Limits(),  # noqa: B008  # A frozen value.
    metrics: Metrics | None = None,
) -> AsyncIterator[OnDemandClient]:
    """The client of OnDemand. Raises `MisconfiguredError` without a key."""
    metrics = metrics or Metrics()
    clock = clock or SystemClock()
    if settings.ondemand_api_key is None:
        raise MisconfiguredError("ONDEMAND_API_KEY is missing: the OnDemand dashboard makes one")
    async with OnDemandClient(
        settings.ondemand_api_key.get_secret_value(),
        user_agent=f"ondemand-telegram-bot/{version('ondemand-telegram-bot')}",
        base_url=settings.ondemand_api_url,
        limits=replace(
            limits,
            queries_per_minute=settings.ondemand_queries_per_minute,
            uploads_per_minute=settings.ondemand_uploads_per_minute,
        ),
        clock=clock.monotonic,
        sleep=clock.sleep,
        observe=lambda outcome: metrics.ondemand_calls.labels(outcome).inc(),
    ) as client:
        metrics.watch_ondemand(lambda: client.health.away)
        yield client


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncIterator[Bot]:
    """The bot's hand on Telegram. Raises `MisconfiguredError` without a token."""
    if settings.telegram_bot_token is None:
        raise MisconfiguredError("TELEGRAM_BOT_TOKEN is missing: @BotFather gives one")
    # The library is about to give stretches of time as what they are, and warns until we agree: at
    # each 429, in the middle of its own work.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    request = HTTPXRequest(
        connection_pool_size=256, pool_timeout=20, read_timeout=10, connect_timeout=5
    )
    bot = Bot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=request,
    )
    try:
        yield bot
    finally:
        await bot.shutdown()
        # The library closes nothing where nobody asked who the bot is, as in `web`.
        await request.shutdown()
