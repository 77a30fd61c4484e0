"""What the proofs share: which behaviours are proven, a question, an answer, small limits."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from bot.ondemand import DIALECTS, Delta, Dialect, Event, Limits, OnDemandClient, Query, Rules

KEY = "canary-key-of-thirty-two-letters"
AGENT = "tests/1.0"
ENDPOINT = "predefined-gpt-5.6-luna"
PERPLEXITY = "plugin-1722260873"
#: Letters of one, two and four bytes.
SAID = "Grüße aus dem Leuchtturm 👋 und bis bald."

#: As in life, but for the account's pace and for waits that a test would have to sit through.
LIMITS = Limits(queries_per_minute=10_000, uploads_per_minute=10_000)


class HurriedClock:
    """A clock by which every pause is over after a look around, however long it was to be."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        """The time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Move on, and let others get something done meanwhile."""
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0.01)


#: What one call does is proved here, however often it failed before.
UNDAUNTED = Rules(in_a_row=1_000_000, window=1_000_000, refusals=1_000_000)


def connected(
    url: str,
    *,
    key: str = KEY,
    limits: Limits = LIMITS,
    clock: HurriedClock | None = None,
    dialects: tuple[Dialect, ...] = DIALECTS,
) -> OnDemandClient:
    """A client of the platform at this address."""
    clock = clock or HurriedClock()
    return OnDemandClient(
        key,
        user_agent=AGENT,
        base_url=url,
        limits=limits,
        rules=UNDAUNTED,
        dialects=dialects,
        clock=clock,
        sleep=clock.sleep,
    )


#: Parameters of behaviours, and whatever else is handed on.
Parameters = dict[str, Any]

_Test = TypeVar("_Test", bound=Callable[..., object])
#: The behaviours that have a proof.
PROVEN: set[str] = set()


def proves(*behaviours: str) -> Callable[[_Test], _Test]:
    """Note which behaviours a test proves, so that none is left out."""
    PROVEN.update(behaviours)
    return lambda test: test


def query(text: str = "Hello!", **fields: Any) -> Query:
    """A question for a model that lives."""
    return Query(text=text, endpoint_id=ENDPOINT, **fields)


def told(events: list[Event]) -> str:
    """The answer that the pieces of a stream make."""
    return "".join(event.text for event in events if isinstance(event, Delta))


async def read(
    client: OnDemandClient, session_id: str, question: Query | None = None
) -> list[Event]:
    """Ask, and read the answer to its end."""
    async with client.chat.stream(session_id, question or query()) as answer:
        return [event async for event in answer]
