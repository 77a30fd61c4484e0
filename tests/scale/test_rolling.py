"""A new version comes while people talk: its schema first, then its processes, one by one."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from bot.clock import SystemClock
from bot.delivery import Inbox
from bot.delivery.postgres import defer
from bot.metrics import Metrics
from bot.storage import Arrival, Cipher, open_store, parse
from tests.scale.crowd import crowd
from tests.waiting import until

#: What the version to come adds to the schema, and how it says so.
NEWER = """
ALTER TABLE inbox ADD COLUMN mood text DEFAULT 'calm' NOT NULL;
CREATE INDEX ix_inbox_mood ON inbox (mood);
CREATE TABLE moods (name text PRIMARY KEY);
UPDATE alembic_version SET version_num = '9999';
"""

#: An update of a kind, in a lane, that only the version to come knows.
NEW_ARRIVAL = Arrival(2**40, "orbit:5:0", "thought", '{"update_id": 1099511627776, "thought": {}}')


@pytest.mark.timeout(240)
async def test_the_old_version_works_on_beside_the_new_one(
    migrated: Callable[[str], str], new_postgres: Callable[..., str], tmp_path: Path
) -> None:
    """While my operator brings a new version I am answered as always, also by the old one."""
    url = new_postgres(copy_of=migrated("postgresql"))

    async def roll_out() -> None:
        await asyncio.sleep(2.0)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(NEWER)
        await accept(NEW_ARRIVAL, url, Cipher([people.data_key]))

    async with crowd(url=url, folder=tmp_path, seed=1, workers=2, people=6, pause=0.4) as people:
        rolling = asyncio.create_task(roll_out())
        # Those that start again meet a schema that is newer than they are.
        result = await people.run(
            questions=25, fates=("replaced", "killed"), started_at=time.monotonic()
        )
        await rolling
        with psycopg.connect(url, autocommit=True) as connection:
            states = "SELECT state, count(*) FROM inbox GROUP BY state"
            await until(lambda: set(dict(connection.execute(states).fetchall())) == {"settled"})

    assert (result.tally.lost, result.tally.out_of_order) == (0, 0)
    assert result.tally.repeated <= 1
    assert set(result.codes) == {0}


async def accept(arrival: Arrival, url: str, cipher: Cipher) -> None:
    """Take an update in as a process of the new version does."""
    clock, metrics = SystemClock(), Metrics()
    async with open_store(parse(url), cipher=cipher, clock=clock, metrics=metrics) as store:
        inbox = Inbox(store=store, clock=clock, metrics=metrics, defer=defer)
        await inbox.accept([arrival])
