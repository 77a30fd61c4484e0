"""Commands and buttons: they never wait behind an answer."""

from telegram import Message, Update
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot.conversation.chats import open_new
from bot.conversation.turns import BY_THE_PERSON
from bot.telegram import reading
from bot.telegram.commands import listed
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.pressing import answer_press, own_answer_above, wish
from bot.telegram.handlers.saying import say_in


def register(routes: Routes) -> None:
    """Route commands and presses."""
    for name, handler in (("start", start), ("help", show_help), ("new", new), ("stop", stop)):
        routes.add_handler(CommandHandler(name, handler))
    routes.add_handler(CallbackQueryHandler(press_stop, pattern="^stop$"))
    routes.add_handler(CallbackQueryHandler(press_again, pattern="^again$"))
    routes.add_handler(CallbackQueryHandler(press_unknown))


async def start(update: Update, context: Context) -> None:
    """Say hello."""
    if update.effective_message is not None:
        await say_in(desk_of(context), update.effective_message, "start")


async def show_help(update: Update, context: Context) -> None:
    """Tell what the bot can do here."""
    message = update.effective_message
    if message is not None:
        commands = listed(LANGUAGE.get(), is_group=message.chat.type != "private")
        await say_in(desk_of(context), message, "help", commands=commands)


async def new(update: Update, context: Context) -> None:
    """Open a fresh conversation; the old one is kept."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    await open_new(
        reading.address_of(message),
        message.chat.type,
        message.from_user.id,
        CURRENT.get(),
        desk.services,
    )
    await say_in(desk, message, "new")


async def stop(update: Update, context: Context) -> None:
    """End the answer that grows here, if the person who asked for it says so."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    if phrase := _stop(desk, message, message.from_user.id):
        await say_in(desk, message, phrase)


async def press_stop(update: Update, context: Context) -> None:
    """The button under an answer that grows."""
    query, desk = update.callback_query, desk_of(context)
    if query is None or not isinstance(query.message, Message):
        return
    phrase = _stop(desk, query.message, query.from_user.id)
    await answer_press(query, phrase)


async def press_again(update: Update, context: Context) -> None:
    """The button under an answer: have it made anew, after what already waits."""
    query, desk = update.callback_query, desk_of(context)
    if query is not None and await own_answer_above(query, desk) is not None:
        await wish("again", query, update.update_id, desk)


async def press_unknown(update: Update, context: Context) -> None:
    """A button of another time, or one that nobody of ours made."""
    if update.callback_query is not None:
        await answer_press(update.callback_query, "press old")


def _stop(desk: Desk, message: Message, person: int) -> str | None:
    """Stop what grows where this message is; otherwise the phrase that says why not."""
    making = desk.services.running.at(reading.address_of(message))
    if making is None or not making.may_stop:
        return "stop nothing"
    if making.speaker != person:
        return "press foreign"
    making.turn.stop(BY_THE_PERSON)
    return None
