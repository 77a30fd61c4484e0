"""What the bot forgets by itself, on both databases."""

from datetime import timedelta

from bot.storage import Arrival, Entry, Store
from bot.upkeep import forget
from tests.conftest import HandClock

LANE = "talk:7000000001:0"


async def give_up(store: Store, clock: HandClock, number: int) -> None:
    """A message that is given up now."""
    async with store.begin() as tx:
        await tx.inbox.accept([Arrival(number, LANE, "message", "words")], at=clock.now())
        lane = await tx.inbox.take_over(LANE)
        entry = await lane.next()
        assert entry is not None
        await tx.inbox.remember(lane.hold, entry, "asked", "words")
        await lane.bury([entry], at=clock.now(), failure="E")


async def found(store: Store, number: int) -> tuple[Entry | None, list[str]]:
    """What is known of an update, and the steps of it."""
    async with store.read() as tx:
        entry = await tx.inbox.find(number)
        return entry, await tx.inbox.steps(entry) if entry else []


async def test_what_was_given_up_is_kept_for_thirty_days(store: Store, clock: HandClock) -> None:
    """Nobody mended it in a month: what I said is deleted, and some days later all of it."""
    await give_up(store, clock, 1)
    clock.advance(timedelta(days=29).total_seconds())
    await give_up(store, clock, 2)
    await forget(store, now=clock.now())
    old, steps = await found(store, 1)
    clock.advance(timedelta(days=2).total_seconds())

    await forget(store, now=clock.now())

    assert old is not None
    assert (old.state, old.payload, steps) == ("parked", "words", ["asked"])
    scrubbed, none = await found(store, 1)
    assert scrubbed is not None
    assert (scrubbed.state, scrubbed.payload, none) == ("settled", None, [])
    young, steps = await found(store, 2)
    assert young is not None
    assert (young.state, steps) == ("parked", ["asked"])
    clock.advance(timedelta(hours=73).total_seconds())
    await forget(store, now=clock.now())
    assert await found(store, 1) == (None, [])
