"""Waiting for changes, each where one looks."""

import asyncio

from bot.sandbox.telegram.changes import Changes


async def test_only_who_looks_there_is_woken() -> None:
    """A change in one chat makes those look who wait for it or for anything, and nobody else."""
    changes = Changes()
    looked: list[str] = []

    async def wait(name: str, *places: int | None) -> None:
        await changes.until(lambda: looked.append(name), 0.05, lambda: places)

    waits = [asyncio.create_task(wait(*who)) for who in (("5", 5), ("6", 6), ("any", None))]
    await asyncio.sleep(0)
    looked.clear()
    changes.tell(5)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    woken = sorted(looked)
    changes.tell()
    await asyncio.gather(*waits)

    assert woken == ["5", "any"]
    assert set(looked) == {"5", "6", "any"}


async def test_who_waits_too_long_looks_a_last_time() -> None:
    """The time is over, and nothing was there."""
    there: list[int] = []

    assert await Changes().until(lambda: there or None, 0.01) is None


async def test_who_finds_something_at_once_does_not_wait() -> None:
    """What is there already is returned even without any time."""
    assert await Changes().until(lambda: 7, 0) == 7
