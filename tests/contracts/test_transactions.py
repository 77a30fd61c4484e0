"""Transactions: what they promise on SQLite and on PostgreSQL alike."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, insert, select, text, type_coerce
from sqlalchemy.exc import IntegrityError

from bot.metrics import Metrics
from bot.storage import (
    BusyError,
    Cipher,
    Place,
    StorageError,
    Store,
    UncertainError,
    UnreachableError,
    open_store,
    parse,
)
from bot.storage.tables import chats, users
from tests import postgres
from tests.conftest import HandClock
from tests.contracts.residents import ANNA, BRUNO, GROUP, settle_in


@pytest.fixture
async def on_sqlite(
    migrated: Callable[[str], str], tmp_path: Path, cipher: Cipher, clock: HandClock
) -> AsyncIterator[tuple[Store, Path]]:
    """An open store on SQLite, and its file."""
    path = tmp_path / "bot.db"
    shutil.copy(parse(migrated("sqlite")).database or "", path)
    url = parse(f"sqlite:///{path}")
    async with open_store(url, cipher=cipher, clock=clock, metrics=Metrics()) as store:
        yield store, path


@pytest.fixture
async def on_postgres(
    new_postgres: Callable[..., str],
    migrated: Callable[[str], str],
    cipher: Cipher,
    clock: HandClock,
) -> AsyncIterator[tuple[Store, str]]:
    """An open store on PostgreSQL, and the name of its database."""
    url = parse(new_postgres(copy_of=migrated("postgresql")))
    async with open_store(url, cipher=cipher, clock=clock, metrics=Metrics()) as store:
        yield store, url.database or ""


async def test_nothing_of_a_failed_transaction_remains(store: Store, clock: HandClock) -> None:
    """When a step fails halfway, it is as if it had never begun."""
    with pytest.raises(ZeroDivisionError):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())
            raise ZeroDivisionError
    async with store.read() as tx:
        found = (await tx.connection.execute(select(users))).all()

    assert found == []


async def test_a_broken_rule_is_a_bug_and_is_not_hidden(store: Store, clock: HandClock) -> None:
    """A conversation in a chat nobody knows is our mistake, and passes as it is."""
    with pytest.raises(IntegrityError) as raised:
        async with store.begin() as tx:
            await tx.conversations.current(Place(GROUP), at=clock.now())

    assert str(GROUP) not in str(raised.value).partition("DETAIL")[0]
    assert "parameters hidden" in str(raised.value)


async def test_an_error_that_was_hidden_does_not_lose_a_write_in_silence(
    on_postgres: tuple[Store, str], clock: HandClock
) -> None:
    """PostgreSQL drops everything after a failed statement; whoever hid the failure is told."""
    store, _ = on_postgres
    with pytest.raises(RuntimeError, match="its error was hidden"):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())
            with contextlib.suppress(IntegrityError):
                await tx.conversations.current(Place(GROUP), at=clock.now())
    async with store.read() as tx:
        anna = await tx.users.find(ANNA)

    assert anna is None


async def test_reading_cannot_write(store: Store, clock: HandClock) -> None:
    """A transaction that said it would only read is held to it."""
    with pytest.raises(StorageError):
        async with store.read() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())


async def test_readers_do_not_wait_for_a_writer(store: Store, clock: HandClock) -> None:
    """Somebody's long write does not hold up my reading, and I see nothing half-done."""
    async with asyncio.timeout(10), store.begin() as writing:
        await writing.users.meet(ANNA, language=None, at=clock.now())
        async with store.read() as reading:
            found = (await reading.connection.execute(select(users))).all()

    assert found == []


async def test_one_reading_sees_one_moment(store: Store, clock: HandClock) -> None:
    """What I read in two steps fits together, whatever others write between them."""
    async with store.read() as reading:
        before = await reading.users.find(ANNA)
        async with store.begin() as writing:
            await writing.users.meet(ANNA, language=None, at=clock.now())
        after = await reading.users.find(ANNA)

    assert (before, after) == (None, None)


