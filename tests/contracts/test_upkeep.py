"""What is done again and again: what waits is woken, and what is old forgotten."""

import asyncio
import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

import pytest
from sqlalchemy import Connection, Engine, event, select

from bot.delivery import LocalDispatcher
from bot.house import House
from bot.metrics import Metrics
from bot.settings import Settings
from bot.storage import Arrival, Entry, Store
from bot.storage.tables import lanes
from bot.upkeep import forget, wake_again_and_again
from tests.conftest import HandClock

LANE = "talk:7000000001:0"


async def give_up(store: Store, clock: HandClock, number: int) -> None:
    """A message that is given up now."""
    async with store.begin() as tx:
        await tx.inbox.accept([Arrival(number, LANE, "message", "words")], at=clock.now())
        lane = await tx.inbox.take_over(LANE, at=clock.now())
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


async def names_of_lanes(store: Store) -> set[str]:
    """Every lane that is known."""
    async with store.read() as tx:
        return set(await tx.connection.scalars(select(lanes.c.name)))


async def test_a_lane_in_which_nothing_happens_any_more_is_forgotten(
    store: Store, clock: HandClock
) -> None:
    """I wrote once and never again: some days later not even my number is left.

    A lane in which something waits stays, however long it does, and so does one that was lately
    taken over: whoever held it before may still believe to.
    """
    async with store.begin() as tx:
        for number, name in enumerate(["talk:1:0", "talk:2:0", "talk:3:0"]):
            await tx.inbox.accept([Arrival(number, name, "message", "words")], at=clock.now())
            lane = await tx.inbox.take_over(name, at=clock.now())
            entry = await lane.next()
            assert entry is not None
            if name != "talk:2:0":
                await lane.settle([entry], at=clock.now())
    clock.advance(timedelta(hours=71).total_seconds())
    await forget(store, now=clock.now())
    kept = await names_of_lanes(store)
    async with store.begin() as tx:
        await tx.inbox.take_over("talk:3:0", at=clock.now())
    clock.advance(timedelta(hours=2).total_seconds())

    await forget(store, now=clock.now())

    assert kept == {"talk:1:0", "talk:2:0", "talk:3:0"}
    assert await names_of_lanes(store) == {"talk:2:0", "talk:3:0"}


async def test_a_lane_that_is_taken_over_while_it_is_tidied_stays_held(
    store: Store, clock: HandClock
) -> None:
    """I write after a week, in the very moment of tidying up, and am answered without a break."""
    async with store.begin() as tx:
        await tx.inbox.take_over(LANE, at=clock.now())
    clock.advance(timedelta(days=7).total_seconds())

    async def write(number: int) -> int:
        async with store.begin() as tx:
            arrived = Arrival(number, LANE, "message", "words")
            await tx.inbox.accept([arrived], at=clock.now())
        async with store.begin() as tx:
            lane = await tx.inbox.take_over(LANE, at=clock.now())
            await asyncio.sleep(0.05)  # The tidying comes meanwhile, and waits.
        async with store.begin() as tx:
            return (await tx.inbox.held(lane.hold)).hold.epoch

    epoch, _ = await asyncio.gather(write(1), forget(store, now=clock.now()))

    assert epoch in {1, 2}
    assert await names_of_lanes(store) == {LANE}


class Overheard:
    """What is written to a database while it is listened to, one transaction after the other."""

    def __init__(self) -> None:
        self.transactions: list[list[tuple[str, Any]]] = [[]]

    def __enter__(self) -> Self:
        event.listen(Engine, "before_cursor_execute", self._note)
        event.listen(Engine, "commit", self._turn_over)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._note)
        event.remove(Engine, "commit", self._turn_over)

    def _note(
        self, connection: Connection, cursor: object, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.startswith(("DELETE", "UPDATE")):
            self.transactions[-1].append((statement, parameters))

    def _turn_over(self, connection: Connection) -> None:
        self.transactions.append([])


async def test_nobody_waits_for_all_of_the_tidying(store: Store, clock: HandClock) -> None:
    """While the bot tidies up I write; I wait for one shelf, of three tables at most."""
    with Overheard() as heard:
        await forget(store, now=clock.now())

    written = [len(statements) for statements in heard.transactions]
    assert sum(written) > 10
    assert max(written) <= 3


#: What is never long: links that still hold, what was given up in the last month, what those used
#: who erased themselves today, and lanes in
#: which something happened in the last days.
SHORT = {
    "SCAN erased_usage",
    "SCAN inbox USING INDEX ix_inbox_parked",
    "SCAN invites",
    "SCAN lanes",
}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_tidying_reads_only_what_it_forgets(store: Store, clock: HandClock) -> None:
    """However much is kept of the last days, tidying up takes as long as what is old takes."""
    with Overheard() as heard:
        await forget(store, now=clock.now())
    plans = []
    async with store.read() as tx:
        for statement, parameters in itertools.chain(*heard.transactions):
            explained = f"EXPLAIN QUERY PLAN {statement}"
            plan = await tx.connection.exec_driver_sql(explained, parameters)
            plans += [row.detail for row in plan]

    assert plans
    assert {step for step in plans if step.startswith("SCAN")} <= SHORT


class ClumsyDispatcher(LocalDispatcher):
    """Fails when it first wakes somebody."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__(drain=self._nothing, clock=clock)
        self.looks = 0
        self.has_woken = asyncio.Event()

    def wake(self, lanes: Iterable[str]) -> None:
        """Wake nobody."""
        self.looks += 1
        if self.looks == 1:
            raise ArithmeticError
        self.has_woken.set()

    async def _nothing(self, lane: str) -> bool:
        return True


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_lanes_are_woken_whatever_happens(store: Store, clock: HandClock) -> None:
    """Something of ours fails at one look for what waits, and the next look follows."""
    house = House(Settings.model_construct(), clock, Metrics(), store)
    dispatcher = ClumsyDispatcher(clock)

    waking = asyncio.create_task(wake_again_and_again(house, dispatcher))
    async with asyncio.timeout(20):
        await dispatcher.has_woken.wait()
    waking.cancel()
    await asyncio.gather(waking, return_exceptions=True)

    assert dispatcher.looks >= 2
