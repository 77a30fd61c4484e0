"""What people see of the bot before they write to it: its menu, and what it says of itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from bot.clock import Clock
from bot.conversation.operators import (
    former_operators,
    gets_menu,
    known_operators,
    lost_menu,
)
from bot.conversation.phrases import LANGUAGES, say
from bot.conversation.services import Services
from bot.conversation.surface import BarredError, RefusedError
from bot.storage import StorageError
from bot.telegram.commands import shown
from bot.telegram.failures import translate
from bot.telegram.polling import pause_after
from bot.waiting import unless_set

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How often each call is made when it fails.
_ATTEMPTS = 4

#: Calls under way at once. There are some fifty, and answers are more urgent than any of them.
_AT_ONCE = 4

#: Seconds. A longer penalty is not waited out: the next start brings the rest.
_LONGEST_PAUSE = 60.0


async def announce(bot: Bot, clock: Clock, *, stopping: asyncio.Event) -> None:
    """Set the menus in every language, and what the bot says of itself where the operator has not.

    Begins no further call once `stopping` is set. Raises nothing: what Telegram does not take is
    logged, and left to the next start.
    """
    calls = _Calls(clock, stopping)
    await asyncio.gather(
        *(
            _set_menu(bot, calls, language, is_group=is_group)
            for language in LANGUAGES
            for is_group in (False, True)
        ),
        _describe(bot, calls),
        _describe_shortly(bot, calls),
    )
    if calls.failed:
        log.warning("not announced", extra={"calls": sorted(calls.failed)})


async def announce_to_operators(bot: Bot, services: Services, *, stopping: asyncio.Event) -> None:
    """Renew the menu in the chats of operators, and take it from whoever is none any more.

    Those who never wrote have no chat yet: their first `/admin` sets it. Raises nothing, as
    `announce` does.
    """
    calls = _Calls(services.clock, stopping)
    try:
        for user, language in (await known_operators(services)).items():
            async with services.store.begin() as tx:
                await gets_menu(user, tx)
            await calls.make("setMyCommands", partial(set_operators_menu, bot, user, language))
        for user in await former_operators(services):
            scope = BotCommandScopeChat(user)
            if await calls.make("deleteMyCommands", partial(bot.delete_my_commands, scope)):
                async with services.store.begin() as tx:
                    await lost_menu(user, tx)
    except StorageError as error:
        calls.failed.add(f"storage: {type(error).__name__}")
    if calls.failed:
        log.warning("not announced to operators", extra={"calls": sorted(calls.failed)})


async def set_operators_menu(bot: Bot, user: int, language: str) -> bool:
    """Have `/admin` stand among the commands of this person's chat, and of no other."""
    menu = [
        BotCommand(command.name, command.description(language))
        for command in shown(is_group=False, to_operator=True)
    ]
    return await bot.set_my_commands(menu, scope=BotCommandScopeChat(user))


class _Calls:
    """Makes calls, a few at once, and again where that may help."""

    def __init__(self, clock: Clock, stopping: asyncio.Event) -> None:
        self._clock = clock
        self._stopping = stopping
        self._turns = asyncio.Semaphore(_AT_ONCE)
        #: What was given up, and why.
        self.failed: set[str] = set()

    async def make(self, name: str, call: Callable[[], Awaitable[T]]) -> T | None:
        """What came of a call, or `None` when it was given up. All of them may be made twice."""
        async with self._turns:
            attempt = 0
            while not self._stopping.is_set():
                attempt += 1
                try:
                    return await call()
                except Exception as error:  # Also what the library trips over.
                    is_refused = isinstance(translate(error), RefusedError | BarredError)
                    pause = pause_after(error, attempt)
                    if is_refused or attempt >= _ATTEMPTS or pause > _LONGEST_PAUSE:
                        self.failed.add(f"{name}: {type(error).__name__}")
                        return None
                await unless_set(self._clock.sleep(pause), self._stopping)
        return None


async def _set_menu(bot: Bot, calls: _Calls, language: str, *, is_group: bool) -> None:
    scope = BotCommandScopeAllGroupChats() if is_group else BotCommandScopeAllPrivateChats()
    menu = [
        BotCommand(command.name, command.description(language))
        for command in shown(is_group=is_group)
    ]
    await calls.make(
        "setMyCommands",
        lambda: bot.set_my_commands(menu, scope=scope, language_code=_code(language)),
    )


async def _describe(bot: Bot, calls: _Calls) -> None:
    """What stands in an empty chat with the bot."""

    async def read(code: str | None) -> str:
        return (await bot.get_my_description(code)).description

    async def write(text: str, code: str | None) -> bool:
        return await bot.set_my_description(text, code)

    await _write_where_empty("about", "Description", calls, read, write)


async def _describe_shortly(bot: Bot, calls: _Calls) -> None:
    """What stands in the bot's profile, and under a link to it."""

    async def read(code: str | None) -> str:
        return (await bot.get_my_short_description(code)).short_description

    async def write(text: str, code: str | None) -> bool:
        return await bot.set_my_short_description(text, code)

    await _write_where_empty("about short", "ShortDescription", calls, read, write)


async def _write_where_empty(
    phrase: str,
    name: str,
    calls: _Calls,
    read: Callable[[str | None], Awaitable[str]],
    write: Callable[[str, str | None], Awaitable[bool]],
) -> None:
    """Write a text in every language, unless the operator wrote one with @BotFather.

    A text of ours that a release has changed is no longer known as ours and stays as it is.
    """
    ours = {"", *(say(phrase, language) for language in LANGUAGES)}

    async def settle(language: str) -> bool:
        """Whether there is no text of the operator's."""
        text, code = say(phrase, language), _code(language)
        found = await calls.make(f"getMy{name}", lambda: read(code))
        if found is None or found not in ours:
            return False
        if found != text:
            await calls.make(f"setMy{name}", lambda: write(text, code))
        return True

    # The text for everybody first: where it is the operator's, none of ours stands beside it.
    if await settle(LANGUAGES[0]):
        await asyncio.gather(*map(settle, LANGUAGES[1:]))


def _code(language: str) -> str | None:
    """Under which code Telegram keeps it. English is for everybody who has nothing closer."""
    return None if language == LANGUAGES[0] else language
