"""The operator's own command, in private: who may use the bot."""

from telegram import Update
from telegram.ext import CommandHandler, filters

from bot.storage import Transaction
from bot.telegram.context import CURRENT, Context, Routes, desk_of
from bot.telegram.handlers.saying import say_in


def register(routes: Routes) -> None:
    """Route `/admin`, which is answered in private chats only."""
    routes.add_handler(CommandHandler("admin", admin, filters=filters.ChatType.PRIVATE))


async def admin(update: Update, context: Context) -> None:
    """Let a person in by their number, or out again."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    if not desk.access.is_admin(message.from_user.id):
        await say_in(desk, message, "admins only")
        return
    verb, _, number = " ".join(context.args or []).partition(" ")
    if verb not in {"admit", "dismiss"} or not number.isdecimal() or len(number) > 15:
        await say_in(desk, message, "admin usage")
        return
    person, is_in = int(number), verb == "admit"

    async def decide(tx: Transaction) -> bool:
        await tx.users.meet(person, language=None, at=desk.services.clock.now())
        await tx.settings.set_for_user(person, "admitted", True if is_in else None)
        return is_in

    await CURRENT.get().step_in("decided", decide)
    await say_in(desk, message, "admitted" if is_in else "dismissed", user=person)
