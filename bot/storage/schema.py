"""Which schema a database has, and whether this program may work on it.

Programs of two versions work side by side while one replaces the other: migrations add, and a
schema says itself which is the oldest program that works on it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, inspect, select, text
from sqlalchemy.exc import OperationalError

import migrations
from bot.storage import sqlite_file
from bot.storage.errors import BusyError, MisconfiguredError, SchemaError
from bot.storage.failures import kind_of, translated
from bot.storage.tables import data_keys, schema_terms
from bot.storage.url import is_sqlite, shown, sqlite_path
from bot.storage.writable import require_makeable

#: Seconds to wait for another process that is migrating.
_PATIENCE = 60.0

#: Seconds that SQLite may wait in one go.
_SLICE = 0.5

#: Any number will do, as long as every version of this program uses the same.
_ADVISORY_LOCK = 0x0DE3A9D


def revisions() -> list[str]:
    """Every revision this program knows, oldest first, by the names of their files."""
    folder = Path(migrations.__path__[0]) / "versions"
    return sorted(file.name.partition("_")[0] for file in folder.glob("[0-9]*_*.py"))


def head() -> str:
    """The newest revision this version of the program knows."""
    return revisions()[-1]


def look(url: URL) -> tuple[str | None, set[str]]:
    """The revision of a database and the fingerprints of its data keys, changing nothing.

    The revision is `None` where there is no database or no schema yet. Raises what `upgrade`
    raises, but for the lock.
    """
    if is_sqlite(url):
        path = sqlite_path(url)
        require_makeable(path)
        if not sqlite_file.is_there(path):
            return None, set()
        revision, oldest, used = sqlite_file.inspect(path)
        require_usable(revision, oldest)
        return revision, used
    with connected(url) as connection:
        revision = revision_of(connection)
        require_usable(revision, terms_of(connection))
        if revision is None:
            return None, set()
        return revision, set(connection.scalars(select(data_keys.c.fingerprint)))


@contextmanager
def alone(url: URL) -> Iterator[Connection]:
    """One transaction in which no other process migrates; committed at the end."""
    if is_sqlite(url):
        sqlite_file.make(sqlite_path(url))
        revision, oldest, _ = sqlite_file.inspect(sqlite_path(url))
        require_usable(revision, oldest)
    with connected(url) as connection:
        if is_sqlite(url):
            if _patiently(connection, "PRAGMA journal_mode = WAL") != "wal":
                raise MisconfiguredError(
                    f"{shown(url)} is on a disk that SQLite cannot share between processes: "
                    "name a file on a local disk in DATABASE_URL"
                )
            _patiently(connection, "BEGIN IMMEDIATE")
        else:
            milliseconds = int(_PATIENCE * 1000)
            connection.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        require_usable(revision_of(connection), terms_of(connection))
        yield connection
        connection.commit()


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """A connection of its own, in the plain synchronous way that Alembic works in.

    Nothing is committed by itself.
    """
    if is_sqlite(url):
        driver = url.set(drivername="sqlite")
        arguments: dict[str, object] = {"isolation_level": None, "timeout": _SLICE}
    else:
        driver = url
        arguments = {
            "prepare_threshold": None,  # For PgBouncer, as in `engines`.
            "application_name": "ondemand-bot migrate",
            "connect_timeout": 10,  # seconds
        }
    engine = create_engine(driver, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    with translated(shown(url)), engine.connect() as connection:
        yield connection


def revision_of(connection: Connection) -> str | None:
    """The revision of this database, or `None` when it has no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def terms_of(connection: Connection) -> str | None:
    """The oldest revision whose program works on this schema; `None` where it does not say."""
    if not inspect(connection).has_table(schema_terms.name):
        return None
    oldest: str | None = connection.scalar(select(schema_terms.c.oldest))
    return oldest


def require_usable(revision: str | None, oldest: str | None) -> None:
    """Raise `SchemaError` for a revision of a newer version that demands a newer program, too.

    Who knows the revision that the schema names as the `oldest` is as new as it wants.
    """
    known = revisions()
    if revision is not None and revision not in known and oldest not in known:
        raise SchemaError(
            f"the database has revision {revision}, which this version does not know: "
            "a newer version wrote it; run that version or a newer one"
        )


def require_current(revision: str | None) -> None:
    """Raise `SchemaError` for a schema that is older than this program, or none at all."""
    if revision is None or (revision in revisions() and revision != head()):
        raise SchemaError(
            f"the database has {f'revision {revision}' if revision else 'no schema yet'} and "
            f"this version needs {head()}: run `ondemand-bot migrate`"
        )


def _patiently(connection: Connection, statement: str) -> str | None:
    """Say this to SQLite again while others hold the file; tells the one value it answers, if any.

    In short slices, because nothing interrupts SQLite while it waits, and it does not wait at all
    for some locks.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            answer = connection.exec_driver_sql(statement)
            return answer.scalar() if answer.returns_rows else None
        except OperationalError as error:
            if kind_of(error) is not BusyError or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
