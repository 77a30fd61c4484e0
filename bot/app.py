"""The builder: the only file that knows everybody.

It reads what the operator decided, makes every part, hands each the others it needs, and closes
them in reverse order.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot import log
from bot.audio import Studio
from bot.clock import Clock, SystemClock
from bot.conversation.access import Access
from bot.conversation.door import Door
from bot.conversation.models import Models
from bot.conversation.plugins import Catalogue
from bot.conversation.quotas import Quotas, day_of
from bot.conversation.services import Services
from bot.conversation.sessions import delete_what_is_left
from bot.conversation.settings import Chosen
from bot.conversation.turns import Running
from bot.conversation.uploads import sweep
from bot.delivery import Drain, Inbox, LocalDispatcher
from bot.metrics import Metrics
from bot.ondemand import Limits as OnDemandLimits
from bot.ondemand import OnDemandClient
from bot.settings import Settings
from bot.storage import (
    Allowance,
    Cipher,
    MisconfiguredError,
    StorageError,
    Store,
    load_key,
    look,
    make_key,
    open_store,
    parse,
    require_head,
    require_keys,
    upgrade,
)
from bot.telegram.context import Desk, Routes
from bot.telegram.limits import Limits, everywhere
from bot.telegram.polling import Poller
from bot.telegram.profile import announce
from bot.telegram.routing import Router, build_routes
from bot.telegram.surface import TelegramSurface
from bot.waiting import unless_set

_log = logging.getLogger(__name__)

#: Seconds that running answers get to finish when the bot is told to end.
GRACE = 20.0

#: Seconds that calls about the bot itself get to arrive then.
LAST_CALLS = 2.0

#: Seconds from one look for lanes that nobody woke to the next.
WAKE_EVERY = 30.0

#: Seconds from the start to the menus being set, which takes some fifty calls.
ANNOUNCE_AFTER = 2.0

#: Seconds from the start to the first tidying, and from one to the next.
TIDY_AFTER = 60.0
TIDY_EVERY = 600.0

#: How long it is kept which updates came, what was heard, and what was spoken.
KEEP_UPDATES = timedelta(hours=72)
KEEP_TRANSCRIPTS = timedelta(days=30)
KEEP_SPEECH = timedelta(hours=24)
KEEP_MENUS = timedelta(days=7)

#: How long it is kept what was used on a day: longer than the longest month.
KEEP_USAGE = timedelta(days=62)

#: How long OnDemand is told to delete what was deleted here, where it will not.
KEEP_TRYING = timedelta(days=30)

#: Where the key is kept when the operator gave none.
KEY_FILE = Path("data/key")


@dataclass(frozen=True, slots=True)
class House:
    """Everything that lives while the program runs."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    store: Store


def start_logging(settings: Settings, redactor: log.Redactor) -> None:
    """Send all logs of this process through the redactor, at the operator's level."""
    log.configure(level=settings.log_level, form=settings.log_format, redactor=redactor)


def migrate(settings: Settings) -> str | None:
    """Bring the database to the newest schema; tell the revision it had (`None`: it was empty).

    Raises what `bot.storage.upgrade` raises.
    """
    return upgrade(parse(settings.database_url.get_secret_value()))


def find_cipher(settings: Settings) -> Cipher | None:
    """The cipher of the operator's keys or of the one in `data/key`; `None` if there is no key."""
    keys = [key.get_secret_value() for key in settings.data_key]
    if not keys and (key := load_key(KEY_FILE)):
        log.black_out(key)
        keys = [key]
    return Cipher(keys) if keys else None


def make_cipher(settings: Settings) -> Cipher:
    """The cipher of the house. Makes a key only for a database that was never written with one.

    Raises `KeyMissingError` when the key of the words in the database is gone, and what
    `open_store` raises.
    """
    if cipher := find_cipher(settings):
        return cipher
    revision, used = look(parse(settings.database_url.get_secret_value()))
    require_head(revision)
    if not used:
        make_key(KEY_FILE)
    # Another process that started beside us may have made it since.
    cipher = find_cipher(settings)
    if cipher is None:
        require_keys(used, ())
        raise MisconfiguredError(f"the data key {KEY_FILE} was taken away while the bot started")
    return cipher


