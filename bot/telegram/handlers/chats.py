"""Conversations: `/chats`, and what was said in one, as a message or a file."""

from telegram import Update

from bot.conversation.history import history_of
from bot.conversation.phrases import say
from bot.conversation.surface import UncertainError
from bot.delivery import Turn
from bot.telegram.context import Context, Desk, Routes, desk_of, on_command
from bot.telegram.handlers.menus import open_here
from bot.telegram.handlers.saying import say_at
from bot.telegram.wishes import Wish


def register(routes: Routes) -> None:
    """Route `/chats`."""
    on_command(routes, "chats", show_menu)


async def show_menu(update: Update, context: Context) -> None:
    """List the conversations of this place, or those that have the words in their titles."""
    words = " ".join(context.args or [])[:100]
    await open_here("chats", {"words": words} if words else {}, update, desk_of(context))


async def tell(wished: Wish, turn: Turn, desk: Desk) -> None:
    """Tell again what was said in a conversation: as a message, or as a file where it is long."""
    number, form = wished.about if isinstance(wished.about, list) else (None, "")
    surface, language = desk.services.surface, wished.language
    history = await history_of(number, wished.address, desk.services)
    if history is None:
        await say_at(desk, wished.address, say("chats gone", language))
        return
    markdown = history.markdown(language)
    if form == "" and len(surface.format(markdown)) == 1:
        await say_at(desk, wished.address, markdown)
        return
    content = history.json() if form == "json" else history.markdown(language, is_file=True)
    name = f"conversation-{history.opened_at:%Y-%m-%d}.{'json' if form == 'json' else 'md'}"

    async def post() -> bool:
        try:
            await surface.post_file(wished.address, name, content.encode("utf-8", "replace"))
        except UncertainError:
            return False  # It may be there, and can be asked for again.
        return True

    await turn.step("filed", post)
