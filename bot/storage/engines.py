"""How connections are made: the one place that knows what SQLite and PostgreSQL need."""

import asyncio
import contextlib
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage import one_trip
from bot.storage.cipher import Cipher
from bot.storage.types import give_cipher
from bot.storage.url import is_sqlite

#: FULL: what was committed survives a power cut, as an accepted message must.
_SQLITE_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",  # milliseconds
)

#: Connections to PostgreSQL that a process has at most, beside those that it listens on and the
#: like; half of them are kept when there is little to do.
POOL = 20


def connect(url: URL, cipher: Cipher) -> tuple[AsyncEngine, AsyncEngine]:
    """An engine that writes and one that only reads. Nothing is opened before the first use."""
    writer, reader = _sqlite(url) if is_sqlite(url) else _postgres(url)
    give_cipher(writer.dialect, cipher)
    give_cipher(reader.dialect, cipher)
    return writer, reader


def _sqlite(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """One connection that writes, and a few that read beside it.

    SQLite lets one write at a time. With one connection the writers wait in our turnstile, in
    order; with several they would wait in SQLite, which wakes them by chance.
    """

    def engine(size: int, begin: str, *pragmas: str) -> AsyncEngine:
        made = create_async_engine(
            url,
            pool_size=size,
            max_overflow=0,
            hide_parameters=True,
            # The driver would begin by itself at the first INSERT, too late to be sure of the lock.
            connect_args={"isolation_level": None, "async_creator_fn": one_trip.connect},
        )

        def on_connect(connection: Any, _record: object) -> None:  # The driver's class is private.
            cursor = connection.cursor()
            for pragma in (*_SQLITE_PRAGMAS, *pragmas):
                cursor.execute(pragma)
            cursor.close()

        def on_begin(connection: Any) -> None:
            connection.exec_driver_sql(begin)

        def on_invalidate(connection: Any, _record: object, _error: object) -> None:
            # Closing alone would leave the transaction, and with it the lock, to a statement that
            # was cancelled and not yet collected. Whatever goes wrong here, closing comes next.
            with contextlib.suppress(Exception, asyncio.CancelledError):
                connection.rollback()

        event.listen(made.sync_engine, "connect", on_connect)
        event.listen(made.sync_engine, "begin", on_begin)
        event.listen(made.sync_engine, "invalidate", on_invalidate)
        return made

    return engine(1, "BEGIN IMMEDIATE"), engine(4, "BEGIN", "PRAGMA query_only = ON")


def _postgres(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """One pool for both; transactions that only read say so to the server."""
    writer = create_async_engine(
        url,
        pool_size=POOL // 2,
        max_overflow=POOL - POOL // 2,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            # Prepared statements belong to a connection, and PgBouncer deals those out anew for
            # each transaction.
            "prepare_threshold": None,
            "connect_timeout": 10,  # seconds
            "application_name": "ondemand-bot",
        },
    )

    from psycopg.pq import TransactionStatus  # It takes long to load, and SQLite does without.

    def on_commit(connection: Connection) -> None:
        # After a failed statement PostgreSQL answers COMMIT with a rollback, and not with an error.
        driver: Any = connection.connection.driver_connection
        if driver.info.transaction_status == TransactionStatus.INERROR:
            raise RuntimeError("a statement of this transaction failed, and its error was hidden")

    event.listen(writer.sync_engine, "commit", on_commit)
    # A reader sees one moment of the database, however many statements it takes, as on SQLite.
    reader = writer.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
    return writer, reader
