"""`/admin`, in private, for the operators; invitations; and the way out of broadcasts.

Whoever is no operator gets what an unknown command gets.
"""

import contextlib
from collections.abc import Mapping

from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import CallbackQueryHandler, filters

from bot.conversation.admin_people import Verb, decide, number_in
from bot.conversation.broadcast import NO_MORE, send_some
from bot.conversation.door import INVITED
from bot.conversation.invites import come_in
from bot.conversation.operators import gets_menu
from bot.delivery import PostponedError, Turn
from bot.storage import NO_NEWS, Transaction
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
from bot.telegram.handlers.menus import open_here
from bot.telegram.handlers.pressing import answer_press
from bot.telegram.handlers.saying import say_in
from bot.telegram.profile import set_operators_menu
from bot.telegram.wishes import Wish

#: What an operator is told when it is done.
_DECIDED: Mapping[Verb, str] = {
    "admit": "admitted",
    "dismiss": "dismissed",
    "ban": "ban done",
    "unban": "ban lifted",
}


def register(routes: Routes) -> None:
    """Route `/admin`, links that invite, and the button under broadcasts."""
    on_command(routes, "admin", admin, only=filters.ChatType.PRIVATE)
    on_link(routes, INVITED, follow_invitation)
    routes.add_handler(CallbackQueryHandler(want_no_more, pattern=f"^{NO_MORE}$"))


async def admin(update: Update, context: Context) -> None:
    """Open the menu; let a person in by their number, or out, ban them or not; or tell a turn."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    if not desk.services.door.is_operator(message.from_user.id):
        await say_in(desk, message, "unknown command")
        return
    match context.args or []:
        case ["admit" | "dismiss" | "ban" | "unban" as verb, words] if person := number_in(words):
            await _decide(verb, person, message, desk)
        case ["trace", code]:
            await open_here("admin", {"at": "trace", "code": code[:20]}, update, desk)
        case _:
            await open_here("admin", {"at": ""}, update, desk)
            await _show_command(message.from_user.id, message)


async def follow_invitation(update: Update, context: Context) -> None:
    """Let somebody in who follows a link."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    token = (context.args or [""])[0].removeprefix(INVITED)
    who = reading.visitor(message, message.from_user)
    if phrase := await come_in(token, who, CURRENT.get(), desk.services):
        await say_in(desk, message, phrase)


async def want_no_more(update: Update, context: Context) -> None:
    """The button under a broadcast: whoever pressed gets none any more."""
    query, desk = update.callback_query, desk_of(context)
    if query is None:
        return

    async def choose(tx: Transaction) -> bool:
        await tx.users.meet(query.from_user.id, language=None, at=desk.services.clock.now())
        await tx.settings.set_for_user(query.from_user.id, NO_NEWS, True)
        return True

    await CURRENT.get().step_in("no news", choose)
    await answer_press(query, "news are off")


async def send_broadcasts(wished: Wish, turn: Turn, desk: Desk) -> None:
    """Send what is to be sent, for some seconds, and go on in another attempt."""
    seconds = await send_some(desk.services)
    if seconds is not None:
        raise PostponedError(seconds, is_counted=False)


async def _decide(verb: Verb, person: int, message: Message, desk: Desk) -> None:
    async def do(tx: Transaction) -> bool:
        await decide(verb, person, tx, at=desk.services.clock.now())
        return True

    await CURRENT.get().step_in("decided", do)
    await say_in(desk, message, _DECIDED[verb], user=person)


async def _show_command(operator: int, message: Message) -> None:
    """Have `/admin` stand among the commands of this chat from now on."""
    await CURRENT.get().step_in("operator", lambda tx: gets_menu(operator, tx))
    with contextlib.suppress(TelegramError):  # The next `/admin` tries again, or the next start.
        await set_operators_menu(message.get_bot(), operator, LANGUAGE.get())
