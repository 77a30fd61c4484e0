"""What a day has room for, by tables."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.conversation.quotas import (
    Left,
    Quotas,
    day_of,
    first_of_month,
    is_given_back,
    is_near,
    left_of,
    tokens_of,
    until_reset,
)
from bot.conversation.surface import BarredError
from bot.conversation.usage_report import grouped, length
from bot.ondemand import FailedError, PolicyError, UnreachableError, Usage
from bot.storage import JSON, Allowance, Used


@pytest.mark.parametrize(
    ("now", "wait"),
    [
        (datetime(2026, 11, 27, tzinfo=UTC), {"hours": 24, "minutes": 0}),
        (datetime(2026, 11, 27, 18, 40, tzinfo=UTC), {"hours": 5, "minutes": 20}),
        (datetime(2026, 11, 27, 18, 40, 1, tzinfo=UTC), {"hours": 5, "minutes": 20}),
        (datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC), {"hours": 0, "minutes": 1}),
        (datetime(2026, 12, 31, 22, 30, tzinfo=UTC), {"hours": 1, "minutes": 30}),
        (
            datetime(2026, 11, 28, 1, 0, tzinfo=timezone(timedelta(hours=2))),
            {"hours": 1, "minutes": 0},
        ),
    ],
    ids=["midnight", "evening", "rounded up", "the last second", "the last day", "another zone"],
)
def test_a_day_ends_at_midnight_of_utc(now: datetime, wait: dict[str, int]) -> None:
    """I am told how long I have to wait, and never that it is no time at all."""
    assert until_reset(now) == wait


def test_a_month_begins_on_its_first_day() -> None:
    """What I used this month is what I used since the first."""
    late = datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))

    assert day_of(late) == date(2026, 11, 30)
    assert first_of_month(day_of(late)) == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("used", "allowance", "left"),
    [
        (Used(), Allowance(), Left()),
        (Used(questions=8), Allowance(questions=20), Left(questions=12)),
        (Used(questions=21), Allowance(questions=20), Left(questions=0)),
        (Used(tokens=1061), Allowance(tokens=5000), Left(tokens=3939)),
        (Used(heard=40.5, spoken=10), Allowance(voice=60), Left(voice=9.5)),
        (Used(heard=40, spoken=30), Allowance(voice=60), Left(voice=0.0)),
        (Used(translations=3), Allowance(translations=5), Left(translations=2)),
    ],
    ids=[
        "no limits",
        "some",
        "never less than none",
        "tokens",
        "both ways",
        "too much voice",
        "translations",
    ],
)
def test_what_is_left(used: Used, allowance: Allowance, left: Left) -> None:
    """I see what is left of each limit, and of no other."""
    assert left_of(used, allowance) == left


def test_nobody_may_ask_when_all_together_have_asked_enough() -> None:
    """Whatever I have left, the bot answers nobody any more."""
    assert left_of(Used(), Allowance(questions=20), are_all_spent=True) == Left(questions=0)


@pytest.mark.parametrize(
    ("used", "allowance", "is_so"),
    [
        (Used(questions=1000, tokens=10**6), Allowance(), False),
        (Used(questions=7), Allowance(questions=10), False),
        (Used(questions=8), Allowance(questions=10), True),
        (Used(questions=1, tokens=800), Allowance(questions=10, tokens=1000), True),
        (Used(heard=30, spoken=18), Allowance(voice=60), True),
        (Used(heard=30, spoken=17.9), Allowance(voice=60), False),
        (Used(questions=1), Allowance(questions=1), True),
        (Used(translations=4), Allowance(translations=5), True),
    ],
    ids=[
        "no limits",
        "below",
        "at 80 %",
        "another limit",
        "voice both ways",
        "just below",
        "one",
        "translations",
    ],
)
def test_a_limit_is_near_at_four_fifths(used: Used, allowance: Allowance, is_so: bool) -> None:
    """I am warned when most is gone of anything that is limited."""
    assert is_near(used, allowance) is is_so


def test_admins_have_no_limits_of_their_own() -> None:
    """The operator names me as an admin, and my day has no end."""
    quotas = Quotas(person=Allowance(questions=5))

    found = [quotas.of(is_operator=is_admin) for is_admin in (True, False)]

    assert found == [Allowance(), Allowance(questions=5)]


@pytest.mark.parametrize(
    ("taken", "tokens"),
    [
        (None, 0),
        (Usage(1012, 49, 1061), 1061),
        (Usage(1012, 49), 1061),
        (Usage(total_tokens=-5), 0),
        (Usage(total_tokens=10**30), 10**7),
    ],
    ids=["nothing told", "the sum", "only its parts", "less than nothing", "beyond belief"],
)
def test_tokens_are_the_platforms_own_count(taken: Usage | None, tokens: int) -> None:
    """I am charged what the answer took, and no nonsense."""
    assert tokens_of(taken) == tokens


@pytest.mark.parametrize(
    ("error", "was_sent", "was_taken", "is_so"),
    [
        (UnreachableError("away"), True, False, True),
        (FailedError("m"), True, True, True),
        (None, True, True, True),
        (PolicyError(403), True, False, True),
        (PolicyError(403), True, True, False),
        (BarredError("blocked"), False, False, True),
        (BarredError("blocked"), True, False, False),
    ],
    ids=[
        "away",
        "gave up",
        "killed",
        "refused at the door",
        "refused inside",
        "may not speak",
        "blocked meanwhile",
    ],
)
def test_a_question_that_failed_costs_nothing(
    error: Exception | None, was_sent: bool, was_taken: bool, is_so: bool
) -> None:
    """What was not answered is given back, unless I could make it fail for ever."""
    assert is_given_back(error, was_sent=was_sent, was_taken=was_taken) is is_so


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (750, "12:30"), (3723, "1:02:03")],
)
def test_a_length_is_shown_as_players_do(seconds: float, shown: str) -> None:
    """I read how long it was at a glance."""
    assert length(seconds) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (999, "999"), (12345, "12\u202f345"), (10**6, "1\u202f000\u202f000")],
)
def test_a_long_number_is_shown_in_groups(number: int, shown: str) -> None:
    """I need not count its digits, in whatever language."""
    assert grouped(number) == shown


@pytest.mark.parametrize(
    ("own", "is_operator", "allowance"),
    [
        (None, False, Allowance(questions=5, tokens=9)),
        ({"questions": 50}, False, Allowance(questions=50, tokens=9)),
        ({"questions": None}, False, Allowance(tokens=9)),
        ("nonsense", False, Allowance(questions=5, tokens=9)),
        ({"questions": 1}, True, Allowance()),
    ],
    ids=["as everybody", "of their own", "no limit", "nonsense", "an operator"],
)
def test_whose_limits_hold(own: JSON, is_operator: bool, allowance: Allowance) -> None:
    """I may ask more often than everybody, and nothing else is other; operators have no limits."""
    quotas = Quotas(person=Allowance(questions=5, tokens=9))

    assert quotas.of(own, is_operator=is_operator) == allowance
