"""Plugins: the menu in which a person, or a group's admins, choose them, and links to one."""

from telegram import Update

from bot.conversation.plugins_menu import searching, switch_on
from bot.telegram import reading
from bot.telegram.context import CURRENT, Context, Routes, desk_of, on_command, on_link
from bot.telegram.handlers.deciding import may_decide
from bot.telegram.handlers.menus import open_here
from bot.telegram.handlers.saying import say_in

#: `https://t.me/<bot>?start=plugin_1722260873` arrives as the command `/start plugin_1722260873`.
_NAMED = "plugin_"


def register(routes: Routes) -> None:
    """Route `/plugins`, and the `/start` of a link to a plugin."""
    on_command(routes, "plugins", show_menu)
    on_link(routes, _NAMED, follow_link)


async def show_menu(update: Update, context: Context) -> None:
    """Show what there is to choose from, or what the words behind the command find."""
    message, desk = update.effective_message, desk_of(context)
    if message is None:
        return
    if await may_decide(message, desk):
        await open_here("plugins", searching(" ".join(context.args or [])), update, desk)
    else:
        await say_in(desk, message, "press admins")


async def follow_link(update: Update, context: Context) -> None:
    """Switch on the plugin that a link names, and say so."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    plugin = (context.args or [""])[0].removeprefix(_NAMED)
    who = reading.visitor(message, message.from_user)
    phrase, name = await switch_on(plugin, who, CURRENT.get(), desk.services)
    await say_in(desk, message, phrase, name=name)
