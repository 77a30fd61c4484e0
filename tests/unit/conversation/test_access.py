"""Who may ask, and how often."""

import pytest

from bot.conversation.access import AT_ONCE, SECONDS_PER_QUESTION, Access, Refusal
from bot.conversation.door import Door, Mode
from tests.conftest import HandClock

ANNA, BRUNO = 1, 2


@pytest.mark.parametrize(
    ("mode", "operators", "is_admitted", "may_ask"),
    [
        ("open", (), False, True),
        ("invite", (), False, False),
        ("invite", (), True, True),
        ("invite", (ANNA,), False, True),
        ("allowlist", (), False, False),
        ("allowlist", (), True, True),
        ("allowlist", (BRUNO,), False, False),
    ],
)
def test_the_door_opens_for_whom_the_operator_let_in(
    clock: HandClock, mode: Mode, operators: tuple[int, ...], is_admitted: bool, may_ask: bool
) -> None:
    """A private bot answers its admins and those they admitted, and tells others their number."""
    access = Access(door=Door(mode, frozenset(operators)), clock=clock)

    refusal = access.refuses(ANNA, is_admitted=is_admitted)

    assert refusal == (None if may_ask else Refusal("no access", {"user": ANNA}))


def test_ten_questions_at_once_and_then_one_every_six_seconds(clock: HandClock) -> None:
    """I may be quick for a while; then I am told, once, how long to wait."""
    access = Access(door=Door(), clock=clock)

    at_once = [access.refuses(ANNA, is_admitted=False) for _ in range(AT_ONCE)]
    first, second = (access.refuses(ANNA, is_admitted=False) for _ in range(2))
    others = access.refuses(BRUNO, is_admitted=False)
    clock.advance(SECONDS_PER_QUESTION)
    later = access.refuses(ANNA, is_admitted=False)

    assert at_once == [None] * AT_ONCE
    assert first == Refusal("slow down", {"seconds": 6}, is_worth_telling=True)
    assert second == Refusal("slow down", {"seconds": 6}, is_worth_telling=False)
    assert others is None
    assert later is None


def test_who_was_quiet_has_all_ten_again_and_no_more(clock: HandClock) -> None:
    """A day of silence does not save up for a hundred questions."""
    access = Access(door=Door(), clock=clock)
    for _ in range(AT_ONCE):
        access.refuses(ANNA, is_admitted=False)
    clock.advance(86_400)

    answers = [access.refuses(ANNA, is_admitted=False) for _ in range(AT_ONCE + 1)]

    assert [refusal is None for refusal in answers] == [True] * AT_ONCE + [False]


def test_whoever_is_refused_at_the_door_uses_up_nothing(clock: HandClock) -> None:
    """Knocking does not count against me once I am let in."""
    access = Access(door=Door("invite"), clock=clock)
    for _ in range(3 * AT_ONCE):
        access.refuses(ANNA, is_admitted=False)

    assert access.refuses(ANNA, is_admitted=True) is None
