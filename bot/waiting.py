"""Waiting for one thing, unless another comes first."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unless_set(work: Coroutine[Any, Any, T], *events: asyncio.Event) -> T | None:
    """What the work gives, or `None` when one of the events is set before it is done.

    Work that is not done is cancelled and has ended on return. Raises what the work raises.
    """
    working = asyncio.ensure_future(work)
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait([working, *waits], return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, *waits):
            task.cancel()
        await asyncio.gather(working, *waits, return_exceptions=True)
