"""Commands and buttons: they never wait behind an answer."""

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.conversation.chats import open_new
from bot.conversation.surface import Address
from bot.conversation.turns import BY_THE_PERSON
from bot.telegram import reading
from bot.telegram.commands import listed
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of, on_command
from bot.telegram.handlers.membership import started
from bot.telegram.handlers.pressing import answer_press, message_of, own_answer_above, wish
from bot.telegram.handlers.saying import say_in

_STOPPED = "stopped_message_generation"


def register(routes: Routes) -> None:
    """Route commands and presses."""
    for name, handler in (("start", start), ("help", show_help), ("new", new), ("stop", stop)):
        on_command(routes, name, handler)
    routes.add_handler(CallbackQueryHandler(press_stop, pattern="^stop$"))
    routes.add_handler(CallbackQueryHandler(press_again, pattern="^again$"))
    routes.add_handler(CallbackQueryHandler(press_unknown))
    routes.add_handler(_StoppedDraft(stop_draft))


async def start(update: Update, context: Context) -> None:
    """Say hello."""
    message, desk = update.effective_message, desk_of(context)
    if message is not None and message.chat.type != "private":
        await started(message, desk)
    elif message is not None:
        await say_in(desk, message, "start")


async def show_help(update: Update, context: Context) -> None:
    """Tell what the bot can do here."""
    message = update.effective_message
    if message is not None:
        desk, is_group = desk_of(context), message.chat.type != "private"
        user = message.from_user
        is_operator = user is not None and not is_group and desk.access.is_admin(user.id)
        commands = listed(LANGUAGE.get(), is_group=is_group, to_operator=is_operator)
        await say_in(desk, message, "help", commands=commands)


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
    if phrase := await _stop(desk, reading.address_of(message), message.from_user.id):
        await say_in(desk, message, phrase)


async def press_stop(update: Update, context: Context) -> None:
    """The button under an answer that grows."""
    query, desk = update.callback_query, desk_of(context)
    if query is None:
        return
    message = message_of(query)
    if message is None:
        await answer_press(query, "press old")
        return
    phrase = await _stop(desk, reading.address_of(message), query.from_user.id)
    await answer_press(query, phrase)


async def stop_draft(update: Update, context: Context) -> None:
    """The Stop that Telegram itself shows at a draft, in private only."""
    body = update.api_kwargs[_STOPPED]
    person = body["chat"]["id"]
    await _stop(desk_of(context), Address(person, body.get("message_thread_id")), person)


async def press_again(update: Update, context: Context) -> None:
    """The button under an answer: have it made anew, after what already waits."""
    query, desk = update.callback_query, desk_of(context)
    if query is not None and await own_answer_above(query, desk) is not None:
        await wish("again", query, update.update_id, desk)


async def press_unknown(update: Update, context: Context) -> None:
    """A button of another time, or one that nobody of ours made."""
    if update.callback_query is not None:
        await answer_press(update.callback_query, "press old")


class _StoppedDraft(BaseHandler[Update, Context, None]):
    """Takes a kind of update that the library has no name for yet."""

    def check_update(self, update: object) -> bool:
        """Whether it is one."""
        return isinstance(update, Update) and isinstance(update.api_kwargs.get(_STOPPED), dict)


async def _stop(desk: Desk, address: Address, person: int) -> str | None:
    """Stop what grows here; otherwise the phrase that says why not."""
    running = desk.services.running
    made = await running.look(address)
    if made is None or not made.may_stop:
        return "stop nothing"
    if made.speaker != person:
        return "press foreign"
    await running.stop(address, made, BY_THE_PERSON)
    return None
