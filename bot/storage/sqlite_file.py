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


def inspect(path: Path) -> str | None:
    """Look at the whole file without changing it, and tell its revision (`None`: it has none).

    Raises `CorruptError` for a file that is damaged or no database, `MisconfiguredError` for one
    that cannot be read, and `BusyError` for one that another process keeps to itself.
    """
    try:
        if path.stat().st_size == 0:
            return None
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            (verdict,) = file.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
            if "alembic_version" not in tables:
                return None
            row = file.execute("SELECT version_num FROM alembic_version").fetchone()
            return row[0] if row else None
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
