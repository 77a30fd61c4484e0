"""A broadcast, sent: one person after the other, at its pace, and nobody twice.

It is a turn of its own lane, so it goes on wherever a process that was killed has left it. A turn
sends for some seconds and is begun again; whoever pauses the broadcast ends it.
"""

import asyncio
import logging
from typing import Final

from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.surface import (
    Address,
    BarredError,
    Button,
    LostError,
    MovedError,
    Ref,
    RefusedError,
    ThrottledError,
    UnreachableError,
)
from bot.storage import UNREACHABLE, Broadcast, Fate

log = logging.getLogger(__name__)

#: What the button sends by which somebody wants no more of them.
NO_MORE: Final = "no news"

#: Seconds that one turn sends.
_STRETCH: Final = 5

#: Seconds until it goes on where Telegram cannot be reached.
_AWAY: Final = 30.0

#: Seconds that a post which is on its way is waited for when the bot ends.
_LAST_WORDS: Final = 1.5


async def send_some(services: Services) -> float | None:
    """Send the oldest broadcast that runs for some seconds.

    Tells after how many seconds to go on; `None` when none runs any more. Whoever was being written
    to when an earlier process died is not written to again.
    """
    async with services.store.begin() as tx:
        broadcast = await tx.broadcasts.running()
        if broadcast is None:
            return None
        unsure = await tx.broadcasts.leave_unsure(broadcast.id)
    if unsure:
        log.warning("broadcast unsure", extra={"broadcast": broadcast.id, "people": unsure})
    for _ in range(_STRETCH * broadcast.pace):
        async with services.store.begin() as tx:
            person = await tx.broadcasts.claim(broadcast.id)
            if person is None:
                if await tx.broadcasts.finish(broadcast.id):
                    log.info("broadcast done", extra={"broadcast": broadcast.id})
                return 0.0
            user = await tx.users.find(person)
        language = await services.chosen.language_of(person, user.language if user else None)
        wait = await _send(broadcast, person, language, services)
        if wait is not None:
            return wait
        await services.clock.sleep(1 / broadcast.pace)
    return 0.0


async def _send(
    broadcast: Broadcast, person: int, language: str, services: Services
) -> float | None:
    """Write to one person, and write down what became of it; seconds to wait if nobody can."""
    (part,) = services.surface.format(broadcast.text)[:1]
    keyboard = ((Button(say("news off", language), NO_MORE),),)
    post = services.surface.post(Address(person), part, keyboard=keyboard)
    posting = asyncio.ensure_future(post)
    try:
        await asyncio.wait({posting})
    except asyncio.CancelledError:
        # A post that is on its way when the bot ends is let come back.
        await asyncio.wait({posting}, timeout=_LAST_WORDS)
        posting.cancel()
        await asyncio.wait({posting})
        raise
    finally:
        fate, seconds = _fate(posting)
        async with services.store.begin() as tx:
            await tx.broadcasts.mark(broadcast.id, person, fate)
            if fate == "unreachable":
                await tx.settings.set_for_user(person, UNREACHABLE, True)
    return seconds


def _fate(posting: asyncio.Future[Ref]) -> tuple[Fate, float | None]:
    """What became of a post that has ended, and the seconds to wait where nobody can be written to.

    What is not known is unsure, also where a bug of ours is to blame.
    """
    if not posting.done() or posting.cancelled():
        return "unsure", None
    match posting.exception():
        case None:
            return "sent", None
        case ThrottledError() as told:
            return "open", told.after
        case UnreachableError():
            return "open", _AWAY
        case BarredError():
            return "unreachable", None
        case RefusedError() | LostError() | MovedError():
            return "refused", None
        case error:
            log.warning("broadcast unsure", extra={"error": type(error).__name__})
            return "unsure", None
