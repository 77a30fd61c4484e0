"""What the processes of one bot tell each other, and which of them does what only one may."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import text

from bot.clock import SystemClock
from bot.conversation.chosen import Chosen
from bot.conversation.peers import Nobody
from bot.conversation.surface import Address, Ref
from bot.conversation.turns import Made, Running
from bot.delivery import Peers, Turn
from bot.metrics import Metrics
from bot.storage import JSON, Cipher, Entry, Hold, Store, open_store, parse
from bot.storage.election import lead
from bot.storage.signals import listening, send

ANNA = Address(7)
GROUP = Address(-8, 3, is_group=True)

#: Seconds within which anything here has happened.
PATIENCE = 20.0


@pytest.fixture
def url(migrated: Callable[[str], str], new_postgres: Callable[..., str]) -> str:
    """A migrated database that several processes can share."""
    return new_postgres(copy_of=migrated("postgresql"))


@pytest.fixture
async def store(url: str, cipher: Cipher) -> AsyncIterator[Store]:
    """An open store on it."""
    async with open_store(
        parse(url), cipher=cipher, clock=SystemClock(), metrics=Metrics()
    ) as opened:
        yield opened


@asynccontextmanager
async def two(url: str, store: Store) -> AsyncIterator[tuple[Peers, Peers]]:
    """Two processes that hear each other."""

    async def say(word: str) -> None:
        async with store.begin() as tx:
            await send(tx, word)

    heard = asyncio.Event()

    def hear(about: JSON) -> JSON:
        heard.set()
        return None

    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(
                Peers(send=say, listening=lambda: listening(parse(url)))
            )
            for _ in range(2)
        ]
        for speaker, listener in ((one, other), (other, one)):
            heard.clear()
            listener.on("are you there", hear)
            async with asyncio.timeout(PATIENCE):
                while not heard.is_set():
                    await speaker.tell("are you there", None)
                    await asyncio.sleep(0.02)
        yield one, other


def turn(store: Store) -> Turn:
    """A turn, of which it only matters that it can be stopped."""
    at = SystemClock().now()
    entry = Entry(1, 1, "anna", "message", None, "open", 1, None, None, at, None)
    return Turn(store=store, hold=Hold("anna", 1), entry=entry, memory={}, clock=SystemClock())


async def test_a_question_is_answered_by_who_knows_and_by_nobody_else(
    url: str, store: Store
) -> None:
    """One process asks all others, and hears from the one that it is about."""
    async with two(url, store) as (one, other):
        other.on("double", lambda about: 2 * about if isinstance(about, int) else None)
        one.on("double", lambda about: "it is mine, and I ask myself nothing")

        assert await one.ask("double", 21) == 42
        assert await one.ask("double", "words") is None
        assert await one.ask("something else", 1) is None


@pytest.mark.parametrize("place", [ANNA, GROUP], ids=["private", "a topic of a group"])
async def test_an_answer_is_stopped_in_whichever_process_it_is_made(
    url: str, store: Store, place: Address
) -> None:
    """I press Stop, and it reaches the worker that answers me."""
    async with two(url, store) as (one, other):
        here, there = Running(one), Running(other)
        answering = turn(store)
        there.begin(place, 7, Ref(place.chat, 55), answering, conversation=3)

        made = await here.look(place)
        assert made == Made(7, 55, 3, may_stop=True)
        await here.stop(place, made, "enough")

        await asyncio.wait_for(answering.stopped.wait(), PATIENCE)
        assert answering.stop_reason == "enough"
        there.end(answering)
        assert await here.look(place) is None


async def test_a_stop_does_not_reach_the_answer_after(store: Store) -> None:
    """What I stopped has ended by itself meanwhile: my next question is answered all the same."""
    running, answering = Running(Nobody()), turn(store)
    running.begin(ANNA, 7, Ref(7, 56), answering)

    await running.stop(ANNA, Made(7, 55, 3, may_stop=True), "enough")

    assert not answering.stopped.is_set()


async def test_a_language_that_is_chosen_holds_in_every_process_at_once(
    url: str, store: Store
) -> None:
    """I choose German, and whoever answers next speaks German."""
    async with two(url, store) as (one, other):
        clock = SystemClock()
        here, there = Chosen(store, clock, one), Chosen(store, clock, other)
        assert await there.language_of(7, "fr") == "fr"
        async with store.begin() as tx:
            await tx.users.meet(7, language="fr", at=clock.now())
            await tx.settings.set_for_user(7, "language", "de")

        await here.forget(7)

        async with asyncio.timeout(PATIENCE):
            while await there.language_of(7, "fr") != "de":
                await asyncio.sleep(0.01)


async def test_one_of_several_is_elected_and_another_when_it_is_gone(
    url: str, store: Store
) -> None:
    """Two processes run, one of them polls; its connection breaks, and the other does."""
    at_work: list[str] = []
    ended: list[str] = []

    def office(name: str) -> "asyncio.Task[None]":
        async def work() -> None:
            at_work.append(name)
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        return asyncio.create_task(lead(parse(url), "poller", work))

    tasks = [office("one"), office("two")]
    try:
        async with asyncio.timeout(PATIENCE):
            while not at_work:
                await asyncio.sleep(0.01)
        await asyncio.sleep(1.5)  # Long enough for the other to have tried.
        assert len(at_work) == 1
        async with store.begin() as tx:
            await tx.connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"
                )
            )
        async with asyncio.timeout(PATIENCE):
            while len(at_work) < 2 or ended != at_work[:1]:
                await asyncio.sleep(0.01)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert set(at_work) == {"one", "two"}
