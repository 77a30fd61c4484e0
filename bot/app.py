"""The builder: the only file that knows everybody.

It reads what the operator decided, makes every part, hands each the others it needs, and closes
them in reverse order.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bot import log
from bot.clock import Clock, SystemClock
from bot.metrics import Metrics
from bot.ondemand import OnDemandClient
from bot.settings import Settings, SettingsError
from bot.storage import Cipher, Store, load_or_make_key, open_store, parse, upgrade

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


def make_cipher(settings: Settings) -> Cipher:
    """The cipher of the operator's keys, or of the one in `data/key`, made on first use."""
    given = [key.get_secret_value() for key in settings.data_key]
    return Cipher(given or [load_or_make_key(KEY_FILE)])


def open_client(settings: Settings) -> OnDemandClient:
    """The client of OnDemand, to be closed by whoever asked. `SettingsError` without a key."""
    if settings.ondemand_api_key is None:
        raise SettingsError("ONDEMAND_API_KEY is missing")
    return OnDemandClient(
        settings.ondemand_api_key.get_secret_value(),
        user_agent=f"ondemand-telegram-bot/{version('ondemand-telegram-bot')}",
        base_url=settings.ondemand_api_url,
    )


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Open every part on a migrated database. Raises `StorageError` when it cannot be opened."""
    clock = SystemClock()
    metrics = Metrics()
    async with open_store(
        parse(settings.database_url.get_secret_value()),
        cipher=make_cipher(settings),
        clock=clock,
        metrics=metrics,
    ) as store:
        yield House(settings=settings, clock=clock, metrics=metrics, store=store)
