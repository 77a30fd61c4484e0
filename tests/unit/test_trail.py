"""Where the time of a turn went is told in a few words, and in no more than fit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage import Trail, read_trail
from bot.storage.trail import LONGEST

BEGAN = datetime(2026, 11, 28, 12, tzinfo=UTC)

Step = st.text(st.characters(codec="ascii", categories=("L", "N", "Zs"), include_characters=";"))


def test_a_trail_goes_on() -> None:
    """A second attempt adds to what the first one left, and all times count from the beginning."""
    first = Trail(None, began=BEGAN)
    first.note("entered", BEGAN + timedelta(seconds=0.5))
    second = Trail(str(first), began=BEGAN)
    second.note("failed ServerError", BEGAN + timedelta(seconds=61))

    assert read_trail(str(second)) == [("entered", 0.5), ("failed ServerError", 61.0)]


@pytest.mark.parametrize("trail", [None, ""])
def test_nothing_was_done_yet(trail: str | None) -> None:
    """Of what nobody worked on there is nothing to tell."""
    assert read_trail(trail) == []


@given(st.lists(Step, max_size=200))
def test_a_trail_stays_short(steps: list[str]) -> None:
    """However many steps there are, it fits, and begins and ends as the turn did."""
    trail = Trail(None, began=BEGAN)
    for step in ["first", *steps, "last"]:
        trail.note(step[:60], BEGAN)

    read = read_trail(str(trail))
    assert len(str(trail)) <= LONGEST
    assert read[0] == ("first", 0.0)
    assert read[-1] == ("last", 0.0)
