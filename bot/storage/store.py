"""The door to the database: `async with store.begin() as tx`.

A transaction is short: nothing is awaited in it but the database.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from sqlalchemy import URL, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import Clock
from bot.metrics import Metrics
from bot.storage import schema, sqlite_file
from bot.storage.alerts import Alerts
from bot.storage.answers import Answers
from bot.storage.bans import Bans
from bot.storage.broadcasts import Broadcasts
from bot.storage.chats import Chats
from bot.storage.cipher import Cipher
from bot.storage.conversations import Conversations
from bot.storage.dialects import insert_into
from bot.storage.engines import connect
from bot.storage.erased import Erased
from bot.storage.errors import (
    BusyError,
    KeyMissingError,
    SchemaError,
    StorageError,
    UncertainError,
    UnreachableError,
)
from bot.storage.failures import translated
from bot.storage.files import Files
from bot.storage.inbox import Inbox
from bot.storage.invites import Invites
from bot.storage.jobs import Jobs
from bot.storage.menus import Menus
from bot.storage.numbers import Statistics
from bot.storage.sessions import Sessions
from bot.storage.settings import Settings
from bot.storage.tables import data_keys
from bot.storage.translations import TranslationPosts, Translations
from bot.storage.turnstile import Turnstile
from bot.storage.url import is_sqlite, shown, sqlite_path
from bot.storage.usage import Usage
from bot.storage.users import Users
from bot.storage.voice import Speech, Transcripts, Uploads


class Transaction:
    """What is read and written together: all of it happens, or nothing."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.users = Users(connection)
        self.chats = Chats(connection)
        self.conversations = Conversations(connection)
        self.sessions = Sessions(connection)
        self.settings = Settings(connection)
        self.answers = Answers(connection)
        self.menus = Menus(connection)
        self.transcripts = Transcripts(connection)
        self.uploads = Uploads(connection)
        self.files = Files(connection)
        self.speech = Speech(connection)
        self.translations = Translations(connection)
        self.translation_posts = TranslationPosts(connection)
        self.usage = Usage(connection)
        self.inbox = Inbox(connection)
        self.jobs = Jobs(connection)
        self.alerts = Alerts(connection)
        self.invites = Invites(connection)
        self.bans = Bans(connection)
        self.erased = Erased(connection)
        self.broadcasts = Broadcasts(connection)
        self.statistics = Statistics(connection)


class Store:
    """The database of the house. `open_store` opens one."""

    def __init__(
        self,
        *,
        writer: AsyncEngine,
        reader: AsyncEngine,
        where: str,
        clock: Clock,
        metrics: Metrics,
        turnstile: Turnstile | None = None,
        patience: float = 15.0,
    ) -> None:
        """`where` names the database in messages; `patience` is in seconds, waiting included.

        A `turnstile` lets one write at a time, where the database takes no more.
        """
        self._writer = writer
        self._reader = reader
        self._where = where
        self._clock = clock
        self._metrics = metrics
        self._turnstile = turnstile
        #: Seconds a transaction may take, waiting for a connection included. A PostgreSQL server
        #: that does not answer at all holds us some seconds more, while it is asked to stop.
        self.patience = patience

    @asynccontextmanager
    async def begin(self, *, is_urgent: bool = False) -> AsyncIterator[Transaction]:
        """A transaction that writes: committed at the end, rolled back by any exception.

        Where one writes at a time, an urgent one goes before those that wait. On PostgreSQL others
        write at the same time: who writes what depends on what was read takes a lock on the row
        while reading it, or lets one statement do both.

        Raises `UnreachableError`, `BusyError` or `FullError` when nothing was written, and
        `UncertainError` when the connection was lost during the commit.
        """
        turn = self._turnstile.passed(is_urgent=is_urgent) if self._turnstile else nullcontext()
        async with self._measured("write"), self._connected(self._writer, turn) as connection:
            yield Transaction(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A transaction that only reads, and on SQLite waits for no writer. Writing in it fails."""
        async with (
            self._measured("read"),
            self._connected(self._reader, nullcontext()) as connection,
        ):
            yield Transaction(connection)

    async def close(self) -> None:
        """End every connection; that of a transaction that still runs, when it is done."""
        await self._reader.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def _measured(self, kind: str) -> AsyncIterator[None]:
        started = self._clock.monotonic()
        try:
            yield
        except StorageError as error:
            self._metrics.transaction_failures.labels(kind, type(error).__name__).inc()
            raise
        finally:
            spent = self._clock.monotonic() - started
            self._metrics.transaction_seconds.labels(kind).observe(spent)

    @asynccontextmanager
    async def _connected(
        self, engine: AsyncEngine, turn: AbstractAsyncContextManager[None]
    ) -> AsyncIterator[AsyncConnection]:
        committing = False
        limit = asyncio.timeout(self.patience)
        try:
            with translated(self._where):
                async with limit, turn, engine.begin() as connection:
                    yield connection
                    committing = True
        except TimeoutError as error:
            if not limit.expired():
                raise  # A deadline of the caller's, inside the transaction.
            kind = UncertainError if committing else BusyError
            raise kind(f"{self._where}: not done within {self.patience:g} s") from error
        except UnreachableError as error:
            if committing:
                raise UncertainError(str(error)) from error
            raise


@asynccontextmanager
async def open_store(
    url: URL, *, cipher: Cipher, clock: Clock, metrics: Metrics
) -> AsyncIterator[Store]:
    """Open a migrated database whose schema and keys are ours, and close it afterwards.

    Raises `SchemaError` when the schema is older than this version's, or too new for it,
    `KeyMissingError` when words were written with a key that `cipher` does not have, and whatever
    `Store.begin` raises.
    """
    if is_sqlite(url) and not sqlite_file.is_there(sqlite_path(url)):
        raise SchemaError(f"{shown(url)} is not there yet: run `ondemand-bot migrate`")
    writer, reader = connect(url, cipher)
    store = Store(
        writer=writer,
        reader=reader,
        where=shown(url),
        clock=clock,
        metrics=metrics,
        turnstile=Turnstile() if is_sqlite(url) else None,
    )
    try:
        async with store.read() as tx:
            revision = await tx.connection.run_sync(schema.revision_of)
            schema.require_usable(revision, await tx.connection.run_sync(schema.terms_of))
            schema.require_current(revision)
            used = await _keys_used(tx.connection)
        require_keys(used, cipher.fingerprints)
        if cipher.fingerprints[0] not in used:
            async with store.begin() as tx:
                await _note_key(tx.connection, cipher.fingerprints[0], clock)
        yield store
    finally:
        await store.close()


async def _keys_used(connection: AsyncConnection) -> set[str]:
    return set(await connection.scalars(select(data_keys.c.fingerprint)))


async def _note_key(connection: AsyncConnection, fingerprint: str, clock: Clock) -> None:
    """Remember that words are written with this key from now on. Another process may have."""
    row = insert_into(connection, data_keys).values(fingerprint=fingerprint, first_used=clock.now())
    await connection.execute(row.on_conflict_do_nothing())


def require_keys(used: set[str], given: Sequence[str]) -> None:
    """Raise `KeyMissingError` when words could not be read with the given keys."""
    if missing := used.difference(given):
        raise KeyMissingError(
            f"the database holds words written with {len(missing)} data key(s) that were not "
            "given: put the old key back into data/key, or behind the new one in DATA_KEY"
        )
