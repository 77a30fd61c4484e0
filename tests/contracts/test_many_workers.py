"""Delivery by several workers on PostgreSQL: lanes in order, entries once, nothing forgotten."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select, text

from bot.clock import SystemClock
from bot.delivery import Drain, Inbox, PostponedError, Turn, Work
from bot.delivery.postgres import Errand, Lease, PostgresDispatcher, defer
from bot.metrics import Metrics
from bot.storage import Arrival, Cipher, Store, conninfo, open_store, parse
from bot.storage.tables import inbox
from tests.waiting import PATIENCE, until, until_found

Do = Callable[[Turn], Awaitable[None]]


@pytest.fixture
def url(migrated: Callable[[str], str], new_postgres: Callable[..., str]) -> str:
    """A migrated database that several processes can share."""
    return new_postgres(copy_of=migrated("postgresql"))


@pytest.fixture
async def store(url: str, cipher: Cipher) -> AsyncIterator[Store]:
    """An open store on it, by the machine's own clock: workers watch each other by that."""
    async with open_store(
        parse(url), cipher=cipher, clock=SystemClock(), metrics=Metrics()
    ) as opened:
        yield opened


@pytest.fixture
def accept(store: Store) -> Callable[..., Awaitable[None]]:
    """The door of a process that drains nothing itself."""
    door = Inbox(store=store, clock=SystemClock(), metrics=Metrics(), defer=defer)
    return lambda *arrivals: door.accept(arrivals)


def arrival(update_id: int, lane: str = "anna") -> Arrival:
    """An update as intake hands it over."""
    return Arrival(update_id, lane, "message", json.dumps({"text": "hello"}))


async def nobody(turn: Turn, error: Exception | None) -> None:
    """Nobody is told of what is given up."""


def drain_of(store: Store, do: Do) -> Drain:
    """What does this with every turn."""
    return Drain(store=store, clock=SystemClock(), metrics=Metrics(), work=Work(do, nobody))


@asynccontextmanager
async def worker(
    url: str,
    store: Store,
    do: Do,
    *,
    drain: Drain | None = None,
    on_crew: Callable[[int], None] = lambda workers: None,
    **errands: Errand,
) -> AsyncIterator[PostgresDispatcher]:
    """A worker that does this with every turn."""
    clock = SystemClock()
    opened = PostgresDispatcher(
        conninfo=conninfo(parse(url), name="a worker"),
        store=store,
        drain=drain or drain_of(store, do),
        clock=clock,
        lease=Lease(),
        errands=errands,
        on_crew=on_crew,
    )
    async with opened:
        yield opened


async def until_settled(store: Store, count: int) -> None:
    """Wait until so many entries are done, and no other is there."""

    async def are_settled() -> bool:
        async with store.read() as tx:
            states = list(await tx.connection.scalars(select(inbox.c.state)))
        return states == ["settled"] * count

    await until_found(are_settled)


async def jobs(store: Store) -> list[tuple[str, str]]:
    """The lanes that have a job, and how far it is."""
    statement = "SELECT lock, status::text FROM procrastinate_jobs WHERE queue_name = 'lanes'"
    async with store.read() as tx:
        found = await tx.connection.execute(text(f"{statement} ORDER BY id"))
        return [(row[0], row[1]) for row in found]


async def test_two_workers_share_the_lanes_and_keep_each_in_order(
    url: str, store: Store, accept: Callable[..., Awaitable[None]]
) -> None:
    """Whoever answers me, my messages are answered in order and once."""
    seen: dict[str, list[int]] = {}
    shares = {"one": 0, "two": 0}

    def do(name: str) -> Do:
        async def work(turn: Turn) -> None:
            await asyncio.sleep(0.01)
            shares[name] += 1
            seen.setdefault(turn.entry.lane, []).append(turn.entry.update_id)

        return work

    async with worker(url, store, do("one")), worker(url, store, do("two")):
        for number in range(0, 100, 10):
            await accept(*(arrival(n, f"lane {n % 20}") for n in range(number, number + 10)))
        await until_settled(store, 100)

    assert seen == {f"lane {n}": list(range(n, 100, 20)) for n in range(20)}
    assert min(shares.values()) > 0


