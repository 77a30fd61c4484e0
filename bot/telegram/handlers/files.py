"""Files: documents, pictures and films that somebody sends, alone or as an album."""

from telegram import Update
from telegram.ext import MessageHandler, filters

from bot.telegram import reading
from bot.telegram.context import Context, Routes, desk_of
from bot.telegram.handlers.asking import answer_message
from bot.telegram.handlers.attaching import album_of
from bot.telegram.handlers.text import edited

ATTACHED = filters.Document.ALL | filters.PHOTO | filters.VIDEO | filters.ANIMATION


def register(routes: Routes) -> None:
    """Route files, and captions that were edited."""
    routes.add_handler(MessageHandler(filters.UpdateType.MESSAGE & ATTACHED, sent))
    changed = filters.UpdateType.EDITED_MESSAGE & ATTACHED & filters.CAPTION
    routes.add_handler(MessageHandler(changed, edited))


async def sent(update: Update, context: Context) -> None:
    """Read what is sent in private, and in a group what is sent to the bot; answer its caption.

    The caption of an album may stand below any of its files; apps put it below the last document.
    """
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None or message.from_user.is_bot:
        return
    is_meant = message.chat.type == "private" or any(
        reading.mentions(piece, desk.me) or reading.answers_to(piece, desk.me)
        for piece in await album_of(message, desk)
    )
    if is_meant:
        await answer_message(message, desk)
