"""Privacy: what is kept of a person, and a way to have it deleted."""

from telegram import Update
from telegram.ext import CommandHandler, filters

from bot.telegram.context import Context, Routes, desk_of
from bot.telegram.handlers.menus import open_here


def register(routes: Routes) -> None:
    """Route `/privacy`."""
    routes.add_handler(CommandHandler("privacy", show, filters=filters.ChatType.PRIVATE))


async def show(update: Update, context: Context) -> None:
    """Tell what is kept."""
    await open_here("privacy", {}, update, desk_of(context))
