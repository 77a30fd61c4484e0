"""Menus: opened by a command, pressed, and answered in words where they ask for some."""

from telegram import Message, Update, User
from telegram.ext import CallbackQueryHandler

from bot.conversation import menus
from bot.conversation.features import FEATURES
from bot.conversation.menus import PREFIX, Presser
from bot.storage import JSON
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.pressing import answer_press, wish
from bot.telegram.handlers.saying import say_in
from bot.telegram.wishes import KINDS


def register(routes: Routes) -> None:
    """Route presses of all menus."""
    routes.add_handler(CallbackQueryHandler(pressed, pattern=f"^{PREFIX}"))


async def open_here(kind: str, state: JSON, update: Update, desk: Desk) -> None:
    """Open a menu where the command is, for whoever gave it."""
    message = update.effective_message
    if message is not None and message.from_user is not None:
        who = _presser(message, message.from_user, desk)
        await menus.open_menu(kind, state, who, CURRENT.get(), desk.services, FEATURES)


async def pressed(update: Update, context: Context) -> None:
    """A button of a menu."""
    query, desk = update.callback_query, desk_of(context)
    if query is None or not isinstance(query.message, Message):
        return
    done = await menus.press(
        query.data or "",
        reading.ref_of(query.message),
        _presser(query.message, query.from_user, desk),
        CURRENT.get(),
        desk.services,
        FEATURES,
    )
    kind = next((kind for kind in KINDS if kind == done.wish), None)
    if kind is not None:
        await wish(kind, query, update.update_id, desk, about=done.about)
    else:
        await answer_press(query, done.toast or None)


async def answered(message: Message, desk: Desk) -> bool:
    """Whether the message tells a menu the words it asked for; then it is done with."""
    original, user = message.reply_to_message, message.from_user
    if original is None or user is None or not message.text:
        return False
    if not reading.answers_to(message, desk.me):
        return False
    done = await menus.reply(
        message.text,
        reading.ref_of(original),
        _presser(message, user, desk),
        CURRENT.get(),
        desk.services,
        FEATURES,
    )
    if done is not None and done.toast:
        # Nobody pressed, so there is no button beside which it could pop up.
        await say_in(desk, message, done.toast)
    return done is not None


def _presser(message: Message, user: User, desk: Desk) -> Presser:
    return Presser(
        user=user.id,
        language=LANGUAGE.get(),
        address=reading.address_of(message),
        chat_kind=message.chat.type,
        told=user.language_code,
        at=desk.services.clock.now(),
    )
