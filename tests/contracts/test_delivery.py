"""Delivery on both databases: accepted once, worked on in order, never lost, never done twice."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.delivery import Drain, HopelessError, Inbox, LocalDispatcher, PostponedError, Turn, Work
from bot.delivery.lanes import LAST_ATTEMPT, pause_after
from bot.metrics import Metrics
from bot.storage import Arrival, StorageError, Store
from bot.storage.tables import inbox, journal
from tests.conftest import HandClock

Do = Callable[[Turn], Awaitable[None]]


def arrival(update_id: int, lane: str = "anna", text: str = "hello") -> Arrival:
    """An update as intake hands it over."""
    return Arrival(update_id, lane, "message", json.dumps({"text": text}))


class Post:
    """A whole delivery for tests: what comes in is worked on by `do`, in this process."""

    def __init__(self, store: Store, clock: HandClock, do: Do) -> None:
        self.metrics = Metrics()
        self.told: list[tuple[int, Exception | None]] = []
        self.drain = Drain(
            store=store, clock=clock, metrics=self.metrics, work=Work(do, self.give_up)
        )
        self.dispatcher = LocalDispatcher(drain=self.drain, clock=clock)
        self.inbox = Inbox(
            store=store, clock=clock, metrics=self.metrics, wake=self.dispatcher.wake
        )

    async def give_up(self, turn: Turn, error: Exception | None) -> None:
        """Note who would be told that their message was given up."""
        self.told.append((turn.entry.update_id, error))

    async def deliver(self, *arrivals: Arrival) -> None:
        """Take these in and work until nothing is left."""
        await self.inbox.accept(arrivals)
        async with asyncio.timeout(30):
            await self.dispatcher.idle()


@asynccontextmanager
async def post(store: Store, clock: HandClock, do: Do) -> AsyncIterator[Post]:
    """Open a delivery, and close it whatever happens."""
    opened = Post(store, clock, do)
    async with opened.dispatcher:
        yield opened


class Diary:
    """Work that only notes what it was given."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    async def __call__(self, turn: Turn) -> None:
        """Note the update, and those it took along."""
        self.seen += [entry.update_id for entry in turn.entries]


async def states(store: Store) -> dict[int, str]:
    """The state of every update in the inbox."""
    async with store.read() as tx:
        rows = await tx.connection.execute(select(inbox.c.update_id, inbox.c.state))
        return {row.update_id: row.state for row in rows}


async def test_an_update_delivered_ten_times_is_worked_on_once(
    store: Store, clock: HandClock
) -> None:
    """However often Telegram repeats my message, I get one answer."""
    diary = Diary()
    async with post(store, clock, diary) as delivery:
        await delivery.deliver(*[arrival(7) for _ in range(5)])
        for _ in range(5):
            await delivery.deliver(arrival(7))

    assert diary.seen == [7]


async def test_ids_that_fall_are_new_all_the_same(store: Store, clock: HandClock) -> None:
    """After a quiet week Telegram begins its ids somewhere else, also below; nothing is dropped."""
    diary = Diary()
    async with post(store, clock, diary) as delivery:
        await delivery.deliver(arrival(900_000_000))
        await delivery.deliver(arrival(12))

    assert diary.seen == [900_000_000, 12]


async def test_a_lane_keeps_its_order_and_lanes_run_side_by_side(
    store: Store, clock: HandClock
) -> None:
    """My messages are answered in order, and Bruno's slow answer does not hold up mine."""
    bruno_may_end = asyncio.Event()
    seen: list[int] = []

    async def work(turn: Turn) -> None:
        if turn.entry.lane == "bruno":
            await bruno_may_end.wait()
        seen.append(turn.entry.update_id)
        if turn.entry.update_id == 9:
            bruno_may_end.set()

    async with post(store, clock, work) as delivery:
        await delivery.deliver(
            arrival(1, "bruno"), *[arrival(number) for number in range(2, 10)], arrival(10, "bruno")
        )

    assert seen == [2, 3, 4, 5, 6, 7, 8, 9, 1, 10]


async def test_what_comes_while_its_lane_is_busy_is_worked_on_too(
    store: Store, clock: HandClock
) -> None:
    """A message I send while the bot answers is answered next."""
    diary = Diary()
    more = [arrival(3), arrival(2)]
    delivery: Post

    async def work(turn: Turn) -> None:
        await diary(turn)
        if more:
            await delivery.inbox.accept([more.pop()])

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1))

    assert diary.seen == [1, 2, 3]


