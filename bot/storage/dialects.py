"""The one difference between the two databases that statements have to know."""

from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert:
    """An INSERT that can say what happens on a conflict.

    Both databases have the same clause and SQLAlchemy the same methods for it, under two classes.
    """
    if connection.dialect.name == "sqlite":
        return cast("postgresql.Insert", sqlite.insert(table))
    return postgresql.insert(table)
