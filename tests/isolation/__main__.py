"""The runs by hand: `python -m tests.isolation --runs 500`, or `make isolation`."""

import argparse
import tempfile
import time
from pathlib import Path

from cryptography.fernet import Fernet

from bot.storage import Cipher, parse, upgrade
from tests.isolation.talk import STEPS, play
from tests.isolation.world import store_in


def main() -> None:
    """Make so many runs, and print one line; it ends with the steps to the first foreign word."""
    parser = argparse.ArgumentParser(prog="python -m tests.isolation", description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bot.db"
        upgrade(parse(f"sqlite:///{file}"))
        started = time.monotonic()
        tally = play(store_in(file, Cipher([Fernet.generate_key().decode()])), runs=given.runs)
    print(f"{tally}; {STEPS} steps each, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
