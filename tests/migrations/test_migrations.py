"""The schema: from nothing to the newest, back again, and never by two at once."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bot.storage import CorruptError, SchemaError, head, look, parse, upgrade
from bot.storage.migrate import alone, downgrade
from bot.storage.tables import metadata


def tables(connection: Connection) -> set[str]:
    """The tables of the house in this database."""
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_from_nothing_to_the_newest_equals_the_tables(empty_url: str) -> None:
    """What the migrations make is what the code believes to be there."""
    upgrade(parse(empty_url))

    with alone(parse(empty_url)) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_going_back_leaves_nothing_and_forward_works_again(empty_url: str) -> None:
    """I can take an upgrade back."""
    url = parse(empty_url)

    upgrade(url)
    downgrade(url, to="base")

    with alone(url) as connection:
        assert tables(connection) == set()
    assert look(url) == (None, set())
    assert upgrade(url) is None
    assert look(url) == (head(), set())


def test_a_second_upgrade_finds_nothing_to_do(empty_url: str) -> None:
    """I may run migrate as often as I like."""
    assert upgrade(parse(empty_url)) is None
    assert upgrade(parse(empty_url)) == head()


def test_four_that_migrate_at_once_all_succeed(empty_url: str, tmp_path: Path) -> None:
    """I start four processes on a fresh database, and none of them fails."""
    command = [sys.executable, "-m", "bot", "migrate"]
    environment = {"DATABASE_URL": empty_url}

    processes = [
        subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    ended = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0] * 4
    told = sorted(out.decode() for out, _ in ended)
    assert told == sorted(
        [f"The database is at revision {head()}, empty before.\n"]
        + [f"The database is at revision {head()}, at {head()} before.\n"] * 3
    )


def test_an_upgrade_that_fails_halfway_changes_nothing(empty_url: str) -> None:
    """A process killed in the middle of a migration leaves the schema as it was."""
    with pytest.raises(ZeroDivisionError), alone(parse(empty_url)) as connection:
        metadata.tables["users"].create(connection)
        raise ZeroDivisionError

    assert look(parse(empty_url)) == (None, set())
    with alone(parse(empty_url)) as connection:
        assert tables(connection) == set()


@pytest.mark.parametrize("action", [upgrade, look], ids=["migrate", "doctor"])
def test_the_schema_of_a_newer_version_is_refused_and_kept(
    url: str, action: Callable[[object], object]
) -> None:
    """After going back to an older version I am told why it will not start."""
    with alone(parse(url)) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaError, match=r"9999.*newer version"):
        action(parse(url))


def damaged(path: Path, how: str) -> None:
    """Make a file that is no healthy database."""
    if how == "no database":
        path.write_bytes(b"This is not a database. " * 100)
        return
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE words (word TEXT)")
        file.execute("CREATE INDEX i ON words (word)")
        file.executemany("INSERT INTO words VALUES (?)", [(f"word {n}",) for n in range(5000)])
    file.close()
    whole = path.read_bytes()
    if how == "cut short":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        page = 4096
        path.write_bytes(whole[:page] + b"\xff" * page + whole[2 * page :])


@pytest.mark.parametrize("how", ["no database", "cut short", "flipped bytes"])
@pytest.mark.parametrize("action", [upgrade, look], ids=["migrate", "doctor"])
def test_a_damaged_file_is_refused_and_left_as_it_was(
    tmp_path: Path, how: str, action: Callable[[object], object]
) -> None:
    """My damaged database is not made worse by a start."""
    path = tmp_path / "bot.db"
    damaged(path, how)
    before = path.read_bytes()

    with pytest.raises(CorruptError, match="restore a backup"):
        action(parse(f"sqlite:///{path}"))

    assert path.read_bytes() == before


def test_a_new_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else on my machine reads the database."""
    path = tmp_path / "data" / "bot.db"

    upgrade(parse(f"sqlite:///{path}"))

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