@asynccontextmanager
async def open_house(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[House]:
    """Open every part on a migrated database. Raises `StorageError` when it cannot be opened."""
    clock = clock or SystemClock()
    metrics = Metrics()
    async with open_store(
        parse(settings.database_url.get_secret_value()),
        cipher=await asyncio.to_thread(make_cipher, settings),
        clock=clock,
        metrics=metrics,
    ) as store:
        yield House(settings=settings, clock=clock, metrics=metrics, store=store)


@asynccontextmanager
async def open_client(
    settings: Settings,
    *,
    clock: Clock | None = None,
    limits: OnDemandLimits = OnDemandLimits(),  # noqa: B008  # A frozen value.
    metrics: Metrics | None = None,
) -> AsyncIterator[OnDemandClient]:
    """The client of OnDemand. Raises `MisconfiguredError` without a key."""
    metrics = metrics or Metrics()
    clock = clock or SystemClock()
    if settings.ondemand_api_key is None:
        raise MisconfiguredError("ONDEMAND_API_KEY is missing: the OnDemand dashboard makes one")
    async with OnDemandClient(
        settings.ondemand_api_key.get_secret_value(),
        user_agent=f"ondemand-telegram-bot/{version('ondemand-telegram-bot')}",
        base_url=settings.ondemand_api_url,
        limits=replace(
            limits,
            queries_per_minute=settings.ondemand_queries_per_minute,
            uploads_per_minute=settings.ondemand_uploads_per_minute,
        ),
        clock=clock.monotonic,
        sleep=clock.sleep,
        observe=lambda outcome: metrics.ondemand_calls.labels(outcome).inc(),
    ) as client:
        metrics.watch_ondemand(lambda: client.health.away)
        yield client


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncIterator[Bot]:
    """The bot's hand on Telegram. Raises `MisconfiguredError` without a token."""
    if settings.telegram_bot_token is None:
        raise MisconfiguredError("TELEGRAM_BOT_TOKEN is missing: @BotFather gives one")
    # The library is about to give stretches of time as what they are, and warns until we agree: at
    # each 429, in the middle of its own work.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    bot = Bot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=HTTPXRequest(
            connection_pool_size=256, pool_timeout=20, read_timeout=10, connect_timeout=5
        ),
    )
    try:
        yield bot
    finally:
        await bot.shutdown()


async def run(
    settings: Settings,
    *,
    stopping: asyncio.Event,
    clock: Clock | None = None,
    limits: OnDemandLimits = OnDemandLimits(),  # noqa: B008  # A frozen value.
) -> None:
    """Run the whole bot in this process until `stopping` is set, then end what is running.

    Time is the machine's, and OnDemand is waited for as its client does, unless told otherwise.

    Raises what cannot be used at the start. Later nothing ends it: Telegram, OnDemand and the
    database may come and go.
    """
    if missing := settings.missing():
        raise MisconfiguredError(f"{' and '.join(missing)} must be set: see docs/settings.md")
    await asyncio.to_thread(migrate, settings)
    async with (
        open_house(settings, clock=clock) as house,
        open_client(settings, clock=house.clock, limits=limits, metrics=house.metrics) as client,
        open_bot(settings) as bot,
        Studio() as studio,
    ):
        await unless_set(introduce(bot, house.clock), stopping)
        if stopping.is_set():
            return
        services = build_services(house, client, bot, studio)
        talk = build_talk(house, services, bot)
        async with talk.routes, talk.dispatcher:
            tasks = [
                asyncio.create_task(talk.poller.run()),
                asyncio.create_task(wake_again_and_again(house, talk.dispatcher)),
                asyncio.create_task(tidy_again_and_again(house, services)),
            ]
            announcing = asyncio.create_task(announce_later(bot, house.clock, stopping))
            _log.info("running", extra={"bot": bot.username})
            await stopping.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await talk.dispatcher.close(grace=GRACE)
            # A call on its way is let arrive; no other is begun any more.
            await asyncio.wait({announcing}, timeout=LAST_CALLS)
            announcing.cancel()
            await asyncio.gather(announcing, return_exceptions=True)
    _log.info("ended")


async def announce_later(bot: Bot, clock: Clock, stopping: asyncio.Event) -> None:
    """Set the menus when the first rush is over: nobody has to wait for one."""
    await unless_set(clock.sleep(ANNOUNCE_AFTER), stopping)
    if not stopping.is_set():
        await announce(bot, clock, stopping=stopping)


