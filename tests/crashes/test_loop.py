"""People talk while the bot is killed again and again: nobody is forgotten, nothing is mixed up."""

import os
from pathlib import Path

import pytest

from tests.crashes.loop import run

#: Set it to repeat a run as far as a machine can.
SEED = int(os.environ.get("SEED", "20261122"))

#: A kill costs more than a second of computing, most of it for the start that follows.
KILLS = {"sqlite": 35, "postgresql": 15}


@pytest.mark.timeout(600)
async def test_killed_again_and_again_nothing_is_lost_repeated_or_out_of_order(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However often the bot dies, each of us gets each answer, in order, and few of them twice."""
    kills = KILLS[url.partition(":")[0]]

    tally = await run(kills=kills, seed=SEED, url=url, folder=tmp_path)

    with capsys.disabled():
        print(f"\n{url.partition(':')[0]}, {tally}")  # noqa: T201  # It is what one wants to know.
    assert tally.broken() == []
