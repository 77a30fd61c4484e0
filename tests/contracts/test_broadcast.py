"""A broadcast meets whatever Telegram answers, on both databases."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from bot.conversation.broadcast import send_some
from bot.conversation.chosen import Chosen
from bot.conversation.peers import Nobody
from bot.conversation.quotas import day_of
from bot.conversation.services import Services
from bot.conversation.surface import (
    Address,
    BarredError,
    Keyboard,
    Part,
    Ref,
    RefusedError,
    ThrottledError,
    UncertainError,
    UnreachableError,
)
from bot.storage import UNREACHABLE, Fate, Store
from bot.telegram.markup import render
from tests.conftest import HandClock

PEOPLE = range(7_000_000_001, 7_000_000_004)


class Postbox:
    """Takes posts, and answers the first ones as it was told."""

    def __init__(self, *answers: Exception) -> None:
        self._answers: Iterator[Exception] = iter(answers)
        self.posted: list[int] = []

    def format(self, markdown: str) -> Sequence[Part]:
        """As on Telegram."""
        return render(markdown)

    async def post(self, address: Address, part: Part, *, keyboard: Keyboard) -> Ref:
        """Take it, unless told otherwise."""
        if error := next(self._answers, None):
            raise error
        self.posted.append(address.chat)
        return Ref(address.chat, 1)


def world(postbox: Postbox, store: Store, clock: HandClock) -> Services:
    """What a broadcast needs of the world, and nothing else."""
    nothing = cast(Any, None)
    return Services(
        surface=cast(Any, postbox),
        client=nothing,
        store=store,
        studio=nothing,
        clock=clock,
        models=nothing,
        running=nothing,
        chosen=Chosen(store, clock, Nobody()),
        catalogue=nothing,
    )


async def begun(store: Store, clock: HandClock) -> int:
    """A broadcast to three people, which runs."""
    async with store.begin() as tx:
        for person in PEOPLE:
            await tx.users.meet(person, language=None, at=clock.now())
            await tx.chats.meet(person, kind="private", at=clock.now())
        number = await tx.broadcasts.draft(1, "News.", pace=2, at=clock.now())
        await tx.broadcasts.begin(number, today=day_of(clock.now()))
    return number


async def sent_to_the_end(services: Services) -> list[float]:
    """Go on until nothing runs any more; the seconds to wait that were told on the way."""
    waits: list[float] = []
    for _ in range(20):
        seconds = await send_some(services)
        if seconds is None:
            return waits
        waits.append(seconds)
    raise AssertionError("it does not end")


@pytest.mark.parametrize(
    ("answer", "tally", "wait"),
    [
        (BarredError("blocked"), {"sent": 2, "unreachable": 1}, 0.0),
        (UncertainError("no word"), {"sent": 2, "unsure": 1}, 0.0),
        (RefusedError("no"), {"sent": 2, "refused": 1}, 0.0),
        (ThrottledError(17.0), {"sent": 3}, 17.0),
        (UnreachableError("away"), {"sent": 3}, 30.0),
    ],
    ids=["blocked", "uncertain", "refused", "throttled", "unreachable"],
)
async def test_whatever_telegram_answers(
    store: Store, clock: HandClock, answer: Exception, tally: dict[Fate, int], wait: float
) -> None:
    """One post fails: who certainly did not get it gets it later, and nobody gets it twice."""
    number = await begun(store, clock)
    postbox = Postbox(answer)

    waits = await sent_to_the_end(world(postbox, store, clock))

    async with store.read() as tx:
        found = await tx.broadcasts.find(number)
        counted = await tx.broadcasts.tally(number)
        settings = await tx.settings.of_user(PEOPLE[0])
    assert found is not None
    assert found.state == "done"
    assert counted == tally
    assert waits[0] == wait
    assert len(postbox.posted) == len(set(postbox.posted)) == tally["sent"]
    assert (UNREACHABLE in settings) is ("unreachable" in tally)


async def test_it_keeps_its_pace(store: Store, clock: HandClock) -> None:
    """Two in a second are two in a second."""
    await begun(store, clock)

    await sent_to_the_end(world(Postbox(), store, clock))

    assert clock.monotonic() == pytest.approx(1.5)
