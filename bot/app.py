"""The builder: the only file that knows everybody.

It reads what the operator decided, makes every part, hands each the others it needs, and closes
them in reverse order.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.audio import Studio
from bot.clock import Clock
from bot.conversation.access import Haste
from bot.conversation.chosen import Chosen
from bot.conversation.door import Door
from bot.conversation.models import Models
from bot.conversation.peers import Nobody
from bot.conversation.peers import Peers as SomePeers
from bot.conversation.plugins import Catalogue
from bot.conversation.quotas import Quotas
from bot.conversation.services import Services
from bot.conversation.turns import Running
from bot.delivery import Drain, Inbox, LocalDispatcher, Peers
from bot.doorway import Doorway, open_door
from bot.house import House, find_cipher, migrate, open_bot, open_client, open_house
from bot.ondemand import Limits as OnDemandLimits
from bot.ondemand import OnDemandClient
from bot.settings import Settings
from bot.storage import (
    Allowance,
    MisconfiguredError,
    conninfo,
    is_sqlite,
    parse,
)
from bot.telegram.context import Desk, Routes
from bot.telegram.hook import Hook
from bot.telegram.limits import Limits, everywhere
from bot.telegram.polling import Poller
from bot.telegram.profile import announce, announce_to_operators
from bot.telegram.routing import Router, build_routes
from bot.telegram.surface import TelegramSurface
from bot.upkeep import TIDY_CRON, tidy, tidy_again_and_again, wake_again_and_again
from bot.waiting import unless_set
from bot.web import webhook_path

_log = logging.getLogger(__name__)

#: Seconds that running answers get to finish when the bot is told to end.
GRACE = 20.0

#: Seconds that calls about the bot itself get to arrive then.
LAST_CALLS = 2.0

#: Seconds from the start to the menus being set, which takes some fifty calls.
ANNOUNCE_AFTER = 2.0


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
    require_to_run(settings)
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
        services = build_services(
            house, client, bot, studio, pace=build_pace(house), peers=Nobody()
        )
        # What is made last is needed first: the drain does what the routes say.
        dispatcher = LocalDispatcher(drain=lambda lane: talk.drain(lane), clock=house.clock)
        inbox = Inbox(
            store=house.store, clock=house.clock, metrics=house.metrics, wake=dispatcher.wake
        )
        talk = build_talk(house, services, bot, inbox)
        source = build_source(house, bot, inbox)
        async with talk.routes, dispatcher:
            async with open_door(door_of(house, source, client), accept=inbox.accept):
                tasks = [
                    asyncio.create_task(source.run()),
                    asyncio.create_task(wake_again_and_again(house, dispatcher)),
                    asyncio.create_task(tidy_again_and_again(house, services)),
                ]
                announcing = asyncio.create_task(announce_later(bot, services, stopping))
                _log.info("running", extra={"bot": bot.username})
                await stopping.wait()
                await end(tasks)
            talk.drain.end()
            await dispatcher.close(grace=GRACE)
            # A call on its way is let arrive; no other is begun any more.
            await asyncio.wait({announcing}, timeout=LAST_CALLS)
            await end([announcing])
    _log.info("ended")


async def web(settings: Settings, *, stopping: asyncio.Event, clock: Clock | None = None) -> None:
    """Take updates in through the webhook, for workers elsewhere, until `stopping` is set.

    Raises what cannot be used at the start.
    """
    from bot.delivery import postgres  # It is not needed, and takes time to load, in `run`.

    require_to_run(settings)
    if not settings.webhook_url:
        raise MisconfiguredError("WEBHOOK_URL must be set for `web`: see docs/settings.md")
    require_shared(settings)
    await asyncio.to_thread(migrate, settings)
    async with open_house(settings, clock=clock) as house, open_bot(settings) as bot:
        inbox = Inbox(
            store=house.store, clock=house.clock, metrics=house.metrics, defer=postgres.defer
        )
        source = build_source(house, bot, inbox)
        async with open_door(door_of(house, source), accept=inbox.accept):
            tasks = [asyncio.create_task(source.run())]
            _log.info("running")
            await stopping.wait()
            await end(tasks)
    _log.info("ended")


def require_to_run(settings: Settings) -> None:
    """Raise `MisconfiguredError` where something is missing without which no part can run."""
    if missing := settings.missing():
        raise MisconfiguredError(f"{' and '.join(missing)} must be set: see docs/settings.md")


def require_shared(settings: Settings) -> None:
    """Raise `MisconfiguredError` where other processes cannot share the database, or the key to it.

    One process makes a key for itself; several would each make another.
    """
    if is_sqlite(parse(settings.database_url.get_secret_value())):
        raise MisconfiguredError(
            "DATABASE_URL must be a PostgreSQL for several processes; "
            "on SQLite `ondemand-bot run` does everything in one"
        )
    if find_cipher(settings) is None:
        raise MisconfiguredError(
            "DATA_KEY must be set for several processes, to the same for all: see docs/settings.md"
        )


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel these, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def door_of(
    house: House,
    source: Poller | Hook | None,
    client: OnDemandClient | None = None,
    *,
    is_one_of_many: bool = False,
) -> Doorway:
    """Where the door is, and what can be seen through it."""
    settings = house.settings
    host, secret = settings.listen_address, settings.webhook_secret
    if host is None:
        # A proxy stands before the webhook; what only an operator looks at is nobody else's.
        host = "0.0.0.0" if isinstance(source, Hook) else "127.0.0.1"  # noqa: S104
    return Doorway(
        host=host,
        port=settings.port,
        secret=secret.get_secret_value() if secret else None,
        source=source,
        store=house.store,
        clock=house.clock,
        metrics=house.metrics,
        is_one_of_many=is_one_of_many,
        assistant=(lambda: client.health.away) if client else None,
    )


def hook_url(settings: Settings) -> str | None:
    """The whole address that Telegram is to call; `None` where the bot polls."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return None
    return settings.webhook_url + webhook_path(settings.webhook_secret.get_secret_value())


