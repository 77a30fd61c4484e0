"""What demos leave behind, and what the next one makes of it."""

from pathlib import Path

import pytest

from bot.sandbox.demo.folder import ROOM, InUseError, open_folder


def test_every_start_is_a_new_world_above_the_ones_before(tmp_path: Path) -> None:
    """A bot that remembers earlier demos meets no number twice."""
    seen = []
    for _ in range(3):
        with open_folder(tmp_path / "data" / "demo", reset=False) as folder:
            seen.append((folder.world, folder.after))

    assert seen == [(1, 0), (2, ROOM), (3, 2 * ROOM)]


def test_reset_forgets_everything(tmp_path: Path) -> None:
    """With --reset nothing is left of earlier demos; what is outside the folder stays."""
    outside = tmp_path / "mine"
    outside.mkdir()
    path = tmp_path / "demo"
    with open_folder(path, reset=False):
        (path / "bot.db").write_text("words")
        (path / "data").mkdir()
        (path / "data" / "key").write_text("secret")
        (path / "link").symlink_to(outside)

    with open_folder(path, reset=True) as folder:
        left = {one.name for one in path.iterdir()}

    assert folder.world == 1
    assert left == {"lock", "worlds"}
    assert outside.exists()


def test_a_second_demo_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    """Two demos share no database: the second says where the first is, and changes nothing."""
    with open_folder(tmp_path, reset=False) as folder:
        folder.tell_address("http://127.0.0.1:8420/")
        (tmp_path / "bot.db").write_text("words")
        with (
            pytest.raises(InUseError, match=r"http://127\.0\.0\.1:8420/"),
            open_folder(tmp_path, reset=True),
        ):
            pass

    assert (tmp_path / "bot.db").exists()
    with open_folder(tmp_path, reset=False) as folder:
        assert folder.world == 2


def test_a_count_that_was_spoilt_begins_anew(tmp_path: Path) -> None:
    """A broken file does not keep the demo from starting."""
    (tmp_path / "worlds").write_text("many")

    with open_folder(tmp_path, reset=False) as folder:
        assert folder.world == 1
