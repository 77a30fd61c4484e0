"""The one difference between the two databases that statements have to know."""

from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert:
    """An INSERT for this connection that can say what happens on a conflict."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> postgresql.Insert:
    """The same for a dialect, by its name.

    Both databases have the same clause and SQLAlchemy the same methods for it, under two classes.
    """
    if dialect == "sqlite":
        return cast("postgresql.Insert", sqlite.insert(table))
    return postgresql.insert(table)