def build_source(house: House, bot: Bot, inbox: Inbox) -> Poller | Hook:
    """Where updates come from: the webhook where there is one, else polls."""
    secret, url = house.settings.webhook_secret, hook_url(house.settings)
    if secret and url:
        return Hook(bot=bot, url=url, secret=secret.get_secret_value(), clock=house.clock)
    return Poller(bot=bot, accept=inbox.accept, clock=house.clock)


async def work(
    settings: Settings,
    *,
    stopping: asyncio.Event,
    clock: Clock | None = None,
    limits: OnDemandLimits = OnDemandLimits(),  # noqa: B008  # A frozen value.
) -> None:
    """Be one of several processes that answer, until `stopping` is set.

    All of them share one PostgreSQL database, which is migrated. One of them polls, where there is
    no webhook. Turns that cannot be finished in time are handed over to the others.

    Raises what cannot be used at the start. Later nothing ends it.
    """
    from bot.delivery import postgres  # They are not needed, and take time to load, in `run`.
    from bot.storage.election import lead

    require_to_run(settings)
    require_shared(settings)
    url = parse(settings.database_url.get_secret_value())
    async with (
        open_house(settings, clock=clock) as house,
        open_client(settings, clock=house.clock, limits=limits, metrics=house.metrics) as client,
        open_bot(settings) as bot,
        Studio() as studio,
        open_peers(house) as peers,
    ):
        await unless_set(introduce(bot, house.clock), stopping)
        if stopping.is_set():
            return
        lease = postgres.Lease()
        pace = build_pace(house, may_speak=lease.is_valid)
        services = build_services(house, client, bot, studio, pace=pace, peers=peers)
        inbox = Inbox(
            store=house.store, clock=house.clock, metrics=house.metrics, defer=postgres.defer
        )
        talk = build_talk(house, services, bot, inbox)

        def on_crew(workers: int) -> None:
            pace.share(workers)
            client.share(workers)

        dispatcher = postgres.PostgresDispatcher(
            conninfo=conninfo(url, name="ondemand-bot jobs"),
            store=house.store,
            drain=talk.drain,
            clock=house.clock,
            lease=lease,
            errands={"tidy": postgres.Errand(TIDY_CRON, lambda: tidy(house, services))},
            on_crew=on_crew,
        )

        poller = None  # The webhook is looked after by those whom Telegram calls.
        if settings.webhook_url is None:
            poller = Poller(bot=bot, accept=inbox.accept, clock=house.clock)

        async def be_the_one() -> None:
            """What one process does for all."""
            announcing = asyncio.create_task(announce_later(bot, services, stopping))
            try:
                await (poller.run() if poller is not None else stopping.wait())
            finally:
                await end([announcing])

        door = door_of(house, poller, client, is_one_of_many=True)
        async with talk.routes, dispatcher, open_door(door, accept=inbox.accept):
            leading = asyncio.create_task(lead(url, "poller", be_the_one))
            _log.info("working", extra={"bot": bot.username})
            await stopping.wait()
            await end([leading])
            talk.drain.end()
            await dispatcher.close(grace=GRACE)
    _log.info("ended")