@pytest.mark.parametrize("turns", range(60))
async def test_a_write_that_is_cancelled_locks_nobody_out(
    on_sqlite: tuple[Store, Path], clock: HandClock, turns: int
) -> None:
    """Whenever my question is cut off, the next person's is written at once."""
    store, _ = on_sqlite

    async def write(user: int) -> None:
        async with store.begin() as tx:
            await tx.users.meet(user, language=None, at=clock.now())

    cut_off = asyncio.create_task(write(ANNA))
    for _ in range(turns):
        await asyncio.sleep(0)
    cut_off.cancel()
    await asyncio.gather(cut_off, return_exceptions=True)
    await write(BRUNO)
    async with store.read() as tx:
        bruno = await tx.users.find(BRUNO)

    assert bruno is not None


async def test_a_write_that_waits_too_long_is_busy_and_leaves_nothing(
    store: Store, clock: HandClock
) -> None:
    """When others hold the database, I am told to try again, and nothing is half-done."""
    async with store.begin() as holder:
        await settle_in(holder, clock)
        store.patience = 0.2
        with pytest.raises(BusyError):
            async with store.begin() as tx:
                await tx.users.meet(ANNA, language="de", at=clock.now())
    store.patience = 10
    async with store.read() as tx:
        languages = set(await tx.connection.scalars(select(users.c.language)))

    assert languages == {None}


async def test_a_deadline_of_my_own_inside_a_transaction_is_mine(store: Store) -> None:
    """My own time limit is not mistaken for a busy database."""
    with pytest.raises(TimeoutError):
        async with store.begin():
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()


async def test_transactions_are_counted(url: str, cipher: Cipher, clock: HandClock) -> None:
    """I see in the metrics how many transactions there were and what went wrong."""
    metrics = Metrics()
    async with open_store(parse(url), cipher=cipher, clock=clock, metrics=metrics) as store:
        before = metrics.registry.get_sample_value(
            "ondemand_bot_transaction_seconds_count", {"kind": "read"}
        )
        async with store.read():
            clock.advance(2)
        with pytest.raises(StorageError):
            async with store.read() as tx:
                await tx.users.meet(ANNA, language=None, at=clock.now())

    sample = metrics.registry.get_sample_value
    failures = [
        sample("ondemand_bot_transaction_failures_total", {"kind": "read", "error": kind})
        for kind in ("MisconfiguredError", "UnreachableError")  # As SQLite and PostgreSQL see it.
    ]
    assert [count for count in failures if count] == [1]
    assert before is not None
    assert sample("ondemand_bot_transaction_seconds_count", {"kind": "read"}) == before + 2
    assert (sample("ondemand_bot_transaction_seconds_sum", {"kind": "read"}) or 0) >= 2


async def test_a_lost_connection_is_told_and_the_next_transaction_works(
    on_postgres: tuple[Store, str], postgres_server: str, clock: HandClock
) -> None:
    """When PostgreSQL restarts, what was in progress says so and what comes next just works."""
    store, database = on_postgres
    with pytest.raises(UnreachableError):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())
            await asyncio.to_thread(postgres.kill_connections, postgres_server, database)
            await tx.users.meet(BRUNO, language=None, at=clock.now())
    async with store.read() as tx:
        found = (await tx.connection.execute(select(users))).all()

    assert found == []


async def test_a_connection_lost_while_committing_is_uncertain(
    on_postgres: tuple[Store, str], postgres_server: str, clock: HandClock
) -> None:
    """When PostgreSQL goes away in the last moment, nobody claims that nothing was written."""
    store, database = on_postgres

    with pytest.raises(UncertainError):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())
            await asyncio.to_thread(postgres.kill_connections, postgres_server, database)


