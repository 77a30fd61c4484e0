"""Settings: `/settings`, a person's own in private, and those of a group in the group."""

from telegram import Update
from telegram.ext import CommandHandler

from bot.telegram.context import Context, Routes, desk_of
from bot.telegram.handlers.menus import open_here


def register(routes: Routes) -> None:
    """Route `/settings`."""
    routes.add_handler(CommandHandler("settings", show_menu))


async def show_menu(update: Update, context: Context) -> None:
    """Show what is chosen, to be changed in place."""
    message = update.effective_message
    if message is not None:
        kind = "settings" if message.chat.type == "private" else "group settings"
        await open_here(kind, {}, update, desk_of(context))