@asynccontextmanager
async def open_peers(house: House) -> AsyncIterator[Peers]:
    """The other processes on the same database."""
    from bot.storage.signals import listening, send

    url = parse(house.settings.database_url.get_secret_value())

    async def say(word: str) -> None:
        async with house.store.begin() as tx:
            await send(tx, word)

    async with Peers(send=say, listening=lambda: listening(url)) as peers:
        yield peers


async def announce_later(bot: Bot, services: Services, stopping: asyncio.Event) -> None:
    """Set the menus when the first rush is over: nobody has to wait for one."""
    await unless_set(services.clock.sleep(ANNOUNCE_AFTER), stopping)
    if not stopping.is_set():
        await announce_to_operators(bot, services, stopping=stopping)
        await announce(bot, services.clock, stopping=stopping)


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


def build_pace(house: House, *, may_speak: Callable[[], bool] = lambda: True) -> Limits:
    """How fast this process may call Telegram, and whether at all."""
    over_all = everywhere(house.settings.telegram_calls_per_second)
    return Limits(house.clock, over_all=over_all, may_speak=may_speak)


def build_services(
    house: House,
    client: OnDemandClient,
    bot: Bot,
    studio: Studio,
    *,
    pace: Limits,
    peers: SomePeers,
) -> Services:
    """The world of the use cases."""
    clock, settings = house.clock, house.settings
    return Services(
        surface=TelegramSurface(bot=bot, limits=pace, clock=clock),
        client=client,
        store=house.store,
        studio=studio,
        clock=clock,
        models=Models(client, fixed=settings.ondemand_endpoint_id),
        running=Running(peers),
        chosen=Chosen(house.store, clock, peers),
        catalogue=Catalogue(client, clock=clock, named=settings.ondemand_plugin_ids),
        quotas=Quotas(
            person=Allowance(
                questions=settings.quota_questions_per_day,
                tokens=settings.quota_tokens_per_day,
                voice=settings.quota_voice_seconds_per_day,
                translations=settings.quota_translations_per_day,
            ),
            questions_of_all=settings.quota_bot_questions_per_day,
        ),
        door=Door(settings.access, frozenset(settings.admin_user_ids), bot.username),
    )


@dataclass(frozen=True, slots=True)
class Talk:
    """The parts that answer what was taken in."""

    routes: Routes
    drain: Drain


def build_talk(house: House, services: Services, bot: Bot, inbox: Inbox) -> Talk:
    """Wire delivery and the use cases together; they accept wishes of their own into `inbox`."""
    clock, settings = house.clock, house.settings
    haste = Haste(
        clock=clock,
        at_once=settings.rate_questions_at_once,
        seconds_per_question=settings.rate_seconds_per_question,
    )
    routes = build_routes(bot)
    router = Router(routes, Desk(services=services, haste=haste, inbox=inbox, me=bot.bot))
    drain = Drain(store=house.store, clock=clock, metrics=house.metrics, work=router.work())
    return Talk(routes, drain)
