"""aiosqlite with one trip to its thread for a statement, where it would make four.

aiosqlite runs SQLite in a thread and sends every call there by itself: make a cursor, execute,
fetch, close. A statement of ours takes some 20 microseconds and a trip some 150, so nearly all the
time of a transaction went into travelling. Here the four travel together. A cursor is therefore
closed before its rows are read, and never outlives a wait that is cancelled.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

import aiosqlite


class _Cursor:
    """What SQLAlchemy needs of a cursor. The rows are all there when `execute` returns."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "_Cursor":
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Carry out a statement and fetch what it gives."""
        await self._keep(sqlite3.Cursor.execute, statement, parameters)

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Carry out a statement for each of these rows."""
        await self._keep(sqlite3.Cursor.executemany, statement, rows)

    async def fetchall(self) -> list[Any]:
        """Everything the statement gave."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left to close."""

    async def _keep(self, call: Any, statement: str, parameters: Any) -> None:
        done = await self._connection.in_thread(_carry_out, call, statement, parameters)
        self._rows, self.description, self.rowcount, self.lastrowid = done


def _carry_out(
    connection: sqlite3.Connection, call: Any, statement: str, parameters: Any
) -> tuple[list[Any], Any, int, int | None]:
    cursor = connection.cursor()
    try:
        call(cursor, statement, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return rows, cursor.description, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


class Connection(aiosqlite.Connection):
    """A connection whose cursors travel once for each statement."""

    def cursor(self) -> _Cursor:  # type: ignore[override]  # As much of one as is needed.
        """A cursor, without asking the thread for it."""
        return _Cursor(self)

    async def in_thread(self, call: Any, *arguments: Any) -> Any:
        """Call this in the thread, with the SQLite connection as first argument."""
        return await self._execute(  # type: ignore[no-untyped-call]  # As aiosqlite has it.
            lambda: call(self._conn, *arguments)
        )


def connect(database: str, **arguments: Any) -> Connection:
    """A connection as `aiosqlite.connect` makes one, for SQLAlchemy's `async_creator_fn`."""
    connection = Connection(lambda: sqlite3.connect(database, **arguments), iter_chunk_size=64)
    # A forgotten connection must not keep the process alive.
    connection._thread.daemon = True
    return connection
