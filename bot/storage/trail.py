"""The trail of a turn: which steps were done when, and nothing of what was said.

An operator who is told a reference finds in it where the time went and what failed. It is kept with
the update for as long as its id, in one column that is written anyway.
"""

from datetime import datetime
from typing import Final

#: Characters that are kept. Of a longer trail the middle is left out.
LONGEST: Final = 2000

#: How a mark begins of what somebody asked for and did not get; operators read how many there are.
REFUSED: Final = "refused"

_BETWEEN: Final = ";"
_LEFT_OUT: Final = ";…;"


class Trail:
    """Grows while a turn is worked on; begins with what earlier attempts left."""

    def __init__(self, before: str | None, *, began: datetime) -> None:
        """`began` is when the update was accepted, from which all times count."""
        self._began = began
        self._words = before or ""

    def note(self, step: str, at: datetime) -> None:
        """This happened now."""
        seconds = (at - self._began).total_seconds()
        word = f"{step.replace(_BETWEEN, ',')} {seconds:.2f}"
        words = f"{self._words}{_BETWEEN}{word}" if self._words else word
        if len(words) > LONGEST:
            half = (LONGEST - len(_LEFT_OUT)) // 2
            head, tail = words[:half], words[-half:]
            head = head.rpartition(_BETWEEN)[0]
            words = f"{head}{_LEFT_OUT}{tail.partition(_BETWEEN)[2]}"
        self._words = words

    def __str__(self) -> str:
        return self._words


def read_trail(trail: str | None) -> list[tuple[str, float | None]]:
    """The steps of a trail with their seconds; without them where some were left out."""
    steps: list[tuple[str, float | None]] = []
    for word in filter(None, (trail or "").split(_BETWEEN)):
        step, _, seconds = word.rpartition(" ")
        try:
            steps.append((step, float(seconds)))
        except ValueError:
            steps.append((word, None))
    return steps
