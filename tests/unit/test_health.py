"""Whether the bot is well, part by part."""

import asyncio
import json

import pytest

from bot import health
from bot.health import Condition, Health, Part
from tests.conftest import HandClock


def part(name: str, *, is_well: bool = True, is_vital: bool = True) -> Part:
    """A part that is as it is."""

    async def look() -> Condition:
        return Condition(is_well, "so")

    return Part(name, look, is_vital)


@pytest.mark.parametrize(
    ("parts", "is_ready"),
    [
        ([part("database"), part("telegram")], True),
        ([part("database", is_well=False), part("telegram")], False),
        ([part("database"), part("assistant", is_well=False, is_vital=False)], True),
    ],
    ids=["all well", "a vital part", "another part"],
)
async def test_ready_is_who_can_take_updates_in(
    clock: HandClock, parts: list[Part], is_ready: bool
) -> None:
    """While the assistant is away questions are taken in and kept; each part is told as it is."""
    found, told = await Health(parts, clock).report()

    assert found is is_ready
    shown = json.loads(told)
    assert shown["ready"] is is_ready
    assert all(each["says"] == "so" for each in shown["parts"].values())


async def test_a_part_that_fails_or_says_nothing_is_not_well(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither holds up the others, and nothing of the failure but its kind is told."""
    monkeypatch.setattr(health, "PATIENCE", 0.05)

    async def fails() -> Condition:
        raise OSError("postgresql://user:password@host")

    async def hangs() -> Condition:
        await asyncio.Event().wait()
        raise AssertionError

    parts = [part("well"), Part("failing", fails), Part("hanging", hangs)]
    is_ready, told = await Health(parts, clock).report()

    assert not is_ready
    assert {name: each["says"] for name, each in json.loads(told)["parts"].items()} == {
        "well": "so",
        "failing": "OSError",
        "hanging": "no answer in time",
    }


async def test_however_often_it_is_asked_the_parts_are_left_in_peace(clock: HandClock) -> None:
    """A hundred looks in a second ask each part once."""
    looks = 0

    async def look() -> Condition:
        nonlocal looks
        looks += 1
        return Condition(is_well=True, says="so")

    watched = Health([Part("database", look)], clock)
    await asyncio.gather(*(watched.report() for _ in range(100)))
    clock.advance(1.0)
    await watched.report()

    assert looks == 2
