"""What every handler finds: the parts of the house it needs, and the turn it works for."""

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

from telegram import Update, User
from telegram.ext import Application, CallbackContext, CommandHandler, filters

from bot.conversation.access import Haste
from bot.conversation.services import Services
from bot.delivery import Inbox, Turn


@dataclass(frozen=True, slots=True)
class Desk:
    """What handlers need of the house."""

    services: Services
    haste: Haste
    inbox: Inbox
    #: Who the bot is on Telegram.
    me: User


#: The turn that is being worked on. The library calls handlers in the task of the turn.
CURRENT: ContextVar[Turn] = ContextVar("turn")

#: The language of whoever is spoken to in that turn.
LANGUAGE: ContextVar[str] = ContextVar("language")

Context: TypeAlias = CallbackContext[Any, dict[Any, Any], dict[Any, Any], dict[Any, Any]]
Routes: TypeAlias = Application[Any, Context, dict[Any, Any], dict[Any, Any], dict[Any, Any], Any]

_KEY = "desk"


def give_desk(routes: Routes, desk: Desk) -> None:
    """Let every handler of these routes find what it needs."""
    routes.bot_data[_KEY] = desk


def desk_of(context: Context) -> Desk:
    """What this handler needs."""
    desk: Desk = context.bot_data[_KEY]
    return desk


def on_command(
    routes: Routes,
    name: str,
    handler: Callable[[Update, Context], Coroutine[Any, Any, None]],
    *,
    only: filters.BaseFilter = filters.ALL,
) -> None:
    """Have this command handled when it is written. It is not carried out again by an edit."""
    routes.add_handler(CommandHandler(name, handler, filters=filters.UpdateType.MESSAGE & only))


def on_link(
    routes: Routes, word: str, handler: Callable[[Update, Context], Coroutine[Any, Any, None]]
) -> None:
    """Have links of the form `?start=word…` handled, which arrive in private as `/start word…`.

    `word` is a regular expression.
    """
    linked = filters.ChatType.PRIVATE & filters.Regex(rf"^/start\S*\s+{word}")
    on_command(routes, "start", handler, only=linked)
