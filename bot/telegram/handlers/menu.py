"""Commands and buttons: they never wait behind an answer."""

import json

from telegram import CallbackQuery, Message, Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot.conversation.chats import answer_shown_by, open_new
from bot.conversation.phrases import say
from bot.conversation.turns import BY_THE_PERSON
from bot.storage import Answer, Arrival
from bot.telegram import reading
from bot.telegram.commands import listed
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.failures import translate
from bot.telegram.handlers.saying import say_in
from bot.telegram.intake import talk_lane

#: How often, and after how many seconds each, an answer is looked for that is just being made.
_LOOKS = 10
_LOOK_PAUSE = 0.2


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
    if message is None:
        return
    await open_new(reading.address_of(message), message.chat.type, CURRENT.get(), desk.services)
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
    await _answer_press(query, phrase)


async def press_again(update: Update, context: Context) -> None:
    """The button under an answer: have it made anew, after what already waits."""
    query, desk = update.callback_query, desk_of(context)
    if query is None or not isinstance(query.message, Message):
        return
    message = query.message
    before = await _answer_shown_by(message, desk)
    if before is None:
        await _answer_press(query, "press old")
    elif before.asker_id != query.from_user.id:
        await _answer_press(query, "press foreign")
    else:
        address = reading.address_of(message)
        wish = {
            "chat": address.chat,
            "topic": address.topic,
            "is_group": address.is_group,
            "message": message.message_id,
            "name": query.from_user.full_name,
            "language": LANGUAGE.get(),
        }
        # An arrival of our own. Telegram's numbers are positive, so this one is free, and the same
        # press accepted twice is still one wish.
        number = -update.update_id
        lane = talk_lane(address.chat, address.topic or 0)
        await desk.inbox.accept([Arrival(number, lane, "again", json.dumps({"again": wish}))])
        await _answer_press(query, None)


async def _answer_shown_by(message: Message, desk: Desk) -> Answer | None:
    """The answer under which a button was pressed.

    The button is there a moment before the answer is kept, and some people are quick.
    """
    services, address = desk.services, reading.address_of(message)
    for _ in range(_LOOKS):
        is_being_made = services.running.at(address) is not None
        found = await answer_shown_by(reading.ref_of(message), services)
        if found is not None or not is_being_made:
            return found
        await services.clock.sleep(_LOOK_PAUSE)
    return None


async def press_unknown(update: Update, context: Context) -> None:
    """A button of another time, or one that nobody of ours made."""
    if update.callback_query is not None:
        await _answer_press(update.callback_query, "press old")


def _stop(desk: Desk, message: Message, person: int) -> str | None:
    """Stop what grows where this message is; otherwise the phrase that says why not."""
    running = desk.services.running.at(reading.address_of(message))
    if running is None:
        return "stop nothing"
    said, turn = running
    if said.speaker != person:
        return "press foreign"
    turn.stop(BY_THE_PERSON)
    return None


async def _answer_press(query: CallbackQuery, phrase: str | None) -> None:
    """End the waiting sign on the button, with a word if there is one to say."""
    try:
        await query.answer(phrase and say(phrase, LANGUAGE.get()))
    except BadRequest:
        return  # The press is older than Telegram remembers; the person has long gone on.
    except TelegramError as error:
        raise translate(error) from error