async def test_what_is_not_committed_wakes_nobody(store: Store) -> None:
    """Telegram was not told that we have my message: so nobody works on it."""
    with pytest.raises(ZeroDivisionError):
        async with store.begin() as tx:
            await defer(tx, await tx.inbox.accept([arrival(1)], at=SystemClock().now()))
            raise ZeroDivisionError

    assert await jobs(store) == []


async def test_a_lane_has_one_waiting_job_however_much_waits(
    store: Store, accept: Callable[..., Awaitable[None]]
) -> None:
    """I write a hundred messages, and the queue of others does not grow by a hundred."""
    for number in range(5):
        await accept(arrival(number), arrival(number + 100, "bruno"))

    assert await jobs(store) == [("anna", "todo"), ("bruno", "todo")]


async def test_what_is_accepted_as_its_lane_is_being_fetched_is_not_overlooked(
    url: str, store: Store, accept: Callable[..., Awaitable[None]]
) -> None:
    """My second message is being written down as a worker begins with the first: it sees both."""
    seen: list[int] = []

    async def work(turn: Turn) -> None:
        seen.append(turn.entry.update_id)

    await accept(arrival(1))
    async with store.begin() as tx:
        # The waiting job is enough for it, so no other is made.
        await defer(tx, await tx.inbox.accept([arrival(2)], at=SystemClock().now()))
        async with worker(url, store, work):
            async with asyncio.timeout(PATIENCE):
                while ("anna", "doing") not in await jobs(store):
                    await asyncio.sleep(0.01)
            await tx.connection.commit()
            await until_settled(store, 2)
            assert seen == [1, 2]


