"""Files: documents, pictures and films that somebody sends, alone or as an album."""

from telegram import Update
from telegram.ext import MessageHandler, filters

from bot.telegram.context import CURRENT, Context, Routes, desk_of
from bot.telegram.handlers.asking import answer_message, calls_us
from bot.telegram.handlers.attaching import album_of
from bot.telegram.handlers.overhearing import is_overheard, overhear
from bot.telegram.handlers.text import edited

ATTACHED = filters.Document.ALL | filters.PHOTO | filters.VIDEO | filters.ANIMATION


def register(routes: Routes) -> None:
    """Route files, and captions that were edited."""
    routes.add_handler(MessageHandler(filters.UpdateType.MESSAGE & ATTACHED, sent))
    changed = filters.UpdateType.EDITED_MESSAGE & ATTACHED & filters.CAPTION
    routes.add_handler(MessageHandler(changed, edited))


async def sent(update: Update, context: Context) -> None:
    """Read what is sent in private, and in a group what is sent to the bot; answer its caption.

    What is sent to others has a caption that may be translated. Where every message of a group is
    answered, that caption is answered, too; what has none asks nothing.

    The caption of an album may stand below any of its files; apps put it below the last document.
    """
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None or message.from_user.is_bot:
        return
    if is_overheard():
        await overhear(message, desk)
        return
    pieces = await album_of(message, desk)
    is_called = any([await calls_us(piece, desk) for piece in pieces])
    if not is_called:
        for piece, entry in zip(pieces, CURRENT.get().entries, strict=True):
            await overhear(piece, desk, entry=entry)
    has_words = any(piece.caption for piece in pieces)
    if is_called or (has_words and await desk.services.chosen.is_open_to_all(message.chat_id)):
        await answer_message(message, desk)