async def wake_again_and_again(house: House, dispatcher: LocalDispatcher) -> None:
    """Wake every lane in which something waits: at the start, and each half minute.

    At the start that is what a killed process left behind. Later it is what an operator wants tried
    again, and whatever else nobody woke.
    """
    while True:
        try:
            async with house.store.read() as tx:
                dispatcher.wake(await tx.inbox.open_lanes())
        except StorageError as error:
            _log.warning("lanes not looked at", extra={"error": type(error).__name__})
        await house.clock.sleep(WAKE_EVERY)


async def tidy_again_and_again(house: House, services: Services) -> None:
    """Forget what was kept for long enough, and take back what was left behind at OnDemand."""
    await house.clock.sleep(TIDY_AFTER)
    while True:
        now = house.clock.now()
        try:
            async with house.store.begin() as tx:
                await tx.inbox.forget(before=now - KEEP_UPDATES)
                await tx.transcripts.forget(before=now - KEEP_TRANSCRIPTS)
                await tx.speech.forget(before=now - KEEP_SPEECH)
                await tx.menus.forget(before=now - KEEP_MENUS)
                await tx.usage.forget(before=day_of(now - KEEP_USAGE))
                await tx.sessions.forget(before=now - KEEP_TRYING)
                await tx.invites.forget(before=now)
            await sweep(services)
            await delete_what_is_left(services)
        except Exception as error:  # Whatever it is, it must not end this for good.
            _log.warning("not tidied", exc_info=error)
        await house.clock.sleep(TIDY_EVERY)


async def introduce(bot: Bot, clock: Clock) -> None:
    """Learn who the bot is.

    Tries until Telegram answers. Raises `MisconfiguredError` when it refuses the token.
    """
    pause = 1.0
    while True:
        try:
            await bot.initialize()
        except InvalidToken:
            raise MisconfiguredError(
                "TELEGRAM_BOT_TOKEN is refused by Telegram: @BotFather shows the right one"
            ) from None
        except TelegramError as error:
            _log.warning("telegram not reached", extra={"error": type(error).__name__})
            await clock.sleep(pause)
            pause = min(2 * pause, 30.0)
        else:
            return


@dataclass(frozen=True, slots=True)
class Talk:
    """The parts that take a message in and answer it."""

    routes: Routes
    dispatcher: LocalDispatcher
    poller: Poller


def build_services(house: House, client: OnDemandClient, bot: Bot, studio: Studio) -> Services:
    """The world of the use cases."""
    clock, settings = house.clock, house.settings
    return Services(
        surface=TelegramSurface(
            bot=bot,
            limits=Limits(clock, over_all=everywhere(settings.telegram_calls_per_second)),
            clock=clock,
        ),
        client=client,
        store=house.store,
        studio=studio,
        clock=clock,
        models=Models(client, fixed=settings.ondemand_endpoint_id),
        running=Running(),
        chosen=Chosen(house.store, clock),
        catalogue=Catalogue(client, clock=clock, named=settings.ondemand_plugin_ids),
        quotas=Quotas(
            person=Allowance(
                questions=settings.quota_questions_per_day,
                tokens=settings.quota_tokens_per_day,
                voice=settings.quota_voice_seconds_per_day,
            ),
            questions_of_all=settings.quota_bot_questions_per_day,
            admins=frozenset(settings.admin_user_ids),
        ),
        door=Door(settings.access, bot.username),
    )


def build_talk(house: House, services: Services, bot: Bot) -> Talk:
    """Wire intake, delivery and the use cases together."""
    clock, settings, store = house.clock, house.settings, house.store
    # The drain is made last: its work needs everything else.
    dispatcher = LocalDispatcher(drain=lambda lane: drain(lane), clock=clock)
    inbox = Inbox(store=store, clock=clock, metrics=house.metrics, wake=dispatcher.wake)
    access = Access(
        mode=settings.access,
        admins=settings.admin_user_ids,
        clock=clock,
        at_once=settings.rate_questions_at_once,
        seconds_per_question=settings.rate_seconds_per_question,
    )
    routes = build_routes(bot)
    router = Router(routes, Desk(services=services, access=access, inbox=inbox, me=bot.bot))
    drain = Drain(store=store, clock=clock, metrics=house.metrics, work=router.work())
    return Talk(routes, dispatcher, Poller(bot=bot, accept=inbox.accept, clock=clock))
