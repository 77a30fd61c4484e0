"""One boundary where the drivers' exceptions become ours.

SQLite names its failures by result code (https://www.sqlite.org/rescode.html), PostgreSQL by
SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). What is in neither table
is a bug of ours and passes through untouched.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.storage.errors import (
    BusyError,
    CorruptError,
    FullError,
    MisconfiguredError,
    StorageError,
    UnreachableError,
)

_SQLITE: dict[int, type[StorageError]] = {
    sqlite3.SQLITE_BUSY: BusyError,
    sqlite3.SQLITE_LOCKED: BusyError,
    sqlite3.SQLITE_FULL: FullError,
    sqlite3.SQLITE_CORRUPT: CorruptError,
    sqlite3.SQLITE_NOTADB: CorruptError,
    sqlite3.SQLITE_CANTOPEN: MisconfiguredError,
    sqlite3.SQLITE_READONLY: MisconfiguredError,
    sqlite3.SQLITE_IOERR: UnreachableError,
}

#: By whole SQLSTATE first, then by its first two characters, the class.
_POSTGRES: dict[str, type[StorageError]] = {
    "25006": UnreachableError,  # A replica that was just a primary: only reading for now.
    "40": BusyError,  # Deadlocks and serialization failures.
    "53100": FullError,
    "53": BusyError,  # Too many connections, out of memory.
    "55P03": BusyError,  # A lock that was not free in time.
    "57014": BusyError,  # Cancelled by a time limit.
    "57P": UnreachableError,  # Shutting down or starting up.
    "08": UnreachableError,
    "42501": MisconfiguredError,  # A role that may not do this here.
    "28": MisconfiguredError,  # Wrong user or password.
    "3D": MisconfiguredError,  # No such database.
}


#: What a server answers in words alone when it refuses a connection: libpq hands on no code. In a
#: server's other languages the refusal counts as unreachable, and is told all the same.
_REFUSALS = re.compile(
    r"FATAL:.*(password|authentication|pg_hba|does not exist|no such|permission denied)", re.DOTALL
)


def kind_of(error: DBAPIError | PoolTimeoutError) -> type[StorageError] | None:
    """The consequence of a driver's exception, or `None` when it is a bug."""
    if isinstance(error, PoolTimeoutError):
        return BusyError
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        # The low byte is the kind of failure, the rest says more than we need.
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if state is None:
        if _is_operational(error) and _REFUSALS.search(str(cause)):
            return MisconfiguredError
        # libpq has no code for a server that does not answer or hangs up.
        return UnreachableError if error.connection_invalidated or _is_operational(error) else None
    matches = (_POSTGRES.get(state[:length]) for length in (5, 3, 2))
    return next(filter(None, matches), None)


def _is_operational(error: DBAPIError) -> bool:
    return type(error).__name__ == "OperationalError"


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raise ours instead of the driver's. `where` names the database in the message."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        kind = kind_of(error)
        if kind is None:
            raise
        said = str(error.orig if isinstance(error, DBAPIError) else "every connection is in use")
        raise kind(f"{where}: {said.partition(chr(10))[0]}") from error
