"""Lists that come in pages, as one iteration.

Sessions and messages are turned by a cursor, media and plugins by a number (documented). Both
kinds have been seen to repeat themselves, so both end when they do, and at `MOST_PAGES`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

#: The most items a page can hold. More is silently reset by the platform (documented).
PAGE_SIZE = 50

#: Nobody here owns more than this many pages of anything.
MOST_PAGES = 1_000


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """What tells it from all others."""
        ...


T = TypeVar("T", bound=Identified)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: the items that could be read, and what the platform says of the next."""

    items: Sequence[T]
    #: Where the next page starts; empty at the end.
    next: str = ""


async def by_cursor(fetch: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncIterator[T]:
    """All items of a list that is turned by a cursor.

    Ends with an empty page, without a next cursor, or with one that was used before.
    """
    cursor: str | None = None
    used: set[str] = set()
    for _ in range(MOST_PAGES):
        page = await fetch(cursor)
        for item in page.items:
            yield item
        cursor = page.next
        if not page.items or not cursor or cursor in used:
            return
        used.add(cursor)


async def by_number(fetch: Callable[[int], Awaitable[Page[T]]]) -> AsyncIterator[T]:
    """All items of a list whose pages are numbered from 1, each item once.

    Ends with an empty page, or with one that holds nothing new: a server that ignores the
    number sends its first page for ever. A short page is no end, since the platform may have
    reset the size we asked for.
    """
    seen: set[str] = set()
    for number in range(1, MOST_PAGES + 1):
        page = await fetch(number)
        fresh = [item for item in page.items if item.id not in seen]
        if not fresh:
            return
        seen.update(item.id for item in fresh)
        for item in fresh:
            yield item
