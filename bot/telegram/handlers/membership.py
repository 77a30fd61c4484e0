"""What becomes of a chat: a group that becomes a supergroup goes on under another number.

Telegram says so in the old chat, in the new one, and to whoever speaks in the old one; in any
order, and not each of them for certain. Whatever comes first moves all we have.
"""

from telegram import Update
from telegram.ext import MessageHandler, filters

from bot.conversation.chats import move
from bot.telegram.context import Context, Routes, desk_of


def register(routes: Routes) -> None:
    """Route what Telegram says about a chat."""
    routes.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, moved))


async def moved(update: Update, context: Context) -> None:
    """Move all we have of the group to where it is now."""
    message = update.effective_message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    await move(old, new, desk_of(context).services)
