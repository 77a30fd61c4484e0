"""The schema, brought to the newest revision by whichever process comes first.

Any number of processes may call `upgrade` at once: one does the work, in one transaction and
behind a lock of the database itself, and the others wait for it and find nothing left to do.
A process killed halfway leaves the schema it found.

Alembic takes long to load, and nearly no start needs it: it is loaded where there is work for it.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection

import migrations
from bot.storage import sqlite_file
from bot.storage.errors import MisconfiguredError
from bot.storage.schema import alone, head, look, revision_of, revisions
from bot.storage.url import is_sqlite, sqlite_path

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(url: URL, *, to: str = "head") -> str | None:
    """Bring the database to a revision, and tell which one it had before (`None`: it was empty).

    Makes a SQLite file that is not there yet. A newer schema on which this program works is left as
    it is. Raises `CorruptError`, `SchemaError` for a newer one on which it does not,
    `MisconfiguredError`, `UnreachableError`, and `BusyError` when another process kept the lock for
    more than a minute.
    """
    if to == "head":
        with suppress(MisconfiguredError):  # It is said better by what would make the database.
            revision, _ = look(url)
            is_ready = not is_sqlite(url) or (
                revision is not None and sqlite_file.is_shared(sqlite_path(url))
            )
            if revision is not None and revision >= head() and is_ready:
                return revision
    from alembic import command

    with alone(url) as connection:
        before = revision_of(connection)
        if before is None or before in revisions():
            command.upgrade(_config(connection), to)
        return before


def downgrade(url: URL, *, to: str) -> None:
    """Take revisions back, with whatever was stored in what they had added."""
    from alembic import command

    with alone(url) as connection:
        command.downgrade(_config(connection), to)


def _config(connection: Connection) -> "Config":
    """Alembic's configuration, in process and independent of the working directory."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", migrations.__path__[0].replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
