"""The file of a SQLite database, before anybody opens it for work."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.storage.errors import BusyError, CorruptError, MisconfiguredError


def make(path: Path) -> None:
    """Make an empty file, readable by its owner alone, unless there is one already.

    Raises `MisconfiguredError` when the folder or the file cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise MisconfiguredError(
            f"{path} cannot be made or written ({error.strerror}): "
            "make the folder writable for this user, or set DATABASE_URL"
        ) from None


def is_there(path: Path) -> bool:
    """Whether there is such a file. Raises `MisconfiguredError` where that cannot be told."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise MisconfiguredError(f"{path} cannot be opened ({error.strerror})") from None
    return True


def is_shared(path: Path) -> bool:
    """Whether several may read this file while one writes: it is in the mode WAL.

    A copy by `VACUUM INTO` is not. Its header says so: https://www.sqlite.org/fileformat2.html
    """
    with path.open("rb") as file:
        return file.read(20)[18:] == b"\x02\x02"


def inspect(path: Path) -> tuple[str | None, str | None, set[str]]:
    """Look at the whole file without changing it: its revision, its terms, its keys' fingerprints.

    The terms are the oldest revision whose program works on it. Both are `None` for a file that
    holds nothing. Raises `CorruptError` for one that is
    damaged or no database, `MisconfiguredError` for one that cannot be read or is another
    program's, and `BusyError` for one that another process keeps to itself.
    """
    try:
        if path.stat().st_size == 0:
            return None, None, set()
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            (verdict,) = file.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            tables = _column(file, "SELECT name FROM sqlite_master")
            if tables and "alembic_version" not in tables:
                raise MisconfiguredError(
                    f"{path} belongs to another program and was left as it is: "
                    "name another file in DATABASE_URL"
                )
            revision, oldest, used = set(), set(), set()
            if tables:
                revision = _column(file, "SELECT version_num FROM alembic_version")
            if "schema_terms" in tables:
                oldest = _column(file, "SELECT oldest FROM schema_terms")
            if "data_keys" in tables:
                used = _column(file, "SELECT fingerprint FROM data_keys")
            return next(iter(revision), None), next(iter(oldest), None), used
    except OSError as error:
        raise MisconfiguredError(f"{path} cannot be read ({error.strerror})") from None
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise BusyError(f"{path} is held by another process") from error
        raise MisconfiguredError(f"{path} cannot be opened ({error})") from error
    except sqlite3.DatabaseError as error:
        raise CorruptError(
            f"{path} is damaged or not a SQLite database, and was left as it is: "
            "restore a backup, or move the file away to start anew"
        ) from error


def _column(file: sqlite3.Connection, statement: str) -> set[str]:
    return {value for (value,) in file.execute(statement)}
