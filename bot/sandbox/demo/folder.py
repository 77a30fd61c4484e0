"""What a demo leaves on the disk: the bot's database and key, its log, and a count of the worlds.

Telegram's side lives in memory, so every start is a new world beside a bot that remembers the old
ones. The count keeps their numbers apart: a bot takes no message or session of this world for one
it has known.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: How many messages and updates a world has room for. Telegram's own numbers end at 2**31.
ROOM = 100_000

_LOCK, _WORLDS = "lock", "worlds"


class InUseError(Exception):
    """Another demo runs in this folder; says where, if it is known."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that belongs to this demo alone."""

    path: Path
    #: The number of this world: 1 for the first.
    world: int

    @property
    def after(self) -> int:
        """Above which number this world's messages and updates are."""
        return (self.world - 1) * ROOM

    @property
    def log(self) -> Path:
        """Where the bot's log of this start is."""
        return self.path / "log"

    def tell_address(self, url: str) -> None:
        """Write down where the page is, for whoever starts a second demo."""
        (self.path / _LOCK).write_text(url)


@contextmanager
def open_folder(path: Path, *, reset: bool) -> Iterator[Folder]:
    """Take the folder for the length of the block, empty with `reset`, and count a new world.

    Raises `InUseError` while another demo has it, and `OSError` where it cannot be written.
    """
    path.mkdir(parents=True, exist_ok=True)
    with (path / _LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            there = lock.read().strip()
            raise InUseError(f"a demo runs here already: {there or path}") from None
        if reset:
            _empty(path)
        counted = path / _WORLDS
        before = counted.read_text().strip() if counted.exists() else ""
        world = int(before) + 1 if before.isdecimal() else 1
        counted.write_text(f"{world}\n")
        yield Folder(path, world)


def _empty(path: Path) -> None:
    for one in path.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        elif one.name != _LOCK:
            one.unlink()
