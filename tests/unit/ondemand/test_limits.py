"""Calls come no faster than the account allows, and lists end."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ondemand.limits import TokenBucket
from bot.ondemand.pages import MOST_PAGES, Page, by_cursor, by_number
from tests.unit.ondemand.hand import Hand


async def test_a_bucket_queues() -> None:
    """Whoever comes too early waits until a token returns, and nobody is refused."""
    hand = Hand()
    bucket = TokenBucket(2, clock=hand, sleep=hand.sleep)
    taken = []

    for _ in range(5):
        await bucket.take()
        taken.append(hand.now)

    assert taken == [0.0, 0.0, 60.0, 60.0, 120.0]


@given(st.integers(1, 5), st.lists(st.floats(0, 90), max_size=40))
async def test_no_minute_sees_more(per_minute: int, pauses: list[float]) -> None:
    """In no minute whatever are there more calls than allowed."""
    hand = Hand()
    bucket = TokenBucket(per_minute, clock=hand, sleep=hand.sleep)
    taken = []

    for pause in pauses:
        hand.now += pause
        await bucket.take()
        taken.append(hand.now)

    spans = [late - early for early, late in zip(taken, taken[per_minute:], strict=False)]
    assert all(span >= 60 - 1e-6 for span in spans)


async def test_processes_share_a_bucket() -> None:
    """Three processes ask no more together than one may, and each may ask at all."""
    hand = Hand()
    bucket = TokenBucket(6, clock=hand, sleep=hand.sleep)
    taken = []

    for processes in (3, 3, 3, 100, 100, 1, 1, 1):
        bucket.share(processes)
        await bucket.take()
        taken.append(hand.now)

    assert taken == [0, 0, 60, 120, 180, 180, 180, 180]


def test_a_bucket_without_tokens() -> None:
    """A limit nobody could ever keep is refused at once."""
    with pytest.raises(ValueError, match="at least one"):
        TokenBucket(0)


@dataclass(frozen=True)
class Item:
    """Something with an id."""

    id: str


def items(names: str) -> Sequence[Item]:
    """Items with these letters as ids."""
    return [Item(name) for name in names]


@pytest.mark.parametrize(
    ("pages", "found", "asked"),
    [
        ({None: ("ab", "b"), "b": ("c", "")}, "abc", [None, "b"]),
        ({None: ("", "x")}, "", [None]),
        ({None: ("ab", "b"), "b": ("", "b")}, "ab", [None, "b"]),
        ({None: ("ab", "b"), "b": ("cb", "b")}, "abcb", [None, "b"]),
        ({None: ("a", "1"), "1": ("b", "2"), "2": ("c", "1")}, "abc", [None, "1", "2"]),
    ],
    ids=["to the end", "empty", "an empty page", "the same cursor", "a circle"],
)
async def test_by_cursor(
    pages: dict[str | None, tuple[str, str]], found: str, asked: list[str | None]
) -> None:
    """A list by cursor is read to its end, and never round and round."""
    seen: list[str | None] = []

    async def fetch(cursor: str | None) -> Page[Item]:
        seen.append(cursor)
        names, following = pages[cursor]
        return Page(items(names), following)

    assert ("".join([item.id async for item in by_cursor(fetch)]), seen) == (found, asked)


@pytest.mark.parametrize(
    ("pages", "found", "asked"),
    [
        (["ab", "c", ""], "abc", 3),
        ([""], "", 1),
        (["ab", "ab"], "ab", 2),
        (["ab", "bc", "c"], "abc", 3),
    ],
    ids=["to the end", "empty", "a server deaf to the number", "an item that moved on"],
)
async def test_by_number(pages: list[str], found: str, asked: int) -> None:
    """A numbered list is read to its end, each item once, and never round and round."""
    seen = []

    async def fetch(number: int) -> Page[Item]:
        seen.append(number)
        return Page(items(pages[number - 1]))

    assert "".join([item.id async for item in by_number(fetch)]) == found
    assert seen == list(range(1, asked + 1))


async def test_endless_lists_end() -> None:
    """A server that invents a new page for ever is left in the end."""
    asked = 0

    async def fetch(_: object) -> Page[Item]:
        nonlocal asked
        asked += 1
        return Page([Item(str(asked))], str(asked))

    found = [item async for item in by_cursor(fetch)]
    found += [item async for item in by_number(fetch)]

    assert (len(found), asked) == (2 * MOST_PAGES, 2 * MOST_PAGES)
