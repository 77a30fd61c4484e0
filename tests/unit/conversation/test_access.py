"""Who may ask, and how often."""

import pytest

from bot.conversation.access import AT_ONCE, SECONDS_PER_QUESTION, Haste, Refusal
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
    mode: Mode, operators: tuple[int, ...], is_admitted: bool, may_ask: bool
) -> None:
    """A private bot answers its operators and those they let in, and nobody else."""
    door = Door(mode, frozenset(operators))

    assert door.lets_in(ANNA, is_admitted=is_admitted) is may_ask


def test_ten_questions_at_once_and_then_one_every_six_seconds(clock: HandClock) -> None:
    """I may be quick for a while; then I am told, once, how long to wait."""
    haste = Haste(clock=clock)

    at_once = [haste.refuses(ANNA) for _ in range(AT_ONCE)]
    first, second = (haste.refuses(ANNA) for _ in range(2))
    others = haste.refuses(BRUNO)
    clock.advance(SECONDS_PER_QUESTION)
    later = haste.refuses(ANNA)

    assert at_once == [None] * AT_ONCE
    assert first == Refusal("slow down", {"seconds": 6}, is_worth_telling=True)
    assert second == Refusal("slow down", {"seconds": 6}, is_worth_telling=False)
    assert others is None
    assert later is None


def test_who_was_quiet_has_all_ten_again_and_no_more(clock: HandClock) -> None:
    """A day of silence does not save up for a hundred questions."""
    haste = Haste(clock=clock)
    for _ in range(AT_ONCE):
        haste.refuses(ANNA)
    clock.advance(86_400)

    answers = [haste.refuses(ANNA) for _ in range(AT_ONCE + 1)]

    assert [refusal is None for refusal in answers] == [True] * AT_ONCE + [False]
