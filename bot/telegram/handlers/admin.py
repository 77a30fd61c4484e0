"""`/admin`, in private, for the operators; invitations; and the way out of broadcasts.

Whoever is no operator gets what an unknown command gets.
"""

import contextlib

from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.conversation.broadcast import NO_MORE, send_some
from bot.conversation.door import INVITED
from bot.conversation.invites import come_in
from bot.conversation.operators import gets_menu
from bot.delivery import PostponedError, Turn
from bot.storage import NO_NEWS, Transaction
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.menus import open_here
from bot.telegram.handlers.pressing import answer_press
from bot.telegram.handlers.saying import say_in
from bot.telegram.profile import set_operators_menu
from bot.telegram.wishes import Wish


def register(routes: Routes) -> None:
    """Route `/admin`, links that invite, and the button under broadcasts."""
    private = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
    routes.add_handler(CommandHandler("admin", admin, filters=private))
    linked = private & filters.Regex(rf"^/start\S*\s+{INVITED}")
    routes.add_handler(CommandHandler("start", follow_invitation, filters=linked))
    routes.add_handler(CallbackQueryHandler(want_no_more, pattern=f"^{NO_MORE}$"))


async def admin(update: Update, context: Context) -> None:
    """Open the menu; let a person in by their number, or out again; or tell a turn."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    if not desk.access.is_admin(message.from_user.id):
        await say_in(desk, message, "unknown command")
        return
    match context.args or []:
        case ["admit" | "dismiss" as verb, number] if number.isdecimal() and len(number) <= 15:
            await _decide(int(number), message, desk, is_in=verb == "admit")
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
    await say_in(desk, message, await come_in(token, who, CURRENT.get(), desk.services))


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


async def _decide(person: int, message: Message, desk: Desk, *, is_in: bool) -> None:
    async def decide(tx: Transaction) -> bool:
        await tx.users.meet(person, language=None, at=desk.services.clock.now())
        await tx.settings.set_for_user(person, "admitted", True if is_in else None)
        return is_in

    await CURRENT.get().step_in("decided", decide)
    await say_in(desk, message, "admitted" if is_in else "dismissed", user=person)


async def _show_command(operator: int, message: Message) -> None:
    """Have `/admin` stand among the commands of this chat from now on."""
    await CURRENT.get().step_in("operator", lambda tx: gets_menu(operator, tx))
    with contextlib.suppress(TelegramError):  # The next `/admin` tries again, or the next start.
        await set_operators_menu(message.get_bot(), operator, LANGUAGE.get())
