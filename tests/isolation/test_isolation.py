"""Nobody sees another's words, whatever five people think of doing."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.storage import Cipher, parse
from tests.isolation.talk import play
from tests.isolation.world import store_in

#: Runs of fifty steps. `make isolation RUNS=500` does as many as one likes.
RUNS = 15


@pytest.mark.timeout(900)
def test_nobody_sees_anothers_words(
    migrated: Callable[[str], str],
    tmp_path: Path,
    cipher: Cipher,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever five people do in three chats, nobody comes upon a word that is not for them."""
    shutil.copy(parse(migrated("sqlite")).database or "", tmp_path / "bot.db")

    tally = play(store_in(tmp_path / "bot.db", cipher), runs=RUNS)

    with capsys.disabled():
        print(f"\n{tally}")  # noqa: T201  # It is what one wants to know.
    assert tally.questions > 2 * RUNS  # Or nothing was proved.
    assert tally.presses > 2 * RUNS
