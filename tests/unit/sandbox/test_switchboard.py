"""Arming the platform's behaviours."""

from typing import Any

import pytest

from bot.sandbox.ondemand.switchboard import Switchboard, ending


def _taken(board: Switchboard, *calls: tuple[str, str]) -> list[bool]:
    return [board.take("slow", operation, key) is not None for operation, key in calls]


@pytest.mark.parametrize(
    ("armed", "taken"),
    [
        ({}, [True, True, True, True]),
        ({"times": 2}, [True, True, False, False]),
        ({"key": "anna"}, [True, True, False, True]),
        ({"operation": "get_session"}, [False, True, True, False]),
        ({"key": "anna", "operation": "get_session", "times": 1}, [False, True, False, False]),
    ],
    ids=["for all", "twice", "one key", "one operation", "all three"],
)
def test_a_behaviour_acts_on_the_calls_it_is_armed_for(
    armed: dict[str, Any], taken: list[bool]
) -> None:
    """Key, operation and number narrow down which calls it meets."""
    board = Switchboard()
    board.arm("slow", **armed)

    met = _taken(
        board,
        ("submit_query", "anna"),
        ("get_session", "anna"),
        ("get_session", "ben"),
        ("submit_query", "anna"),
    )

    assert met == taken


@pytest.mark.parametrize(
    ("name", "armed", "why"),
    [
        ("sleepy", {}, "no behaviour 'sleepy'"),
        ("slow", {"minutes": 3}, "slow knows no minutes"),
        ("slow", {"seconds": "3"}, "seconds is something like 1.0"),
        ("slow", {"times": 0}, "times must be 1 or more"),
        ("stream_cut", {"operation": "get_session"}, "does not belong to get_session"),
    ],
)
def test_what_makes_no_sense_cannot_be_armed(name: str, armed: dict[str, Any], why: str) -> None:
    """A slip of the pen is an error at once, not a test that tests nothing."""
    with pytest.raises(ValueError, match=why):
        Switchboard().arm(name, **armed)


def test_the_first_of_several_refusals_comes_first() -> None:
    """Refusals armed one after the other answer one call after the other."""
    board = Switchboard()
    board.arm("rate_limited", times=1)
    board.arm("server_error", times=1, status=502)

    refusals = [board.take_refusal("submit_query", "anna") for _ in range(3)]

    assert [refusal and refusal.status for refusal in refusals] == [429, 502, None]


def test_one_behaviour_or_all_can_be_cleared() -> None:
    """Clearing leaves the others armed, unless all are meant."""
    board = Switchboard()
    for name in ("slow", "reset", "slow"):
        board.arm(name)

    board.clear("slow")
    left = [one.behaviour.name for one in board.armed]
    board.clear()

    assert (left, board.armed) == (["reset"], [])


@pytest.mark.parametrize(
    ("key", "shown"), [("0123456789abcdef", "…cdef"), ("short", "…"), ("", "…")]
)
def test_of_a_key_only_the_end_is_shown(key: str, shown: str) -> None:
    """Four characters tell two keys apart and give neither away."""
    assert ending(key) == shown
