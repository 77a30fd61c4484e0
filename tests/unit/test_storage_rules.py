"""What storage decides without a database: addresses, failures, keys."""

import base64
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.storage import (
    BusyError,
    Cipher,
    CorruptError,
    FullError,
    KeyMissingError,
    MisconfiguredError,
    StorageError,
    UnreachableError,
    load_key,
    look,
    make_key,
    parse,
    require_makeable,
    shown,
    upgrade,
)
from bot.storage.failures import kind_of, translated


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("sqlite:///data/bot.db", "sqlite+aiosqlite:///data/bot.db"),
        ("sqlite:////var/lib/bot.db", "sqlite+aiosqlite:////var/lib/bot.db"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h:6432/d?sslmode=require",) * 2,
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_an_address_is_understood_as_platforms_write_it(written: str, understood: str) -> None:
    """I paste DATABASE_URL as my platform gives it to me."""
    expected = understood.replace("postgresql://", "postgresql+psycopg://")

    assert parse(written).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "written",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://data/bot.db",
        "mysql://u:hunter22@h/d",
        "postgresql+asyncpg://u:hunter22@h/d",
        "postgresql://u:hunter22@h:port/d",
        "postgresql://u:p@hunter22@h/d",
        "postgresql://u:p@s/hunter22@h/d",
        "postgresql://u:p@s?hunter22=1@h/d",
        f"postgresql://u:hunter22@{'h' * 300}/d",
        "postgresql://u:hunter22@h/d?foo=bar",
        "postgresql://u:hunter22@h/d?prepare_threshold=3",
        "postgresql://u:hunter22@h/d?port=hunter22",
        "hunter22",
        "://",
    ],
)
def test_an_address_we_cannot_open_is_refused_without_its_password(written: str) -> None:
    """I am told what to write instead, and my password is not repeated."""
    with pytest.raises(MisconfiguredError, match="DATABASE_URL") as refused:
        parse(written)

    assert "hunter22" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("postgres://bot:hunter22@db/x", "postgresql://bot:***@db/x"),
        ("postgres://bot@db/x?password=hunter22", "postgresql://bot@db/x"),
        ("postgres://bot:12/hunter22@db:6432/x", "postgresql://bot:***@db:6432/x"),
        ("postgres://anna@corp:hunter22@db/x", "postgresql://anna%40corp:***@db/x"),
        ("sqlite:////home/anna@corp/bot.db", "sqlite:////home/anna%40corp/bot.db"),
    ],
)
def test_an_address_is_shown_without_its_password(written: str, seen: str) -> None:
    """Messages name the database and not how to enter it."""
    assert shown(parse(written)) == seen


def sqlite_failure(code: int) -> sqlite3.Error:
    """A failure as the SQLite driver reports it."""
    error = sqlite3.OperationalError("some words")
    error.sqlite_errorcode = code
    return error


def postgres_failure(sqlstate: str) -> psycopg.Error:
    """A failure as the PostgreSQL server reports it."""
    return psycopg.errors.lookup(sqlstate)("some words")


@pytest.mark.parametrize(
    ("cause", "consequence"),
    [
        (sqlite_failure(sqlite3.SQLITE_BUSY), BusyError),
        (sqlite_failure(sqlite3.SQLITE_BUSY_SNAPSHOT), BusyError),
        (sqlite_failure(sqlite3.SQLITE_FULL), FullError),
        (sqlite_failure(sqlite3.SQLITE_CORRUPT), CorruptError),
        (sqlite_failure(sqlite3.SQLITE_NOTADB), CorruptError),
        (sqlite_failure(sqlite3.SQLITE_CANTOPEN), MisconfiguredError),
        (sqlite_failure(sqlite3.SQLITE_IOERR_READ), UnreachableError),
        (sqlite_failure(sqlite3.SQLITE_CONSTRAINT), None),
        (sqlite_failure(sqlite3.SQLITE_ERROR), None),
        (postgres_failure("40001"), BusyError),
        (postgres_failure("40P01"), BusyError),
        (postgres_failure("55P03"), BusyError),
        (postgres_failure("57014"), BusyError),
        (postgres_failure("53300"), BusyError),
        (postgres_failure("53100"), FullError),
        (postgres_failure("57P01"), UnreachableError),
        (postgres_failure("57P03"), UnreachableError),
        (postgres_failure("08006"), UnreachableError),
        (postgres_failure("28P01"), MisconfiguredError),
        (postgres_failure("3D000"), MisconfiguredError),
        (postgres_failure("42501"), MisconfiguredError),
        (postgres_failure("23505"), None),
        (postgres_failure("42P01"), None),
        (psycopg.OperationalError("connection refused"), UnreachableError),
        (psycopg.OperationalError(""), UnreachableError),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), UnreachableError),
        (psycopg.OperationalError("FATAL:  password authentication failed"), MisconfiguredError),
        (psycopg.ProgrammingError("no result"), None),
    ],
)
def test_each_failure_of_a_driver_has_one_consequence(
    cause: Exception, consequence: type[StorageError] | None
) -> None:
    """What is busy is tried again soon, what is gone later, and what is a bug is not hidden."""
    is_operational = isinstance(cause, sqlite3.OperationalError | psycopg.OperationalError)
    wrapper: type[DBAPIError] = OperationalError if is_operational else ProgrammingError

    assert kind_of(wrapper("SELECT 1", None, cause)) is consequence


