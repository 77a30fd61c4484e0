"""What the tests stand on: databases of both kinds, a store, a clock moved by hand."""

import itertools
import logging
import os
import secrets
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet
from sqlalchemy import make_url
from xdist.scheduler import LoadScopeScheduling

from bot import log
from bot.metrics import Metrics
from bot.settings import Settings
from bot.storage import Cipher, Store, open_store, parse, upgrade
from tests import postgres

#: Both databases, for a fixture or a test that must hold on each.
BOTH = ("sqlite", "postgresql")


class Spread(LoadScopeScheduling):  # type: ignore[misc]  # It ships no types.
    """Spreads the tests over the workers, and keeps those of the browser together.

    They share one demo and one browser, which are dear to start. A mark of pytest-xdist would say
    the same if pytest 9.2 still read it.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Spread | None:
    """Give the tests to the workers in our way, unless another was asked for."""
    return Spread(config, log) if config.getvalue("dist") == "load" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that may take long, or a process would be left with one at the end."""

    def patience(item: pytest.Item) -> float:
        mark = item.get_closest_marker("timeout")
        return float(mark.args[0]) if mark else 0.0

    items.sort(key=patience, reverse=True)


class HandClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.seconds = 0.0

    def now(self) -> datetime:
        """The moment the test set."""
        return self.moment

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.moment += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        self.advance(seconds)


@pytest.fixture(autouse=True)
def _a_folder_and_an_environment_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test sees the operator's `.env` and variables, or leaves files behind."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """Whoever configures the logs of the house leaves the process as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    floors = {name: logging.getLogger(name).level for name in log.FLOORS}
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = before
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(capture=False)
    for name, level in floors.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def clock() -> HandClock:
    """A clock that stands still."""
    return HandClock()


@pytest.fixture
def cipher() -> Cipher:
    """A cipher with a key nobody else has."""
    return Cipher([Fernet.generate_key().decode()])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A server for all tests of this process: the operator's, or one of our own.

    Where neither is to be had the tests fail; they are never skipped.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with postgres.server() as server:
        yield server.url


@pytest.fixture(scope="session")
def new_postgres(postgres_server: str) -> Iterator[Callable[..., str]]:
    """Makes a database on the server, as a copy of another one if asked, and gives its URL."""
    # Several runs may share one server, from several machines.
    run = secrets.token_hex(4)
    names = (f"test_{run}_{number}" for number in itertools.count())
    made = []

    def new(*, copy_of: str | None = None) -> str:
        name = next(names)
        template = f" TEMPLATE {make_url(copy_of).database}" if copy_of else ""
        postgres.execute(postgres_server, f"CREATE DATABASE {name}{template}")
        made.append(name)
        url = make_url(postgres_server).set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    yield new
    if "TEST_DATABASE_URL" in os.environ:  # A server of our own goes with all it holds.
        drop = [f"DROP DATABASE {name} WITH (FORCE)" for name in made]
        postgres.execute(postgres_server, *drop)


@pytest.fixture(scope="session")
def migrated(
    tmp_path_factory: pytest.TempPathFactory, new_postgres: Callable[..., str]
) -> Callable[[str], str]:
    """The URL of a migrated database of either kind, made once, to be copied and never opened."""
    made: dict[str, str] = {}

    def url_of(kind: str) -> str:
        if kind not in made:
            path = tmp_path_factory.mktemp("migrated") / "bot.db"
            made[kind] = f"sqlite:///{path}" if kind == "sqlite" else new_postgres()
            upgrade(parse(made[kind]))
        return made[kind]

    return url_of


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that holds nothing yet, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bot.db"
    new: Callable[..., str] = request.getfixturevalue("new_postgres")
    return new()


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database, once of each kind."""
    template = request.getfixturevalue("migrated")(request.param)
    if request.param == "sqlite":
        shutil.copy(parse(template).database or "", tmp_path / "bot.db")
        return f"sqlite:///{tmp_path}/bot.db"
    new: Callable[..., str] = request.getfixturevalue("new_postgres")
    return new(copy_of=template)


@pytest.fixture
async def store(url: str, cipher: Cipher, clock: HandClock) -> AsyncIterator[Store]:
    """An open store on each database."""
    async with open_store(parse(url), cipher=cipher, clock=clock, metrics=Metrics()) as opened:
        yield opened
