"""The same by hand: `python -m tests.scale --updates 2000 --webs 2 --workers 3 --deaths 30`."""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random

from bot.storage import parse, upgrade
from tests import postgres
from tests.postgres import Server
from tests.scale.crowd import FATES, Result, crowd


async def _run(given: argparse.Namespace, database: Server, folder: Path) -> Result:
    chances = Random(given.seed)
    fates = [chances.choice(FATES) for _ in range(given.deaths)]
    async with crowd(
        url=database.url,
        folder=folder,
        seed=given.seed,
        workers=given.workers,
        people=given.people,
        pause=given.pause,
        webs=given.webs,
    ) as people:
        return await people.run(
            questions=given.updates,
            fates=fates,
            started_at=time.monotonic(),
            database=database,
            restarts=given.restarts,
        )


def main() -> int:
    """Run once and print one line; the exit code is 1 when something was lost or mixed up."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("--updates", type=int, default=300)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--webs", type=int, default=0, help="processes that Telegram calls")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--deaths", type=int, default=6)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds between two, at most")
    parser.add_argument("--restarts", type=int, default=0, help="of the database")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        database = stack.enter_context(postgres.server(is_durable=True))
        upgrade(parse(database.url))
        result = asyncio.run(_run(given, database, Path(folder)))
    print(result)
    return 1 if result.tally.lost or result.tally.out_of_order else 0


if __name__ == "__main__":
    sys.exit(main())