def test_a_driver_that_says_nothing_is_told_all_the_same() -> None:
    """A failure without a message still names the database."""
    with pytest.raises(UnreachableError, match="the database"), translated("the database"):
        raise OperationalError("SELECT 1", None, psycopg.OperationalError(""))


def test_a_pool_without_a_free_connection_is_busy() -> None:
    """Too many at once is a reason to wait, not a crash."""
    assert kind_of(PoolTimeoutError()) is BusyError


def test_words_come_back_and_never_look_the_same_twice() -> None:
    """The same sentence is stored differently each time."""
    cipher = Cipher([Fernet.generate_key().decode()])

    first, second = cipher.encrypt(b"Hello"), cipher.encrypt(b"Hello")

    assert first != second
    assert b"Hello" not in first
    assert [cipher.decrypt(first), cipher.decrypt(second)] == [b"Hello"] * 2


def test_a_new_key_in_front_still_reads_what_the_old_one_wrote() -> None:
    """I rotate the key without losing what people said."""
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    written = Cipher([old]).encrypt(b"hello")

    both = Cipher([new, old])

    assert both.decrypt(written) == b"hello"
    with pytest.raises(KeyMissingError):
        Cipher([old]).decrypt(both.encrypt(b"written with the new key"))


def test_a_key_has_one_name_in_both_alphabets_of_base64() -> None:
    """I paste the key with + and / as my tool writes it, and it is the key it was before."""
    key = base64.urlsafe_b64encode(b"\xff\xef" * 16).decode()
    same = key.replace("-", "+").replace("_", "/")

    assert key != same
    assert Cipher([key]).fingerprints == Cipher([same]).fingerprints


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """I start without a key, and the second start finds the first one's."""
    path = tmp_path / "data" / "key"

    assert load_key(path) is None

    make_key(path)
    first = load_key(path)
    make_key(path)

    assert first is not None
    assert load_key(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_many_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    """Ten processes that start together all read each other's words."""
    together = threading.Barrier(10)
    keys = []

    def start() -> None:
        together.wait(timeout=10)
        make_key(tmp_path / "key")
        keys.append(load_key(tmp_path / "key"))

    threads = [threading.Thread(target=start) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert len(keys) == 10
    assert len(set(keys)) == 1


def test_a_key_file_that_holds_no_key_is_refused_and_kept(tmp_path: Path) -> None:
    """A truncated key is never replaced by a new one: the words would be lost."""
    path = tmp_path / "key"
    path.write_text("half a ke")

    with pytest.raises(MisconfiguredError, match="backup"):
        load_key(path)
    make_key(path)

    assert path.read_text() == "half a ke"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """I am told which file could not be made."""
    (tmp_path / "data").write_text("a file where the folder should be")

    with pytest.raises(MisconfiguredError, match="DATA_KEY"):
        make_key(tmp_path / "data" / "key")
    with pytest.raises(MisconfiguredError, match="DATA_KEY"):
        load_key(tmp_path / "data" / "key")


@pytest.mark.parametrize(
    "path", ["file/bot.db", "/dev/null/bot.db", "x" * 300], ids=["in a file", "in /dev", "too long"]
)
def test_a_place_where_no_file_can_be_is_told(tmp_path: Path, path: str) -> None:
    """The doctor does not call well where the start would fail."""
    (tmp_path / "file").touch()

    with pytest.raises(MisconfiguredError):
        look(parse(f"sqlite:///{tmp_path / path}"))
    with pytest.raises(MisconfiguredError):
        require_makeable(tmp_path / path)


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder that this test may not write in, also where the tests are run by root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        me = os.geteuid()
        os.seteuid(me or 65534)
        yield folder
        os.seteuid(me)


def test_a_folder_that_cannot_be_written_is_told(locked_folder: Path) -> None:
    """I am told which file could not be made and what to do, for the key and for the database."""
    with pytest.raises(MisconfiguredError, match=r"data/key.*writable.*DATA_KEY"):
        make_key(locked_folder / "data/key")
    with pytest.raises(MisconfiguredError, match=r"bot\.db.*writable.*DATABASE_URL"):
        upgrade(parse(f"sqlite:///{locked_folder}/bot.db"))
    with pytest.raises(MisconfiguredError, match=r"cannot be written"):
        look(parse(f"sqlite:///{locked_folder}/bot.db"))
    with pytest.raises(MisconfiguredError, match=r"cannot be written"):
        require_makeable(locked_folder / "data/key")


@pytest.mark.timeout(20)
def test_a_file_in_a_folder_that_cannot_be_written_is_told_at_once(locked_folder: Path) -> None:
    """What no waiting can mend is not waited for."""
    path = locked_folder / "bot.db"
    me = os.geteuid()
    os.seteuid(os.getuid())
    locked_folder.chmod(0o755)
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE alembic_version (version_num TEXT)")
    path.chmod(0o666)
    locked_folder.chmod(0o555)
    os.seteuid(me)

    with pytest.raises(MisconfiguredError):
        upgrade(parse(f"sqlite:///{path}"))


def test_a_folder_of_somebody_else_is_told(locked_folder: Path) -> None:
    """A folder I may not even look into is one line, not a traceback."""
    me = os.geteuid()
    os.seteuid(os.getuid())
    locked_folder.chmod(0o000 if me else 0o700)
    os.seteuid(me)

    with pytest.raises(MisconfiguredError):
        look(parse(f"sqlite:///{locked_folder}/bot.db"))
    with pytest.raises(MisconfiguredError):
        load_key(locked_folder / "key")
