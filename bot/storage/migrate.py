"""The schema, brought to another revision by Alembic, from the files in `migrations`."""

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection

import migrations
from bot.storage.schema import alone, revision_of, revisions


def upgrade(url: URL, *, to: str = "head") -> str | None:
    """What `bot.storage.schema.upgrade` does where there is something to do."""
    with alone(url) as connection:
        before = revision_of(connection)
        if before is None or before in revisions():
            command.upgrade(_config(connection), to)
        return before


def downgrade(url: URL, *, to: str) -> None:
    """Take revisions back, with whatever was stored in what they had added."""
    with alone(url) as connection:
        command.downgrade(_config(connection), to)


def _config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, in process and independent of the working directory."""
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0].replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
