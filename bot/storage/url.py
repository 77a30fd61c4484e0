"""`DATABASE_URL`, understood once."""

import re
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.storage.errors import MisconfiguredError

#: What people and platforms write, and the driver we use for it.
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


#: As far as the address goes before its host.
_BEFORE_THE_HOST = r"^[^:]*://[^:/]*(:[^@]*)?@"


def parse(text: str) -> URL:
    """The address of a database, with the driver this house uses.

    Raises `MisconfiguredError` for anything but a SQLite file or a PostgreSQL server. A database in
    memory is refused too: it would forget every accepted message when the process ends.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # The text may hold a password, so neither it nor the parser's own words are repeated.
        raise MisconfiguredError(
            "DATABASE_URL cannot be read: it must be like sqlite:///data/bot.db "
            "or postgresql://user:password@host/name"
        ) from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise MisconfiguredError(
            f"DATABASE_URL names {url.drivername}, which is not supported: "
            "use sqlite:/// and a path, or postgresql://user:password@host/name"
        )
    url = url.set(drivername=driver)
    if not is_sqlite(url) and "@" in re.sub(_BEFORE_THE_HOST, "", text):
        # What follows the first @ would be taken for the host, and shown.
        raise MisconfiguredError(
            "DATABASE_URL has an @ too many: in a user name or a password it is written %40, "
            "as in postgresql://user:p%40ss@host/name"
        )
    if not is_sqlite(url):
        _require_sound(url)
    if is_sqlite(url) and (url.database in {None, "", ":memory:"} or url.query or url.host):
        raise MisconfiguredError(
            "DATABASE_URL must name a file, as in sqlite:///data/bot.db (three slashes, then "
            "the path; four for a path from the root)"
        )
    return url


def _require_sound(url: URL) -> None:
    """Raise `MisconfiguredError` for a PostgreSQL address that the driver would stumble over."""
    from psycopg import ProgrammingError  # It takes long to load, and SQLite needs none of it.
    from psycopg.conninfo import make_conninfo

    try:
        (url.host or "").encode("idna")
        _, options = url.get_dialect()().create_connect_args(url)
        make_conninfo(**options)
    except UnicodeError:
        raise MisconfiguredError("DATABASE_URL names a host that cannot exist") from None
    except (ArgumentError, ProgrammingError):
        raise MisconfiguredError(
            "DATABASE_URL has an option that PostgreSQL does not understand: "
            "its documentation lists them as parameter key words of libpq"
        ) from None


#: A connection of its own is noticed to be dead within some ten seconds, also where the other side
#: has gone without a word.
_ALIVE: dict[str, str | int] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def conninfo(url: URL, *, name: str) -> str:
    """The address of a PostgreSQL server as libpq writes it, for a connection beside the pool.

    With the password: it is for the driver and nobody else. `name` is what the server's list of
    connections calls it. What the operator set about connecting counts more than what we do.
    """
    from psycopg.conninfo import make_conninfo  # It takes long to load.

    _, options = url.get_dialect()().create_connect_args(url)
    return make_conninfo(**{"application_name": name, **_ALIVE, **options})


def is_sqlite(url: URL) -> bool:
    """Whether this is a SQLite file; otherwise it is a PostgreSQL server."""
    return url.get_backend_name() == "sqlite"


def sqlite_path(url: URL) -> Path:
    """The file of a SQLite address."""
    return Path(url.database or "")


def shown(url: URL) -> str:
    """The address as an operator knows it, without driver, password and options.

    Among the options may be another password.
    """
    plain = url.set(drivername=url.get_backend_name(), query={})
    return plain.render_as_string(hide_password=True)