async def test_many_at_once_share_their_commits(store: Store, clock: HandClock) -> None:
    """A hundred webhook calls at the same time do not wait for a hundred commits."""
    diary = Diary()
    async with post(store, clock, diary) as delivery:
        await asyncio.gather(
            *(delivery.inbox.accept([arrival(number, f"lane {number}")]) for number in range(100))
        )
        async with asyncio.timeout(30):
            await delivery.dispatcher.idle()
        async with store.read() as tx:
            moments = await tx.connection.scalars(select(inbox.c.id))
            ids = list(moments)

    assert sorted(diary.seen) == list(range(100))
    assert len(ids) == 100
    assert delivery.metrics.registry.get_sample_value("ondemand_bot_updates_accepted_total") == 100


async def test_nothing_is_accepted_that_was_not_written(store: Store, clock: HandClock) -> None:
    """When the database is away, Telegram hears no "yes" and delivers again."""
    async with post(store, clock, Diary()) as delivery:
        async with store.begin() as holder:
            await holder.users.meet(1, language=None, at=clock.now())
            patience, store.patience = store.patience, 0.05
            if holder.connection.dialect.name == "sqlite":
                with pytest.raises(StorageError):
                    await delivery.inbox.accept([arrival(1)])
            store.patience = patience
        await delivery.deliver(arrival(1))

    assert await states(store) == {1: "settled"}


async def test_a_failure_is_tried_again_later_and_then_succeeds(
    store: Store, clock: HandClock
) -> None:
    """When something goes wrong at first, my message is answered a little later."""
    moments: list[float] = []

    async def work(turn: Turn) -> None:
        moments.append(clock.monotonic())
        if len(moments) < 4:
            raise ConnectionError

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1))

    assert moments == [0, 1, 6, 31]
    assert await states(store) == {1: "settled"}
    assert delivery.told == []


async def test_poison_is_parked_told_once_and_stops_nobody(store: Store, clock: HandClock) -> None:
    """One message that cannot be handled costs only itself."""
    attempts: Counter[int] = Counter()

    async def work(turn: Turn) -> None:
        attempts[turn.entry.update_id] += 1
        if turn.entry.update_id == 2:
            raise ValueError("poison")

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1), arrival(2), arrival(3), arrival(4, "bruno"))

    assert attempts == {1: 1, 2: LAST_ATTEMPT, 3: 1, 4: 1}
    assert await states(store) == {1: "settled", 2: "parked", 3: "settled", 4: "settled"}
    assert [(update, type(error)) for update, error in delivery.told] == [(2, ValueError)]


async def test_whoever_cannot_be_told_does_not_block_the_lane(
    store: Store, clock: HandClock
) -> None:
    """I blocked the bot after a poison message, and nothing hangs."""
    diary = Diary()

    async def work(turn: Turn) -> None:
        if turn.entry.update_id == 1:
            raise ValueError
        await diary(turn)

    async def cannot_tell(turn: Turn, error: Exception | None) -> None:
        raise ConnectionError

    async with post(store, clock, work) as delivery:
        delivery.give_up = cannot_tell  # type: ignore[method-assign]
        delivery.drain.work = Work(work, cannot_tell)
        await delivery.deliver(arrival(1), arrival(2))

    assert diary.seen == [2]
    assert await states(store) == {1: "parked", 2: "settled"}


async def test_who_cannot_be_told_now_is_told_later(store: Store, clock: HandClock) -> None:
    """My message is given up while Telegram is away: I hear of it when it is back, and once."""
    told: list[float] = []

    async def work(turn: Turn) -> None:
        raise HopelessError

    async def tell(turn: Turn, error: Exception | None) -> None:
        if clock.monotonic() < 300:
            raise PostponedError(30, is_counted=False)
        told.append(clock.monotonic())

    async with post(store, clock, work) as delivery:
        delivery.drain.work = Work(work, tell)
        await delivery.deliver(arrival(1))

    assert told == [300]
    assert await states(store) == {1: "parked"}


async def test_a_postponed_turn_waits_as_long_as_it_asked_for(
    store: Store, clock: HandClock
) -> None:
    """When we are told to wait 40 seconds, we wait 40 seconds, and order is kept."""
    seen: list[tuple[int, float]] = []

    async def work(turn: Turn) -> None:
        seen.append((turn.entry.update_id, clock.monotonic()))
        if len(seen) == 1:
            raise PostponedError(40)

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1), arrival(2))

    assert seen == [(1, 0), (1, 40), (2, 40)]


