"""The schema, brought to the newest revision by whichever process comes first.

Any number of processes may call `upgrade` at once: one does the work, in one transaction and
behind a lock of the database itself, and the others wait for it and find nothing left to do.
A process killed halfway leaves the schema it found.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, NullPool, create_engine, select, text
from sqlalchemy.exc import OperationalError

import migrations
from bot.storage import sqlite_file
from bot.storage.errors import BusyError, MisconfiguredError, SchemaError
from bot.storage.failures import kind_of, translated
from bot.storage.tables import data_keys
from bot.storage.url import is_sqlite, shown, sqlite_path
from bot.storage.writable import require_makeable

#: Seconds to wait for another process that is migrating.
_PATIENCE = 60.0

#: Seconds that SQLite may wait in one go.
_SLICE = 0.5

#: Any number will do, as long as every version of this program uses the same.
_ADVISORY_LOCK = 0x0DE3A9D


def head() -> str:
    """The newest revision this version of the program knows."""
    (newest,) = ScriptDirectory.from_config(_config()).get_heads()
    return newest


def upgrade(url: URL, *, to: str = "head") -> str | None:
    """Bring the database to a revision, and tell which one it had before (`None`: it was empty).

    Makes a SQLite file that is not there yet. Raises `CorruptError`, `SchemaError` when a newer
    version wrote the schema, `MisconfiguredError`, `UnreachableError`, and `BusyError` when
    another process kept the lock for more than a minute.
    """
    with alone(url) as connection:
        before = revision_of(connection)
        command.upgrade(_config(connection), to)
        return before


def downgrade(url: URL, *, to: str) -> None:
    """Take revisions back, with whatever was stored in what they had added."""
    with alone(url) as connection:
        command.downgrade(_config(connection), to)


def look(url: URL) -> tuple[str | None, set[str]]:
    """The revision of a database and the fingerprints of its data keys, changing nothing.

    The revision is `None` where there is no database or no schema yet. Raises what `upgrade`
    raises, but for the lock.
    """
    if is_sqlite(url):
        path = sqlite_path(url)
        require_makeable(path)
        revision, used = sqlite_file.inspect(path) if sqlite_file.is_there(path) else (None, set())
        require_known(revision)
        return revision, used
    with connected(url) as connection:
        revision = revision_of(connection)
        require_known(revision)
        if revision is None:
            return None, set()
        return revision, set(connection.scalars(select(data_keys.c.fingerprint)))


@contextmanager
def alone(url: URL) -> Iterator[Connection]:
    """One transaction in which no other process migrates; committed at the end."""
    if is_sqlite(url):
        sqlite_file.make(sqlite_path(url))
        revision, _ = sqlite_file.inspect(sqlite_path(url))
        require_known(revision)
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
        require_known(revision_of(connection))
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
    revision: str | None = MigrationContext.configure(connection).get_current_revision()
    return revision


def require_known(revision: str | None) -> None:
    """Raise `SchemaError` for a revision that a newer version wrote."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaError(
            f"the database has revision {revision}, which this version does not know: "
            "a newer version wrote it; run that version or a newer one"
        )


def require_head(revision: str | None) -> None:
    """Raise `SchemaError` unless this is the revision that the code was written for."""
    require_known(revision)
    if revision != head():
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


def _config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, in process and independent of the working directory."""
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0].replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
