"""Privacy: what is kept of a person, and a way to have it deleted."""

from telegram import Update
from telegram.ext import filters

from bot.telegram.context import Context, Routes, desk_of, on_command
from bot.telegram.handlers.menus import open_here


def register(routes: Routes) -> None:
    """Route `/privacy`."""
    on_command(routes, "privacy", show, only=filters.ChatType.PRIVATE)


async def show(update: Update, context: Context) -> None:
    """Tell what is kept."""
    await open_here("privacy", {}, update, desk_of(context))