async def test_what_is_nobodys_doing_is_not_counted(store: Store, clock: HandClock) -> None:
    """OnDemand is away for hours: my message is begun a hundred times, and is still not given up.

    Afterwards it has all its attempts, and no more.
    """
    begun = 0

    async def work(turn: Turn) -> None:
        nonlocal begun
        begun += 1
        if begun <= 100:
            raise PostponedError(60, is_counted=False)
        raise OSError("something else")

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1))

    assert begun == 100 + LAST_ATTEMPT
    assert await states(store) == {1: "parked"}


async def test_a_clock_set_back_does_not_hold_a_lane_for_hours(
    store: Store, clock: HandClock
) -> None:
    """When the machine's clock jumps, nobody waits longer than three minutes."""
    attempts = 0

    async def work(turn: Turn) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise PostponedError(1)

    async def jump_back(lane: str) -> None:
        clock.moment -= timedelta(hours=2)
        await real_drain(lane)

    async with post(store, clock, work) as delivery:
        real_drain = delivery.drain
        async with store.begin() as tx:
            await tx.inbox.accept([arrival(1)], at=clock.now() + timedelta(hours=2))
        before = clock.monotonic()
        await jump_back("anna")

    assert attempts == 2
    assert clock.monotonic() - before <= 180


async def test_a_step_happens_once_over_all_attempts(store: Store, clock: HandClock) -> None:
    """What was paid for is not paid for again when something later goes wrong."""
    paid: list[str] = []
    results: list[object] = []

    async def pay() -> dict[str, int]:
        paid.append("once")
        return {"tokens": 42}

    async def work(turn: Turn) -> None:
        results.append(await turn.step("asked", pay))
        if len(results) < 3:
            raise ConnectionError

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1))

    assert paid == ["once"]
    assert results == [{"tokens": 42}] * 3


async def test_what_is_remembered_twice_keeps_the_newest(store: Store, clock: HandClock) -> None:
    """The list of messages the bot posted grows as it posts them."""
    recalled: list[object] = []

    async def work(turn: Turn) -> None:
        recalled.append(turn.recall("shown"))
        if turn.recall("shown") is None:
            await turn.remember("shown", [10])
            await turn.remember("shown", [10, 11])
            raise ConnectionError

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1))

    assert recalled == [None, [10, 11]]


async def test_a_killed_worker_is_replaced_and_goes_on_from_its_steps(
    store: Store, clock: HandClock
) -> None:
    """The process died while it answered me; the next one goes on where it ended."""
    stuck = asyncio.Event()
    steps: list[str] = []

    async def note(what: str) -> str:
        steps.append(what)
        return what

    async def first(turn: Turn) -> None:
        await turn.step("asked", lambda: note("asked"))
        stuck.set()
        await asyncio.Event().wait()

    async def second(turn: Turn) -> None:
        await turn.step("asked", lambda: note("asked again"))
        await turn.step("shown", lambda: note("shown"))

    async with post(store, clock, first) as dead, post(store, clock, second) as alive:
        await dead.inbox.accept([arrival(1)])
        await stuck.wait()
        async with store.read() as tx:
            alive.dispatcher.wake(await tx.inbox.open_lanes())
        await alive.dispatcher.idle()

    assert steps == ["asked", "shown"]
    assert await states(store) == {1: "settled"}


async def test_a_worker_thought_dead_changes_nothing_when_it_wakes(
    store: Store, clock: HandClock
) -> None:
    """A frozen worker that comes back after its lane was taken over does no harm."""
    frozen, thaw = asyncio.Event(), asyncio.Event()
    fates: list[str] = []

    async def freezes(turn: Turn) -> None:
        frozen.set()
        await thaw.wait()
        try:
            await turn.remember("answer", "an old one")
        except StorageError as error:
            fates.append(type(error).__name__)
            raise

    diary = Diary()
    async with post(store, clock, freezes) as old, post(store, clock, diary) as new:
        await old.inbox.accept([arrival(1)])
        await frozen.wait()
        new.dispatcher.wake(["anna"])
        await new.dispatcher.idle()
        thaw.set()
        await old.dispatcher.idle()

    assert fates == ["FencedError"]
    assert diary.seen == [1]
    assert await states(store) == {1: "settled"}


