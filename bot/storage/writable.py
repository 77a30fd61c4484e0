"""Files that are not there yet."""

import os
from pathlib import Path

from bot.storage.errors import MisconfiguredError


def require_makeable(path: Path) -> None:
    """Raise `MisconfiguredError` when this file could not be made or written, without trying.

    Its folder must be writable even if the file is there: SQLite keeps its log beside it.
    """
    try:
        nearest = _nearest(path.absolute())
    except OSError as error:
        raise MisconfiguredError(f"{path} cannot be made or opened ({error.strerror})") from None
    places = {nearest, nearest.parent} if nearest == path.absolute() else {nearest}
    for place in sorted(places):
        if not os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise MisconfiguredError(f"{place} cannot be written by this user")


def _nearest(path: Path) -> Path:
    """This file, or else the folder above it that is there."""
    while True:
        try:
            path.stat()
            return path
        except FileNotFoundError:
            path = path.parent
