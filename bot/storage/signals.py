"""Short words from one process of the bot to all others, by LISTEN and NOTIFY of PostgreSQL.

Nothing is kept: who does not listen just then never hears of it.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from sqlalchemy import URL, text

from bot.storage.store import Transaction
from bot.storage.url import conninfo

log = logging.getLogger(__name__)

_CHANNEL = "ondemand_bot"
_SEND = text(f"SELECT pg_notify('{_CHANNEL}', :word)")

#: Seconds without a word after which the connection is tried, and that it may take to answer.
_TRY_AFTER = 10.0


async def send(tx: Transaction, word: str) -> None:
    """Say this to everybody who listens, ourselves included, when the transaction is committed."""
    await tx.connection.execute(_SEND, {"word": word})


@asynccontextmanager
async def listening(url: URL) -> AsyncIterator[AsyncIterator[str]]:
    """What is said from now on, for as long as the connection holds.

    Raises `psycopg.Error` when there is none, or no more.
    """
    info = conninfo(url, name="ondemand-bot listening")
    async with await psycopg.AsyncConnection.connect(info, autocommit=True) as connection:
        await connection.execute(f"LISTEN {_CHANNEL}")
        yield _words(connection)


async def _words(connection: psycopg.AsyncConnection) -> AsyncIterator[str]:
    while True:
        async for notice in connection.notifies(timeout=_TRY_AFTER):
            yield notice.payload
        await connection.execute("SELECT 1")