async def test_an_update_that_kills_its_worker_each_time_is_parked(
    store: Store, clock: HandClock
) -> None:
    """An update that crashes the whole process is tried a few times and then left for a human."""
    begun = 0

    async def dies(turn: Turn) -> None:
        nonlocal begun
        begun += 1
        raise KeyboardInterrupt  # Leaves as a killed process does: nothing is written down.

    async with post(store, clock, dies) as delivery:
        async with store.begin() as tx:
            await tx.inbox.accept([arrival(1), arrival(2)], at=clock.now())
        for _ in range(LAST_ATTEMPT):
            with pytest.raises(KeyboardInterrupt):
                await delivery.drain("anna")
        with pytest.raises(KeyboardInterrupt):
            await delivery.drain("anna")

    assert begun == LAST_ATTEMPT + 1
    assert await states(store) == {1: "parked", 2: "open"}
    assert delivery.told == [(1, None)]


async def test_what_follows_can_be_taken_along_and_stays_together(
    store: Store, clock: HandClock
) -> None:
    """A long paste that my app cut in three is one question, also when it is tried again."""
    together: list[list[int]] = []

    async def work(turn: Turn) -> None:
        if turn.recall("whole") is None:
            while follower := await turn.follower():
                await turn.take_along(follower)
            await turn.remember("whole", True)
        together.append([entry.update_id for entry in turn.entries])
        if len(together) == 1:
            raise ConnectionError

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1), arrival(2), arrival(3), arrival(4, "bruno"))

    assert [1, 2, 3] in together
    assert together.count([1, 2, 3]) + together.count([4]) == len(together) == 3
    assert set((await states(store)).values()) == {"settled"}


async def test_a_running_turn_can_be_stopped_from_outside(store: Store, clock: HandClock) -> None:
    """I press Stop, and the turn that runs for me hears it at once."""
    begun = asyncio.Event()
    heard: list[str] = []

    async def work(turn: Turn) -> None:
        begun.set()
        await turn.stopped.wait()
        heard.append(turn.stop_reason)

    async with post(store, clock, work) as delivery:
        await delivery.inbox.accept([arrival(1)])
        await begun.wait()
        delivery.drain.turns["anna"].stop("the person pressed Stop")
        await delivery.dispatcher.idle()

    assert heard == ["the person pressed Stop"]
    assert delivery.drain.turns == {}


async def test_a_turn_cut_by_our_own_stop_does_not_count_as_an_attempt(
    store: Store, clock: HandClock
) -> None:
    """However often the bot is restarted while it thinks, my message is not given up."""
    begun = asyncio.Event()

    async def thinks_long(turn: Turn) -> None:
        begun.set()
        await asyncio.Event().wait()

    for _ in range(LAST_ATTEMPT + 2):
        async with post(store, clock, thinks_long) as delivery:
            await delivery.inbox.accept([arrival(1)])
            delivery.dispatcher.wake(["anna"])
            await begun.wait()
            begun.clear()
            await delivery.dispatcher.close(grace=0.01)
    async with store.read() as tx:
        entry = await tx.inbox.find(1)

    assert entry is not None
    assert (entry.state, entry.attempts) == ("open", 0)


async def test_a_turn_cut_by_our_own_stop_goes_on_from_what_it_remembered(
    store: Store, clock: HandClock
) -> None:
    """The bot is restarted while it answers me, and does not ask or say again what it has."""
    begun = asyncio.Event()
    done = []

    async def ask() -> str:
        done.append("asked")
        return "an answer"

    async def asks_and_thinks(turn: Turn) -> None:
        await turn.step("asked", ask)
        begun.set()
        await asyncio.Event().wait()

    async def asks(turn: Turn) -> None:
        done.append(await turn.step("asked", ask))

    async with post(store, clock, asks_and_thinks) as delivery:
        await delivery.inbox.accept([arrival(1)])
        await begun.wait()
        await delivery.dispatcher.close(grace=0.01)
    async with post(store, clock, asks) as delivery:
        await delivery.deliver(arrival(2))

    assert done == ["asked", "an answer", "asked", "an answer"]


class PatientClock(HandClock):
    """A clock by which whoever sleeps sleeps until somebody else wakes them."""

    async def sleep(self, seconds: float) -> None:
        """Sleep on."""
        await asyncio.Event().wait()


