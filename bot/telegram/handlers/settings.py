"""Settings: `/settings`, a person's own in private, and those of a group in the group."""

from telegram import Update

from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Routes, desk_of, on_command
from bot.telegram.handlers.entering import let_in
from bot.telegram.handlers.menus import open_here


def register(routes: Routes) -> None:
    """Route `/settings`."""
    on_command(routes, "settings", show_menu)


async def show_menu(update: Update, context: Context) -> None:
    """Show what is chosen, to be changed in place."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    if message.chat.type == "private":
        await open_here("settings", {}, update, desk)
        return
    # What is switched on for a group costs the operator: only whom they let in may do that.
    visitor, where = reading.visitor(message, message.from_user), reading.ref_of(message)
    turn, language = CURRENT.get(), LANGUAGE.get()
    if await let_in(visitor, turn, desk, language=language, reply_to=where, is_question=False):
        await open_here("group settings", {}, update, desk)
