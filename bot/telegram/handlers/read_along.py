"""The button that everybody may press, each for themselves; and `/mylanguage`: what one reads."""

from typing import cast

from telegram import Message, Update
from telegram.ext import CallbackQueryHandler

from bot.conversation.access import Refusal, Visitor, enter
from bot.conversation.phrases import say
from bot.conversation.read_along import BUTTON, Meant, bring, originals_of, read_to
from bot.conversation.translate import Reader
from bot.storage import JSON
from bot.telegram import reading
from bot.telegram.context import (
    CURRENT,
    LANGUAGE,
    Context,
    Desk,
    Routes,
    desk_of,
    on_command,
    on_link,
)
from bot.telegram.handlers.meaning import usual_tongue
from bot.telegram.handlers.menus import open_here
from bot.telegram.handlers.pressing import answer_in, answer_press, end_press, message_of, wish


def register(routes: Routes) -> None:
    """Route the button, the `/start` of links it leads to, and `/mylanguage`."""
    on_link(routes, "t[mp]_", follow_link)
    on_command(routes, "mylanguage", show_menu)
    routes.add_handler(CallbackQueryHandler(pressed, pattern=f"^{BUTTON}$"))


async def show_menu(update: Update, context: Context) -> None:
    """Show what the person reads, to be changed in place."""
    await open_here("reads", {}, update, desk_of(context))


async def follow_link(update: Update, context: Context) -> None:
    """Bring the translation that was too long for a pop-up."""
    message, desk = update.effective_message, desk_of(context)
    if message is not None:
        address = reading.address_of(message)
        start = reading.argument_of(message)
        await bring(start, address, CURRENT.get(), desk.services, LANGUAGE.get())


async def pressed(update: Update, context: Context) -> None:
    """The button: in a group for whoever presses it alone, in private as a message."""
    query, desk = update.callback_query, desk_of(context)
    if query is None:
        return
    message, user, services = message_of(query), query.from_user, desk.services
    if message is None:
        await answer_press(query, "press old")
        return
    address, turn = reading.address_of(message), CURRENT.get()
    visitor = Visitor(user.id, user.language_code, address, message.chat.type)
    entered = await enter(visitor, desk.haste, turn, services, is_question=False)
    if isinstance(entered, Refusal):
        await end_press(query, say(entered.phrase, LANGUAGE.get(), **entered.values))
        return
    meant = await _above(message, desk)
    if address.is_group:
        mine = (await services.chosen.of(user.id)).tongue(user.language_code)
        reader = Reader(user.id, address.group)
        shown = await read_to(
            meant,
            mine,
            reader,
            turn,
            services,
            language=LANGUAGE.get(),
            at=address,
            press=query.id,
        )
        url = f"https://t.me/{desk.me.username}?start={shown.start}" if shown.start else None
        await end_press(query, shown.toast or None, is_read=True, url=url)
    elif meant is None:
        await answer_press(query, "press old")
    elif to := await usual_tongue(meant.text, visitor, desk):
        about: JSON = {"to": to, "answer": message.message_id, "is_below": True}
        await wish("translate", query, update.update_id, desk, about=about)
    else:
        await open_here("translate", {}, update, desk, about=reading.ref_of(message))
        await answer_press(query)


async def _above(message: Message, desk: Desk) -> Meant | None:
    """What the button is about: the answer above it, or what the message above replies to."""
    answer = await answer_in(message, desk)
    if answer is not None:
        return Meant(answer.answer, is_markdown=True)
    several = await originals_of([message.message_id], message.chat_id, desk.services)
    original = reading.original_of(message)
    if several is None and original is None:
        return None
    return Meant(several or reading.words_of(cast("Message", original)))
