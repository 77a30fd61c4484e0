"""One process of many: whoever holds a lock of PostgreSQL, for as long as its session lives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from zlib import crc32

import psycopg
from sqlalchemy import URL

from bot.storage.url import conninfo
from bot.waiting import unless_set

log = logging.getLogger(__name__)

#: Seconds from one try to be elected to the next, and from one sign of life to the next.
_TRY_EVERY = 1.0
_BEAT_EVERY = 2.0

#: Seconds after which the server ends a session without a sign of life, and with it the lock: that
#: of a process that hangs, or of a machine that is gone.
_SILENCE = 6

#: Seconds in which the server must answer a sign of life, or we are elected no more. With the pause
#: before it that is less than the silence, so we end before another begins.
_ANSWER = 3.0

#: Makes our locks differ from those of other programs in the same database.
_CLASS = 0x0DE3A9


async def lead(url: URL, office: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do this work whenever this process is the one elected for it; until cancelled.

    The work is cancelled when the lock is lost, and begun anew when it is won again. Where another
    is thought to be gone and is not, both may work for a moment: the work must bear that. What it
    raises is logged, and it is begun again.
    """
    while True:
        try:
            info = conninfo(url, name=f"ondemand-bot {office}")
            async with await psycopg.AsyncConnection.connect(info, autocommit=True) as session:
                await session.execute(f"SET idle_session_timeout = '{_SILENCE}s'")
                while not await _is_elected(session, office):  # noqa: ASYNC110  # Elsewhere.
                    await asyncio.sleep(_TRY_EVERY)
                log.info("elected", extra={"office": office})
                await _while_alive(session, work)
        except psycopg.Error as error:
            log.warning("not elected", extra={"office": office, "error": type(error).__name__})
        except Exception as error:  # Whatever the work stumbled over, it must not end for good.
            log.warning("work of one ended", exc_info=error, extra={"office": office})
        await asyncio.sleep(_TRY_EVERY)


async def _is_elected(session: psycopg.AsyncConnection, office: str) -> bool:
    number = crc32(office.encode()) & 0x7FFFFFFF
    answer = await session.execute("SELECT pg_try_advisory_lock(%s, %s)", (_CLASS, number))
    row = await answer.fetchone()
    return bool(row and row[0])


async def _while_alive(
    session: psycopg.AsyncConnection, work: Callable[[], Awaitable[None]]
) -> None:
    """Work until it ends or the session does."""
    is_lost = asyncio.Event()

    async def beat() -> None:
        try:
            while True:
                await asyncio.sleep(_BEAT_EVERY)
                async with asyncio.timeout(_ANSWER):
                    await session.execute("SELECT 1")
        finally:
            is_lost.set()

    async def do() -> None:
        await work()

    beating = asyncio.create_task(beat())
    try:
        await unless_set(do(), is_lost)
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
