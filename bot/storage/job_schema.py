"""The tables of Procrastinate, which wakes lanes where several processes share PostgreSQL.

They are the library's own, in the form that its installed version has, and are brought up with our
migrations: in the same transaction, behind the same lock. Which version they have is noted on the
table of jobs itself.
"""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

#: What the names of its tables, functions and types begin with.
_PREFIX = "procrastinate_"

_VERSION = text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")
_IS_THERE = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")

#: Whatever it is, found by name: a later version of the library may have more.
_TAKE_DOWN = r"""
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT oid::regclass AS name FROM pg_class
        WHERE relkind = 'r' AND relname LIKE 'procrastinate\_%'
            AND relnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('DROP TABLE %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE proname LIKE 'procrastinate\_%' AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT oid::regtype AS name FROM pg_type
        WHERE typname LIKE 'procrastinate\_%' AND typnamespace = current_schema()::regnamespace
            AND typtype IN ('c', 'e')
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', one.name);
    END LOOP;
END;
$$
"""


def is_ours(name: str | None, kind: str, _: object = None) -> bool:
    """Whether a table is one of the house, and not the library's; asked by Alembic."""
    return kind != "table" or not (name or "").startswith(_PREFIX)


def bring_up(connection: Connection) -> None:
    """Give PostgreSQL the tables that the installed version of the library works with.

    A migration that comes with a newer library calls this again, which then applies what that
    version changed. On SQLite there is nothing to do.
    """
    if connection.dialect.name != "postgresql":
        return
    if not connection.scalar(_IS_THERE):
        _execute(connection, files("procrastinate.sql").joinpath("schema.sql").read_text("utf-8"))
    elif noted := noted_version(connection):
        for script in scripts_after(noted):
            _execute(connection, script.read_text("utf-8"))
    # Our own constant name and a version number: nothing in it comes from outside.
    installed = version("procrastinate").replace("'", "")
    _execute(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{installed}'")


def take_down(connection: Connection) -> None:
    """Drop all of it, with the jobs that wait; lanes are found without them."""
    if connection.dialect.name == "postgresql":
        _execute(connection, _TAKE_DOWN)


def noted_version(connection: Connection) -> str | None:
    """The version whose tables are there; `None` where they are not, or not made by us."""
    noted: str | None = connection.scalar(_VERSION)
    return noted


def scripts_after(noted: str) -> list[Path]:
    """What later versions changed, in order. The names begin with the version: `03.04.00_01_…`."""
    from procrastinate.schema import SchemaManager  # The library is large, and rarely needed here.

    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    return [script for script in scripts if _numbers(script.name[:8]) > _numbers(noted)]


def _numbers(written: str) -> tuple[int, ...]:
    return tuple(int(part) for part in written.split(".")[:3])


def _execute(connection: Connection, script: str) -> None:
    """Carry out several statements at once, as the driver does where nothing is to be filled in."""
    driver: Any = connection.connection.driver_connection
    driver.execute(script)
