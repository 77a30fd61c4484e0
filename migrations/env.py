"""Runs migrations on a connection that is already in its transaction.

`bot.storage.migrate` hands one in. From Alembic's own command line, as a developer uses it to
write the next revision, the database of `DATABASE_URL` is taken.
"""

from typing import Literal

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from bot.settings import Settings
from bot.storage import job_schema, parse, schema
from bot.storage.tables import metadata


def plain_type(kind: str, item: object, _: object) -> str | Literal[False]:
    """How a draft writes a column type of ours: as what the database has, whatever ours becomes."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def run(connection: Connection) -> None:
    """Apply what was asked for, all of it in the one transaction of this connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite alters a table by making it anew.
        render_as_batch=True,
        render_item=plain_type,
        include_name=job_schema.is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    with schema.alone(parse(Settings.load().database_url.get_secret_value())) as own:
        run(own)
