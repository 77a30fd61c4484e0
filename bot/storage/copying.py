"""A whole database, copied into an empty one of either kind, and compared row by row.

What people wrote is copied as it is encrypted: whoever copies needs no data key, and the copy needs
the same one.
"""

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    URL,
    BigInteger,
    ColumnClause,
    Connection,
    LargeBinary,
    Table,
    TableClause,
    column,
    func,
    insert,
    select,
    table,
    text,
)

from bot.storage.errors import MisconfiguredError
from bot.storage.migrate import upgrade
from bot.storage.schema import (
    alone,
    connected,
    require_current,
    require_usable,
    revision_of,
)
from bot.storage.tables import metadata, schema_terms
from bot.storage.types import Sound, Words
from bot.storage.url import is_sqlite, shown

#: Rows that are in memory at once.
_AT_ONCE: Final = 1000

#: What is copied. The terms of a schema are written with it.
_TABLES: Final = [each for each in metadata.sorted_tables if each is not schema_terms]


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one table."""

    table: str
    rows: int
    #: Whether what was read back from the copy is what the original says.
    is_same: bool


def copy(source: URL, target: URL) -> Generator[Copied]:
    """Copy everything, table by table, and tell of each once it was compared.

    Nobody writes to the original meanwhile: where it is a SQLite file others are locked out, and of
    a PostgreSQL one moment is copied. The copy is committed when the last table has been told of,
    and only if all are the same.

    Raises `MisconfiguredError` when the target holds something, and whatever `upgrade` raises.
    """
    if source == target:
        raise MisconfiguredError(f"{shown(source)} cannot be copied into itself")
    with connected(source) as original:
        original.execute(text(_ONE_MOMENT[is_sqlite(source)]))
        revision = revision_of(original)
        require_usable(revision, oldest=None)  # What it does not know it would leave behind.
        require_current(revision)
        upgrade(target)
        with alone(target) as copied:
            for each in _TABLES:
                if copied.scalar(select(func.count()).select_from(each)):
                    raise MisconfiguredError(
                        f"{shown(target)} holds something already: name an empty database"
                    )
            for each in _TABLES:
                found = _copy(each, original, copied)
                yield found
                if not found.is_same:
                    raise MisconfiguredError(f"the copy of {found.table} differs; nothing was kept")


#: How a transaction begins that sees one moment, by whether it is SQLite's.
_ONE_MOMENT: Final[Mapping[bool, str]] = {
    True: "BEGIN IMMEDIATE",
    False: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
}


def _copy(original: Table, source: Connection, target: Connection) -> Copied:
    raw = _raw(original)
    written = _Sum()
    for rows in _rows(raw, source):
        target.execute(insert(raw), rows)
        written.add(rows)
    _go_on_counting(original, source, target)
    read = _Sum()
    for rows in _rows(raw, target):
        read.add(rows)
    return Copied(original.name, written.rows, written == read)


def _raw(original: Table) -> TableClause:
    """The table with what is encrypted as the bytes that it is."""
    columns: list[ColumnClause[Any]] = [
        column(each.name, LargeBinary() if isinstance(each.type, Words | Sound) else each.type)
        for each in original.columns
    ]
    return table(original.name, *columns)


Rows = Sequence[Mapping[str, Any]]


def _rows(raw: TableClause, connection: Connection) -> Iterator[Rows]:
    """Every row, some at a time, in whatever order the database likes."""
    some_at_a_time = {"yield_per": _AT_ONCE}
    found = connection.execute(select(raw), execution_options=some_at_a_time)
    for some in found.mappings().partitions():
        yield [dict(row) for row in some]


def _go_on_counting(original: Table, source: Connection, target: Connection) -> None:
    """Let no number be given a second time, of a row that was deleted before the copy either."""
    key = original.primary_key.columns.values()
    if len(key) != 1 or key[0].autoincrement is False or not isinstance(key[0].type, BigInteger):
        return
    name = original.name
    last = _last_number(name, source)
    if last is None:
        return
    if target.dialect.name == "sqlite":
        target.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
        target.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"),
            {"name": name, "last": last},
        )
    else:
        target.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
            {"name": name, "last": last},
        )


def _last_number(name: str, connection: Connection) -> int | None:
    """The last number that was given to a row of this table; `None` before the first."""
    if connection.dialect.name == "sqlite":
        asked = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    else:
        asked = text(
            "SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() "
            "AND sequencename = regexp_replace(pg_get_serial_sequence(:name, 'id'), '^.*\\.', '')"
        )
    last: int | None = connection.scalar(asked, {"name": name})
    return last


@dataclass(slots=True)
class _Sum:
    """Rows, summed up so that two tables can be compared.

    It does not depend on their order: no two databases need agree on how words are sorted.
    """

    rows: int = 0
    digests: int = 0

    def add(self, rows: Rows) -> None:
        """Add these."""
        self.rows += len(rows)
        for row in rows:
            said = hashlib.sha256(repr(sorted(row.items())).encode())
            self.digests += int.from_bytes(said.digest())
        self.digests %= 2**256
