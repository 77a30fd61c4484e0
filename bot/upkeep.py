"""What is done again and again while the bot runs: wake what waits, and forget what was kept."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.conversation.quotas import day_of
from bot.conversation.services import Services
from bot.conversation.sessions import delete_what_is_left
from bot.conversation.uploads import sweep
from bot.delivery import LocalDispatcher
from bot.house import House
from bot.storage import Store, Transaction

log = logging.getLogger(__name__)

#: Seconds from one look for lanes that nobody woke to the next.
WAKE_EVERY = 30.0

#: Seconds from the start to the first tidying, and from one to the next; by cron where one process
#: does it for several.
TIDY_AFTER = 60.0
TIDY_EVERY = 600.0
TIDY_CRON = "*/10 * * * *"

#: How long it is kept which updates came, what was heard, spoken and translated.
KEEP_UPDATES = timedelta(hours=72)
KEEP_TRANSCRIPTS = timedelta(days=30)
KEEP_SPEECH = timedelta(hours=24)
KEEP_MENUS = timedelta(days=7)
KEEP_TRANSLATIONS = timedelta(days=30)

#: How long it is kept for an operator what was given up.
KEEP_PARKED = timedelta(days=30)

#: How long it is kept what was used on a day: longer than the longest month.
KEEP_USAGE = timedelta(days=62)

#: How long OnDemand is told to delete what was deleted here, where it will not.
KEEP_TRYING = timedelta(days=30)


async def wake_again_and_again(house: House, dispatcher: LocalDispatcher) -> None:
    """Wake every lane in which something waits: at the start, and each half minute.

    At the start that is what a killed process left behind. Later it is what an operator wants tried
    again, and whatever else nobody woke.
    """
    while True:
        try:
            async with house.store.read() as tx:
                dispatcher.wake(await tx.inbox.open_lanes())
        except Exception as error:  # What was left behind waits for ever where nobody looks.
            log.warning("lanes not looked at", extra={"error": type(error).__name__})
        await house.clock.sleep(WAKE_EVERY)


async def tidy_again_and_again(house: House, services: Services) -> None:
    """Tidy up, each ten minutes."""
    await house.clock.sleep(TIDY_AFTER)
    while True:
        try:
            await tidy(house, services)
        except Exception as error:  # Whatever it is, it must not end this for good.
            log.warning("not tidied", exc_info=error)
        await house.clock.sleep(TIDY_EVERY)


async def tidy(house: House, services: Services) -> None:
    """Forget what was kept for long enough, and take back what was left behind at OnDemand."""
    await forget(house.store, now=house.clock.now())
    await sweep(services)
    await delete_what_is_left(services)


async def forget(store: Store, *, now: datetime) -> None:
    """Forget what was kept for long enough.

    Each shelf has a transaction of its own, so that whoever writes meanwhile waits for one of them.
    """
    shelves: list[Callable[[Transaction], Awaitable[object]]] = [
        lambda tx: tx.inbox.discard_old(before=now - KEEP_PARKED, at=now),
        lambda tx: tx.inbox.forget(before=now - KEEP_UPDATES),
        lambda tx: tx.transcripts.forget(before=now - KEEP_TRANSCRIPTS),
        lambda tx: tx.speech.forget(before=now - KEEP_SPEECH),
        lambda tx: tx.menus.forget(before=now - KEEP_MENUS),
        lambda tx: tx.translations.forget(before=now - KEEP_TRANSLATIONS),
        lambda tx: tx.translation_posts.forget(before=now - KEEP_TRANSLATIONS),
        lambda tx: tx.usage.forget(before=day_of(now - KEEP_USAGE)),
        lambda tx: tx.erased.forget(before=day_of(now)),
        lambda tx: tx.sessions.forget(before=now - KEEP_TRYING),
        lambda tx: tx.invites.forget(before=now),
    ]
    for forget_old in shelves:
        async with store.begin() as tx:
            await forget_old(tx)