async def test_a_worker_that_ends_hands_its_lanes_over(
    url: str,
    store: Store,
    accept: Callable[..., Awaitable[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A new version is rolled out while I am being answered: the answer goes on elsewhere."""
    steps: list[str] = []
    begun = asyncio.Event()

    async def note(what: str) -> str:
        steps.append(what)
        return what

    async def slow(turn: Turn) -> None:
        await turn.step("asked", lambda: note("asked"))
        begun.set()
        await asyncio.Event().wait()

    async def quick(turn: Turn) -> None:
        await turn.step("asked", lambda: note("asked again"))
        await turn.step("shown", lambda: note("shown"))

    async with worker(url, store, slow) as old:
        await accept(arrival(1))
        await asyncio.wait_for(begun.wait(), PATIENCE)
        async with worker(url, store, quick):
            await old.close(grace=0.1)
            await until_settled(store, 1)

    assert steps == ["asked", "shown"]
    assert "lanes taken from dead workers" not in caplog.messages


async def test_a_worker_that_ends_finishes_what_it_can_and_nobody_takes_it_away(
    url: str, store: Store, accept: Callable[..., Awaitable[None]]
) -> None:
    """My answer takes ten more seconds as its worker is told to end: it is finished there."""
    by: list[str] = []
    begun = asyncio.Event()

    async def old_work(turn: Turn) -> None:
        begun.set()
        await asyncio.sleep(9)  # Longer than a silent worker is believed to be alive.
        by.append("old")

    async def new_work(turn: Turn) -> None:
        by.append("new")

    async with worker(url, store, old_work) as old:
        await accept(arrival(1))
        await asyncio.wait_for(begun.wait(), PATIENCE)
        async with worker(url, store, new_work):
            await old.close(grace=20)
            await until_settled(store, 1)

    assert by == ["old"]


async def test_a_worker_that_ends_hands_over_what_waits(
    url: str, store: Store, accept: Callable[..., Awaitable[None]]
) -> None:
    """My question waits for a better moment as its worker is told to end: another one keeps it."""
    begun = asyncio.Event()
    by: list[str] = []

    async def old_work(turn: Turn) -> None:
        begun.set()
        raise PostponedError(8)

    async def new_work(turn: Turn) -> None:
        by.append("new")

    drain = drain_of(store, old_work)
    async with worker(url, store, old_work, drain=drain) as old:
        await accept(arrival(1))
        await asyncio.wait_for(begun.wait(), PATIENCE)
        async with worker(url, store, new_work):
            began = time.monotonic()
            drain.end()
            await old.close(grace=20)
            took = time.monotonic() - began
            assert [lane for lane, _ in await jobs(store)] == ["anna"]
            await until_settled(store, 1)

    assert by == ["new"]
    assert took < 7


async def test_what_a_dead_worker_held_is_taken_from_it(
    url: str, store: Store, accept: Callable[..., Awaitable[None]]
) -> None:
    """The machine that answered me is gone: another goes on at once when it counts as dead."""
    seen: list[int] = []

    async def work(turn: Turn) -> None:
        seen.append(turn.entry.update_id)

    await accept(arrival(1))
    await accept(arrival(2, "bruno"))
    async with store.begin() as tx:
        await tx.connection.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - '7s'::interval)"
            )
        )
        await tx.connection.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'doing', "
                "worker_id = (SELECT max(id) FROM procrastinate_workers)"
            )
        )
        # One more came for a lane that the dead one held: it waits behind it.
        await tx.jobs.defer(["anna"])
    async with worker(url, store, work):
        await until_settled(store, 2)

    assert sorted(seen) == [1, 2]


async def test_dead_workers_are_looked_for_whatever_happens(url: str, store: Store) -> None:
    """Something of ours fails at one look for dead workers, and the next look follows."""
    looks: list[int] = []

    def fail(workers: int) -> None:
        looks.append(workers)
        raise ArithmeticError

    async def work(turn: Turn) -> None:
        """Nothing comes."""

    async with worker(url, store, work, on_crew=fail):
        await until(lambda: len(looks) > 1)


async def test_lanes_without_a_job_are_known(
    store: Store, accept: Callable[..., Awaitable[None]]
) -> None:
    """What an operator reopens, or a single process left behind, is found by the workers."""
    await accept(arrival(1))
    async with store.begin() as tx:
        await tx.inbox.accept([arrival(2, "bruno")], at=SystemClock().now())

    async with store.read() as tx:
        assert await tx.jobs.forgotten_lanes() == {"bruno"}


async def test_a_worker_outlives_a_restart_of_the_database(
    url: str, store: Store, accept: Callable[..., Awaitable[None]]
) -> None:
    """The database is restarted, and a minute later nobody remembers it."""
    seen: list[int] = []

    async def work(turn: Turn) -> None:
        seen.append(turn.entry.update_id)

    async with worker(url, store, work):
        await accept(arrival(1))
        await until_settled(store, 1)
        async with store.begin() as tx:
            await tx.connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await accept(arrival(2))
        await until_settled(store, 2)

    assert seen == [1, 2]


async def test_an_errand_is_done_by_one_of_them(url: str, store: Store) -> None:
    """However many workers there are, what is to be done once is done once."""
    done: list[str] = []

    def errand(name: str) -> Errand:
        async def do() -> None:
            done.append(name)

        return Errand("*/10 * * * *", do)

    async def work(turn: Turn) -> None:
        """Nothing comes."""

    began = time.time()
    async with (
        worker(url, store, work, tidy=errand("one")),
        worker(url, store, work, tidy=errand("two")),
    ):
        await until(lambda: done)
        await asyncio.sleep(1)

    # One more is right where the ten minutes ended meanwhile.
    assert len(done) <= 1 + time.time() // 600 - began // 600


def test_a_process_that_hung_says_nothing_until_its_turns_are_cut() -> None:
    """A machine hangs while it answers me: when it goes on, it does not disturb who took over."""
    now = 0.0
    lease = Lease(lambda: now)
    assert not lease.is_valid()
    lease.renew(0.0)
    assert lease.is_valid()

    now = 4.9
    assert lease.is_valid()
    lease.renew(4.0)
    now = 20.0  # It hung.
    lease.renew(20.0)
    assert not lease.is_valid()

    lease.restore()
    assert lease.is_valid()
    now = 30.0  # It does not reach the database.
    lease.restore()
    assert not lease.is_valid()
