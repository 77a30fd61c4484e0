"""The loop by hand: `python -m tests.crashes --kills 1000 --seed 7`, or `make crashes`."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.crashes.loop import run


def main() -> int:
    """Kill so often, and print what came of it; the exit code is 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--url", help="a database to fill; a fresh SQLite file otherwise")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{folder}/bot.db"
        started = time.monotonic()
        tally = asyncio.run(run(kills=given.kills, seed=given.seed, url=url, folder=Path(folder)))
    print(f"{tally}; {time.monotonic() - started:.0f} s")
    for promise in tally.broken():
        print(f"broken: {promise}")
    return 1 if tally.broken() else 0


if __name__ == "__main__":
    sys.exit(main())
