"""Who writes next where one writes at a time."""

import asyncio

import pytest

from bot.storage.turnstile import Turnstile


async def let_through(turnstile: Turnstile, *comers: str, cancelled: str = "") -> list[str]:
    """The order in which these pass who come while somebody is inside. `!` marks the urgent."""
    order: list[str] = []

    async def come(name: str) -> None:
        async with turnstile.passed(is_urgent=name.endswith("!")):
            order.append(name)
            await asyncio.sleep(0)

    async with turnstile.passed(is_urgent=False):
        tasks = {name: asyncio.create_task(come(name)) for name in comers}
        await asyncio.sleep(0)
        if cancelled:
            tasks[cancelled].cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    return order


@pytest.mark.parametrize(
    ("comers", "order"),
    [
        (["a", "b", "c"], ["a", "b", "c"]),
        (["a", "b", "new!"], ["new!", "a", "b"]),
        (["a", "b", "new!", "newer!"], ["new!", "a", "newer!", "b"]),
        (["new!", "newer!"], ["new!", "newer!"]),
    ],
    ids=["as they came", "what comes in goes first", "turns go on", "nobody else waits"],
)
async def test_order(comers: list[str], order: list[str]) -> None:
    """A new message is taken in before others write, and their turns still go on."""
    assert await let_through(Turnstile(), *comers) == order


@pytest.mark.parametrize("gone", ["a", "b", "new!"])
async def test_who_leaves_holds_up_nobody(gone: str) -> None:
    """Somebody who gave up waiting is passed over, and the others still get through."""
    turnstile = Turnstile()

    order = await let_through(turnstile, "a", "b", "new!", cancelled=gone)

    assert order == [name for name in ("new!", "a", "b") if name != gone]
    assert await let_through(turnstile, "later") == ["later"]


async def test_a_turn_given_to_somebody_who_just_left_is_passed_on() -> None:
    """A wait that is cancelled in the moment of its turn does not lock the door."""
    turnstile = Turnstile()

    async def come() -> None:
        async with turnstile.passed(is_urgent=False):
            raise AssertionError("it was cancelled")

    async with turnstile.passed(is_urgent=False):
        leaving = asyncio.create_task(come())
        await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving

    async with asyncio.timeout(1):
        assert await let_through(turnstile, "later") == ["later"]


async def test_a_failure_inside_opens_the_door() -> None:
    """A write that fails lets the next one through."""
    turnstile = Turnstile()

    with pytest.raises(RuntimeError):
        async with turnstile.passed(is_urgent=True):
            raise RuntimeError("the disk is full")

    assert await let_through(turnstile, "later") == ["later"]