async def test_who_only_waits_is_not_waited_for(store: Store) -> None:
    """My question waits for a better moment as the bot is told to end: it ends at once."""
    clock = PatientClock()

    async def work(turn: Turn) -> None:
        raise PostponedError(100)

    async def is_postponed() -> bool:
        async with store.read() as tx:
            entry = await tx.inbox.find(1)
        return entry is not None and entry.failure is not None

    async with post(store, clock, work) as delivery:
        await delivery.inbox.accept([arrival(1)])
        async with asyncio.timeout(20):
            while not await is_postponed():
                await asyncio.sleep(0.01)
            draining = asyncio.create_task(delivery.dispatcher.drained("anna"))
            await asyncio.sleep(0)  # It joins in.
            delivery.drain.end()
            await delivery.dispatcher.close(grace=1000)

    assert await draining is False
    assert await states(store) == {1: "open"}


async def test_a_process_that_ends_finishes_what_it_began_and_begins_nothing(
    store: Store, clock: HandClock
) -> None:
    """I wrote twice as the bot is told to end: what it was at is done, the rest is for the next."""
    begun, may_end = asyncio.Event(), asyncio.Event()
    seen: list[int] = []

    async def work(turn: Turn) -> None:
        seen.append(turn.entry.update_id)
        begun.set()
        await may_end.wait()

    async with post(store, clock, work) as delivery:
        await delivery.inbox.accept([arrival(1), arrival(2)])
        await begun.wait()
        delivery.drain.end()
        closing = asyncio.create_task(delivery.dispatcher.close(grace=20))
        draining = asyncio.create_task(delivery.dispatcher.drained("anna"))
        await asyncio.sleep(0)  # It joins in.
        may_end.set()
        await closing

    assert await draining is False
    assert seen == [1]
    assert await states(store) == {1: "settled", 2: "open"}


async def test_a_database_that_is_away_does_not_hold_up_the_end(store: Store) -> None:
    """The database is away as the bot is told to end: it ends at once."""
    is_away = asyncio.Event()

    async def drain(lane: str) -> bool:
        is_away.set()
        raise StorageError("away")

    async with LocalDispatcher(drain=drain, clock=PatientClock()) as dispatcher:
        dispatcher.wake(["anna"])
        await is_away.wait()
        async with asyncio.timeout(20):
            await dispatcher.close(grace=1000)


async def test_what_was_said_is_scrubbed_when_it_is_answered(
    store: Store, clock: HandClock
) -> None:
    """When my message is answered, nothing of it stays in the inbox but its number."""

    async def work(turn: Turn) -> None:
        await turn.remember("answered", "canary")

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1, text="canary"))
    async with store.read() as tx:
        payloads = (await tx.connection.execute(select(inbox.c.payload))).scalars().all()
        steps = (await tx.connection.execute(select(journal.c.step))).scalars().all()
        forgotten_early = await _forget(store, clock, hours=71)
        forgotten = await _forget(store, clock, hours=73)

    assert (list(payloads), list(steps)) == ([None], [])
    assert (forgotten_early, forgotten) == (0, 1)


async def _forget(store: Store, clock: HandClock, *, hours: int) -> int:
    before = clock.now() + timedelta(hours=hours) - timedelta(hours=72)
    async with store.begin() as tx:
        return await tx.inbox.forget(before=before)


async def test_a_parked_entry_can_be_tried_again_by_a_human(store: Store, clock: HandClock) -> None:
    """After the bug is mended, the operator has the parked message worked on after all."""
    is_mended = False

    async def work(turn: Turn) -> None:
        if not is_mended:
            raise ValueError

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1))
        is_mended = True
        async with store.begin() as tx:
            (parked,) = await tx.inbox.unsettled()
            await tx.inbox.reopen(parked, at=clock.now())
        delivery.dispatcher.wake(["anna"])
        await delivery.dispatcher.idle()

    assert parked.failure == "ValueError"
    assert await states(store) == {1: "settled"}


async def test_a_retry_takes_what_belongs_together_and_nothing_else(
    store: Store, clock: HandClock
) -> None:
    """My album of three is tried again as a whole; my next questions stay questions."""
    is_mended = asyncio.Event()
    together: list[list[int]] = []

    async def work(turn: Turn) -> None:
        if turn.recall("whole") is None and turn.entry.update_id == 1:
            for _ in range(2):
                follower = await turn.follower()
                assert follower is not None
                await turn.take_along(follower)
            await turn.remember("whole", True)
        if not is_mended.is_set():
            raise ValueError
        together.append([entry.update_id for entry in turn.entries])

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1), arrival(2), arrival(3))
        given_up = await states(store)
        is_mended.set()
        async with store.begin() as tx:
            (album, *_) = await tx.inbox.unsettled()
            await tx.inbox.accept([arrival(4), arrival(5)], at=clock.now())
            await tx.inbox.reopen(album, at=clock.now())
        delivery.dispatcher.wake(["anna"])
        await delivery.dispatcher.idle()

    assert given_up == {1: "parked", 2: "parked", 3: "parked"}
    assert together == [[1, 2, 3], [4], [5]]


