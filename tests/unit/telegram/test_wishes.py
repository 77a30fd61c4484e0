"""What a pressed button asks for, as an arrival of our own."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.conversation.surface import Address
from bot.storage import Arrival, Entry
from bot.telegram.wishes import Kind, Wish

WISH = Wish(
    kind="listen",
    address=Address(-100, 7, is_group=True),
    chat_kind="supergroup",
    message=12,
    user=5,
    name="Anna",
    language="de",
)


def entry(kind: str, payload: str | None) -> Entry:
    """What waits in the inbox."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    return Entry(1, -3, "lane", kind, payload, "open", 1, None, None, now, None)


@pytest.mark.parametrize(
    ("kind", "lane"),
    [
        ("again", "talk:-100:7"),
        ("listen", "voice:-100:7"),
        ("sample", "voice:-100:7"),
        ("translate", "translate:-100:7"),
    ],
)
def test_a_wish_waits_in_its_lane_and_is_understood_again(kind: Kind, lane: str) -> None:
    """Asking again waits like a question; listening holds up nobody."""
    wish = replace(WISH, kind=kind)

    arrival = wish.arrival(3)

    assert (arrival.update_id, arrival.lane, arrival.kind) == (-3, lane, kind)
    assert Wish.of(entry(arrival.kind, arrival.payload)) == wish


def test_a_wish_of_an_older_version_is_understood() -> None:
    """What I pressed before the bot was updated is done after it."""
    old = {"chat": 5, "topic": None, "is_group": False, "message": 12, "name": "Anna"}

    wish = Wish.of(entry("again", json.dumps({"again": old})))

    assert wish == Wish("again", Address(5), "private", 12, 0, "Anna", "en")


@pytest.mark.parametrize(
    ("kind", "payload"), [("message", '{"message": {}}'), ("again", None), ("again", "{}")]
)
def test_other_entries_are_no_wishes(kind: str, payload: str | None) -> None:
    """A message is a message, and what was scrubbed asks for nothing."""
    assert Wish.of(entry(kind, payload)) is None


def test_a_wish_is_an_arrival_like_any_other() -> None:
    """Its number is free, because Telegram's are positive."""
    assert isinstance(WISH.arrival(9), Arrival)
    assert WISH.arrival(9).update_id == -9


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (WISH, True),
        (replace(WISH, name="Bruno", language="es"), True),
        (replace(WISH, kind="sample"), False),
        (replace(WISH, message=13), False),
        (replace(WISH, about=[3, "json"]), False),
    ],
    ids=["a second tap", "a tap of somebody else", "of another kind", "elsewhere", "about another"],
)
def test_a_second_tap_wishes_for_nothing_more(other: Wish, is_same: bool) -> None:
    """What I wish for twice is done once, and two things that I wish for are both done."""
    assert (other.key == WISH.key) is is_same


def test_what_a_wish_is_about_is_compared_as_it_is_kept() -> None:
    """A tap is compared with what was read back from the inbox."""
    wish = replace(WISH, kind="history", about=[3, "md"])
    kept = Wish.of(entry("history", wish.arrival(3).payload))

    assert kept is not None
    assert kept.key == wish.key