#: Makes every commit after a new person take longer than anybody has patience.
SLOW_COMMIT = (
    "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN PERFORM pg_sleep(60); RETURN NULL; END;'",
    "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON users "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()",
)


async def test_a_commit_that_takes_too_long_is_uncertain(
    on_postgres: tuple[Store, str], clock: HandClock
) -> None:
    """A commit that I stop waiting for may have happened, and I am told so."""
    store, _ = on_postgres
    async with store.begin() as tx:
        for statement in SLOW_COMMIT:
            await tx.connection.exec_driver_sql(statement)
    store.patience = 0.5

    with pytest.raises(UncertainError):
        async with store.begin() as tx:
            await tx.users.meet(ANNA, language=None, at=clock.now())


async def test_connections_that_were_lost_while_idle_are_made_anew(
    on_postgres: tuple[Store, str], postgres_server: str, clock: HandClock
) -> None:
    """PostgreSQL restarted over night, and the first message of the morning just works."""
    store, database = on_postgres
    await asyncio.to_thread(postgres.kill_connections, postgres_server, database)

    async with store.begin() as tx:
        anna = await tx.users.meet(ANNA, language=None, at=clock.now())

    assert anna.id == ANNA


async def test_nothing_is_prepared_on_a_connection(on_postgres: tuple[Store, str]) -> None:
    """PgBouncer may hand my connection to somebody else after each transaction."""
    store, _ = on_postgres

    async with store.read() as tx:
        for _ in range(10):
            await tx.users.find(ANNA)
        prepared = await tx.connection.scalar(text("SELECT count(*) FROM pg_prepared_statements"))

    assert prepared == 0


async def test_what_was_committed_survives_a_power_cut(on_sqlite: tuple[Store, Path]) -> None:
    """A message that was accepted is on the disk, not on its way there."""
    store, _ = on_sqlite

    async with store.begin() as tx:
        synchronous = await tx.connection.scalar(text("PRAGMA synchronous"))
        journal = await tx.connection.scalar(text("PRAGMA journal_mode"))

    assert (synchronous, journal) == (2, "wal")  # 2 is FULL.


async def test_who_writes_has_the_lock_from_the_start(
    on_sqlite: tuple[Store, Path], clock: HandClock
) -> None:
    """Between my reading and my writing in one transaction no other process writes."""
    store, path = on_sqlite

    async with store.begin() as tx:
        await tx.users.find(ANNA)
        with (
            closing(sqlite3.connect(path, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")
        anna = await tx.users.meet(ANNA, language=None, at=clock.now())

    assert anna.id == ANNA


async def test_writers_come_in_their_order(on_sqlite: tuple[Store, Path]) -> None:
    """Who waited longest to write is served first."""
    store, _ = on_sqlite
    served = []

    async def write(number: int) -> None:
        async with store.begin():
            served.append(number)

    async with store.begin():
        waiting = [asyncio.create_task(write(number)) for number in range(20)]
        for _ in range(100):
            await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    assert served == list(range(20))


async def test_ids_of_every_size_that_telegram_uses_fit(store: Store, clock: HandClock) -> None:
    """Telegram's ids have up to 52 bits, and none of them is cut."""
    biggest = 2**52 - 1
    async with store.begin() as tx:
        user = await tx.users.meet(biggest, language=None, at=clock.now())
        await tx.connection.execute(
            insert(chats).values(id=-biggest, kind="channel", external_id="x", met_at=clock.now())
        )
        ids = await tx.connection.scalars(select(type_coerce(chats.c.id, BigInteger)))

    assert user.id == biggest
    assert list(ids) == [-biggest]


async def test_foreign_keys_are_enforced(store: Store) -> None:
    """No row refers to a person that is not there."""
    with pytest.raises(IntegrityError):
        async with store.begin() as tx:
            await tx.connection.execute(
                text("INSERT INTO user_settings (user_id, name, value) VALUES (1, 'x', 'y')")
            )