async def test_a_retry_swallows_no_question_in_the_place_of_what_is_gone(
    store: Store, clock: HandClock
) -> None:
    """The rest of my album was buried; when its beginning is tried again, my question is not it."""
    is_mended = False
    together: list[list[int]] = []

    async def work(turn: Turn) -> None:
        if turn.entry.update_id == 1 and not is_mended:
            if len(turn.entries) == 1 and (follower := await turn.follower()):
                await turn.take_along(follower)
            raise ValueError
        together.append([entry.update_id for entry in turn.entries])

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1), arrival(2))
        is_mended = True
        async with store.begin() as tx:
            beginning, rest = await tx.inbox.unsettled()
            await tx.inbox.discard(rest, at=clock.now())
            await tx.inbox.accept([arrival(3)], at=clock.now())
            await tx.inbox.reopen(beginning, at=clock.now())
        delivery.dispatcher.wake(["anna"])
        await delivery.dispatcher.idle()

    assert together == [[1], [3]]


async def test_whoever_is_given_up_again_after_a_retry_is_told_again(
    store: Store, clock: HandClock
) -> None:
    """The operator had my message tried again in vain: I hear so, and it was not paid twice."""
    paid: list[str] = []

    async def pay() -> str:
        paid.append("once")
        return "an answer"

    async def work(turn: Turn) -> None:
        await turn.step("asked", pay)
        raise HopelessError("it cannot be shown")

    async with post(store, clock, work) as delivery:
        await delivery.deliver(arrival(1))
        async with store.begin() as tx:
            (parked,) = await tx.inbox.unsettled()
            await tx.inbox.reopen(parked, at=clock.now())
        delivery.dispatcher.wake(["anna"])
        await delivery.dispatcher.idle()

    assert [(update, type(error)) for update, error in delivery.told] == [(1, HopelessError)] * 2
    assert paid == ["once"]


async def test_what_is_buried_while_it_is_worked_on_ends_and_its_lane_goes_on(
    store: Store, clock: HandClock
) -> None:
    """One message hangs for ever; an operator buries it, and mine behind it is answered."""
    begun = asyncio.Event()
    seen: list[int] = []

    async def work(turn: Turn) -> None:
        if turn.entry.update_id == 1:
            begun.set()
            await asyncio.Event().wait()
        seen.append(turn.entry.update_id)

    async with post(store, clock, work) as stuck, post(store, clock, work) as delivery:
        await stuck.inbox.accept([arrival(1), arrival(2)])
        await begun.wait()
        async with store.begin() as tx:
            hanging, _ = await tx.inbox.unsettled()
            is_buried = await tx.inbox.discard(hanging, at=clock.now())
            buried = await tx.inbox.find(1)
        delivery.dispatcher.wake(["anna"])
        await delivery.dispatcher.idle()

    assert is_buried
    assert buried is not None
    assert (buried.state, buried.payload) == ("settled", None)
    assert seen == [2]
    assert await states(store) == {1: "settled", 2: "settled"}


async def test_a_lane_outlives_a_database_that_goes_away(store: Store, clock: HandClock) -> None:
    """When the database comes back, what waited goes on by itself."""
    calls = 0

    async def drain(lane: str) -> bool:
        nonlocal calls
        calls += 1
        if calls < 4:
            raise StorageError("away")
        return True

    async with LocalDispatcher(drain=drain, clock=clock) as dispatcher:
        dispatcher.wake(["anna"])
        await dispatcher.idle()

    assert calls == 4
    assert clock.monotonic() == 1 + 2 + 4


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 1), (2, 5), (3, 25), (4, 125), (5, 180), (9, 180)]
)
def test_pauses_grow_to_three_minutes(attempt: int, seconds: float) -> None:
    """The first retry comes soon, later ones give whatever is broken time to heal."""
    assert pause_after(attempt) == seconds
