"""The schema: from nothing to the newest, back again, and never by two at once."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

import migrations
from bot.metrics import Metrics
from bot.storage import (
    Cipher,
    CorruptError,
    MisconfiguredError,
    SchemaError,
    head,
    job_schema,
    look,
    open_store,
    parse,
    upgrade,
)
from bot.storage.migrate import downgrade
from bot.storage.schema import alone, revisions
from bot.storage.tables import metadata
from tests.conftest import HandClock


def tables(connection: Connection) -> set[str]:
    """The tables of the house in this database."""
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    return {name for name in names if job_schema.is_ours(name, "table")}


def test_from_nothing_to_the_newest_equals_the_tables(empty_url: str) -> None:
    """What the migrations make is what the code believes to be there."""
    upgrade(parse(empty_url))

    with alone(parse(empty_url)) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": job_schema.is_ours,
            },
        )
        assert compare_metadata(context, metadata) == []


def indexes(connection: Connection) -> set[tuple[str, ...]]:
    """Every index of the house as the database has it, with the rows that it holds."""
    inspector = inspect(connection)
    return {
        (
            table,
            str(index["name"]),
            str(index["column_names"]),
            str(index["unique"]),
            *(str(option) for option in index.get("dialect_options", {}).values()),
        )
        for table in tables(connection)
        for index in inspector.get_indexes(table)
    }


def test_the_indexes_hold_the_rows_that_the_tables_say(
    empty_url: str, new_postgres: Callable[..., str], tmp_path: Path
) -> None:
    """What is unique among the open ones only is so in the migrated database, too."""
    is_sqlite = empty_url.startswith("sqlite")
    other = f"sqlite:///{tmp_path}/other.db" if is_sqlite else new_postgres()
    upgrade(parse(empty_url))

    with alone(parse(empty_url)) as connection:
        migrated = indexes(connection)
    with alone(parse(other)) as connection:
        metadata.create_all(connection)
        described = indexes(connection)

    assert migrated == described


def test_the_draft_of_a_migration_is_numbered_and_works(
    migrated: Callable[[str], str], tmp_path: Path
) -> None:
    """I draft the next migration as CONTRIBUTING says, and it knows nothing of our own types."""
    root = Path(__file__).parents[2]
    shutil.copy(root / "pyproject.toml", tmp_path)
    shutil.copytree(root / "migrations", tmp_path / "migrations")
    shutil.copy(parse(migrated("sqlite")).database or "", tmp_path / "draft.db")
    with closing(sqlite3.connect(tmp_path / "draft.db")) as file:
        file.executescript("DROP TABLE posts; DROP TABLE answers")

    def alembic(*arguments: str) -> None:
        command = [sys.executable, "-m", "alembic", *arguments]
        environment = {"DATABASE_URL": "sqlite:///draft.db"}
        subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True)

    alembic("revision", "--autogenerate", "--rev-id", "9999", "-m", "What it adds")
    alembic("upgrade", "head")

    draft = (tmp_path / "migrations/versions/9999_what_it_adds.py").read_text()
    assert "bot." not in draft
    with closing(sqlite3.connect(tmp_path / "draft.db")) as file:
        made = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
    assert {"posts", "answers"} <= made


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


def left_of_jobs(connection: Connection) -> int:
    """How many tables, functions and types of the library are in a PostgreSQL database."""
    kinds = (("pg_class", "relname"), ("pg_proc", "proname"), ("pg_type", "typname"))
    counts = " + ".join(
        f"(SELECT count(*) FROM {table} WHERE {name} LIKE 'procrastinate%')"  # noqa: S608
        for table, name in kinds
    )
    return int(connection.scalar(text(f"SELECT {counts}")) or 0)


def test_the_tables_of_jobs_come_and_go_with_ours(new_postgres: Callable[..., str]) -> None:
    """What wakes lanes is there after a migration, in the version that is installed, and goes."""
    url = parse(new_postgres())

    upgrade(url)
    with alone(url) as connection:
        assert job_schema.noted_version(connection) == version("procrastinate")
        job_schema.bring_up(connection)
        assert left_of_jobs(connection) > 0
    downgrade(url, to="0010")

    with alone(url) as connection:
        assert left_of_jobs(connection) == 0


def test_a_newer_library_changes_its_tables_by_its_own_scripts() -> None:
    """After an upgrade of the library, what its newer versions changed is carried out, no more."""
    names = [script.name[:8] for script in job_schema.scripts_after("3.2.2")]

    assert names == sorted(names)
    assert set(names) == {"03.03.00", "03.04.00"}
    assert job_schema.scripts_after(version("procrastinate")) == []


def test_the_files_are_named_by_what_alembic_reads_in_them() -> None:
    """Whoever reads their names alone knows every revision, in its order."""
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    read = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]

    assert revisions() == read[::-1]
    assert head() == read[0]


def test_a_restored_file_can_be_read_while_it_is_written(
    migrated: Callable[[str], str], tmp_path: Path
) -> None:
    """I restore my backup and start: the database works as it did before."""
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(parse(migrated("sqlite")).database or "")) as file:
        file.execute("VACUUM INTO ?", [str(backup)])

    upgrade(parse(f"sqlite:///{backup}"))

    with closing(sqlite3.connect(backup)) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)


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


def test_who_comes_while_another_migrates_waits(empty_url: str) -> None:
    """While one process migrates the others wait, and then find it done."""
    url = parse(empty_url)
    before: list[str | None] = []
    other = threading.Thread(target=lambda: before.append(upgrade(url)))

    with alone(url):
        other.start()
        other.join(timeout=1)
        went_ahead = not other.is_alive()
    other.join(timeout=60)

    assert not went_ahead
    assert before == [None]
    assert look(url)[0] == head()


def test_nobody_waits_for_ever_behind_a_migration(
    new_postgres: Callable[..., str],
) -> None:
    """A process that hangs in the middle of a migration does not hang the others with it."""
    with alone(parse(new_postgres())) as connection:
        limit = connection.scalar(text("SHOW lock_timeout"))

    assert limit == "1min"


#: Begins to migrate, says so, and waits to be killed.
BEGIN_AND_WAIT = """
import sys, time
from bot.storage import parse
from bot.storage.schema import alone
from bot.storage.tables import metadata
with alone(parse(sys.argv[1])) as connection:
    metadata.tables["users"].create(connection)
    print("begun", flush=True)
    time.sleep(100)
