"""Many processes, of which one is killed, one hangs and one is replaced: nobody notices."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scale.crowd import crowd

#: Set it to repeat a run as far as a machine can.
SEED = int(os.environ.get("SEED", "20261128"))


@pytest.mark.timeout(180)
async def test_of_three_workers_one_is_killed_one_hangs_and_one_is_replaced(
    migrated: Callable[[str], str],
    new_postgres: Callable[..., str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever becomes of one process, I get each answer, once, in the order of asking."""
    url = new_postgres(copy_of=migrated("postgresql"))
    started = time.monotonic()

    async with crowd(url=url, folder=tmp_path, seed=SEED, workers=3, people=8, pause=0.3) as people:
        result = await people.run(
            questions=40, fates=("frozen", "killed", "replaced"), started_at=started
        )

    with capsys.disabled():
        print(f"\n{result}")  # noqa: T201  # It is what one wants to know.
    assert (result.tally.lost, result.tally.out_of_order) == (0, 0)
    # Who dies within the moment that a message takes to be sent leaves a copy behind; see
    # docs/architecture.md. One that is replaced never does.
    assert result.tally.repeated <= 2
    assert all(seconds < 10 for seconds in result.takeovers)
    assert set(result.codes) == {0}
