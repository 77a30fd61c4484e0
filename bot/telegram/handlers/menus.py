"""Menus: opened by a command, pressed, and answered in words where they ask for some."""

from typing import cast

from telegram import Message, Update, User
from telegram.ext import CallbackQueryHandler

from bot.conversation import menus
from bot.conversation.features import FEATURES
from bot.conversation.menus import PREFIX, Presser
from bot.conversation.surface import Ref
from bot.storage import JSON, Menu
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.meaning import meant_by
from bot.telegram.handlers.pressing import answer_press, message_of, wish, wish_at
from bot.telegram.handlers.saying import say_in
from bot.telegram.wishes import KINDS


def register(routes: Routes) -> None:
    """Route presses of all menus."""
    routes.add_handler(CallbackQueryHandler(pressed, pattern=f"^{PREFIX}"))


async def open_here(
    kind: str, state: JSON, update: Update, desk: Desk, *, about: Ref | None = None
) -> None:
    """Open a menu where the command or button is, for whoever gave or pressed it.

    It replies to what it is about.
    """
    message, user = update.effective_message, update.effective_user
    if message is not None and user is not None:
        who = presser_of(message, user, desk)
        turn = CURRENT.get()
        await menus.open_menu(kind, state, who, turn, desk.services, FEATURES, reply_to=about)


async def pressed(update: Update, context: Context) -> None:
    """A button of a menu."""
    query, desk = update.callback_query, desk_of(context)
    if query is None:
        return
    message = message_of(query)
    if message is None:
        await answer_press(query, "press old")
        return
    done = await menus.press(
        query.data or "",
        reading.ref_of(message),
        presser_of(message, query.from_user, desk),
        CURRENT.get(),
        desk.services,
        FEATURES,
    )
    kind = next((kind for kind in KINDS if kind == done.wish), None)
    if kind == "translate":
        told = {name: value for name, value in cast("dict[str, JSON]", done.about).items() if value}
        about = {**_replied_to(message, desk), **told}
        await wish(kind, query, update.update_id, desk, about=about)
    elif kind is not None:
        await wish(kind, query, update.update_id, desk, about=done.about)
    else:
        await answer_press(query, done.toast or None)


async def asked_by(message: Message, desk: Desk) -> Menu | None:
    """The menu that asked for the words that the message brings, if one did."""
    original = message.reply_to_message
    if original is None or not message.text or not reading.answers_to(message, desk.me):
        return None
    return await menus.asked_by(reading.ref_of(original), CURRENT.get(), desk.services)


async def tell(menu: Menu, message: Message, desk: Desk) -> None:
    """Tell a menu the words it asked for."""
    original, user, turn = message.reply_to_message, message.from_user, CURRENT.get()
    if original is None or user is None or not message.text:
        return
    who = presser_of(message, user, desk)
    done = await menus.reply(message.text, menu, who, turn, desk.services, FEATURES)
    if done.wish == "translate":
        wished = wish_at(original, "translate", user, about=done.about)
        await desk.inbox.accept([wished.arrival(turn.entry.update_id)])
    if done.toast:
        # Nobody pressed, so there is no button beside which it could pop up.
        await say_in(desk, message, done.toast)


def _replied_to(menu: Message, desk: Desk) -> dict[str, JSON]:
    """What the message is that a menu is about, where it is about one.

    Telegram tells with each press what stands there now; we keep nothing of it meanwhile.
    """
    original = reading.original_of(menu)
    return meant_by(original, desk) if original is not None else {}


def presser_of(message: Message, user: User, desk: Desk) -> Presser:
    """This person, where the message is."""
    return Presser(
        user=user.id,
        language=LANGUAGE.get(),
        address=reading.address_of(message),
        chat_kind=message.chat.type,
        told=user.language_code,
        at=desk.services.clock.now(),
        door=desk.services.door,
    )