"""


def test_a_process_killed_in_the_middle_leaves_the_schema_as_it_was(empty_url: str) -> None:
    """I kill a migration, and the next one begins where it had begun."""
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN_AND_WAIT, empty_url], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()

    assert said == b"begun\n"
    assert look(parse(empty_url)) == (None, set())
    assert upgrade(parse(empty_url)) is None


def test_an_upgrade_that_fails_halfway_changes_nothing(empty_url: str) -> None:
    """A migration that breaks leaves the schema as it was."""
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
    """After going back to a version that is too old I am told why it will not start."""
    with alone(parse(url)) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE schema_terms SET oldest = '9998'"))

    with pytest.raises(SchemaError, match=r"9999.*newer version"):
        action(parse(url))


async def test_the_schema_of_a_newer_version_that_only_added_is_worked_on(
    url: str, cipher: Cipher, clock: HandClock
) -> None:
    """I go back to the version before, or an old process starts again while the new one comes."""
    with alone(parse(url)) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("ALTER TABLE users ADD COLUMN shoe_size INTEGER"))

    assert await asyncio.to_thread(upgrade, parse(url)) == "9999"
    assert look(parse(url)) == ("9999", set())
    async with (
        open_store(parse(url), cipher=cipher, clock=clock, metrics=Metrics()) as store,
        store.begin() as tx,
    ):
        assert (await tx.users.meet(5, language=None, at=clock.now())).id == 5


def test_a_look_leaves_what_a_killed_process_left(
    migrated: Callable[[str], str], tmp_path: Path
) -> None:
    """The doctor writes nothing into my database, not even what a killed process had still open."""
    alive, killed = tmp_path / "alive.db", tmp_path / "killed.db"
    shutil.copy(parse(migrated("sqlite")).database or "", alive)
    with closing(sqlite3.connect(alive)) as file:
        file.execute("INSERT INTO data_keys VALUES ('a key', '2026-11-22')")
        file.commit()
        # A process that is killed leaves both files as they are now.
        for end in ("", "-wal"):
            shutil.copy(f"{alive}{end}", f"{killed}{end}")
    before = [killed.read_bytes(), Path(f"{killed}-wal").read_bytes()]

    found = look(parse(f"sqlite:///{killed}"))

    assert found == (head(), {"a key"})
    assert [killed.read_bytes(), Path(f"{killed}-wal").read_bytes()] == before
    assert before[1] != b""


@pytest.mark.parametrize("action", [upgrade, look], ids=["migrate", "doctor"])
def test_the_file_of_another_program_is_refused_and_left_as_it_was(
    tmp_path: Path, action: Callable[[object], object]
) -> None:
    """I named the wrong file, and nothing happened to it."""
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE photos (name TEXT)")
    before = path.read_bytes()

    with pytest.raises(MisconfiguredError, match="another program"):
        action(parse(f"sqlite:///{path}"))

    assert path.read_bytes() == before


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
