"""Usage: what a person, or a group, used and has left."""

from telegram import Update

from bot.conversation.usage_report import report
from bot.telegram import reading
from bot.telegram.context import LANGUAGE, Context, Routes, desk_of, on_command
from bot.telegram.handlers.saying import say_at


def register(routes: Routes) -> None:
    """Route `/usage`."""
    on_command(routes, "usage", show)


async def show(update: Update, context: Context) -> None:
    """Tell the person in private what they used, and a group what all of it used."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    address = reading.address_of(message)
    words = await report(message.from_user.id, address, LANGUAGE.get(), desk.services)
    reply_to = reading.ref_of(message) if address.is_group else None
    await say_at(desk, address, words, reply_to=reply_to)
