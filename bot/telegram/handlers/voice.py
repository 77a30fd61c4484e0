"""Voice: recordings that ask something, answers that are spoken, and how a person wants them."""

from telegram import Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from bot.conversation.access import Visitor
from bot.conversation.chats import answer_shown_by, ask_for_words
from bot.conversation.phrases import say
from bot.conversation.speak import Speaker, speak_in
from bot.conversation.surface import Ref
from bot.conversation.voice import VOICES
from bot.delivery import Turn
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of, on_command
from bot.telegram.handlers.entering import let_in
from bot.telegram.handlers.menus import open_here
from bot.telegram.handlers.pressing import (
    answer_above,
    answer_press,
    message_of,
    own_answer_above,
    wish,
)
from bot.telegram.handlers.text import asked
from bot.telegram.wishes import Wish

RECORDING = filters.VOICE | filters.AUDIO | filters.VIDEO_NOTE


def register(routes: Routes) -> None:
    """Route recordings, `/voice`, and the buttons that have to do with voice."""
    on_command(routes, "voice", show_menu, only=filters.ChatType.PRIVATE)
    routes.add_handler(MessageHandler(filters.UpdateType.MESSAGE & RECORDING, asked))
    routes.add_handler(CallbackQueryHandler(press_listen, pattern="^listen$"))
    routes.add_handler(CallbackQueryHandler(press_fix, pattern="^fix$"))


async def press_listen(update: Update, context: Context) -> None:
    """The button under an answer: have it read out."""
    query, desk = update.callback_query, desk_of(context)
    if query is not None and await answer_above(query, desk) is not None:
        await wish("listen", query, update.update_id, desk)


async def press_fix(update: Update, context: Context) -> None:
    """The button under the answer to a recording: ask what was really said."""
    query, desk = update.callback_query, desk_of(context)
    if query is None:
        return
    before, message = await own_answer_above(query, desk), message_of(query)
    if before is not None and message is not None:
        address = reading.address_of(message)
        await ask_for_words(before, address, CURRENT.get(), desk.services, language=LANGUAGE.get())
        await answer_press(query)


async def show_menu(update: Update, context: Context) -> None:
    """Show how the person is spoken to, to be changed in place."""
    await open_here("voice", {}, update, desk_of(context))


async def read_out(wished: Wish, turn: Turn, desk: Desk) -> None:
    """Read an answer out, or a sample of a voice, for the person who pressed."""
    services = desk.services
    visitor = Visitor(wished.user, None, wished.address, wished.chat_kind)
    entered = await let_in(visitor, turn, desk, language=wished.language, is_question=False)
    if entered is None:
        return
    words, reply_to, number = say("voice sample", wished.language), None, None
    # A sample is of the voice that was chosen when it was wished for.
    voice = wished.about if wished.about in VOICES else entered.voice.voice
    if wished.kind == "listen":
        reply_to = Ref(wished.address.chat, wished.message)
        answer = await answer_shown_by(reply_to, services)
        if answer is None:
            return
        words, number = answer.answer, answer.id
    async with Speaker(
        voice,
        language=wished.language,
        user=wished.user,
        services=services,
        group=wished.address.group,
    ) as speaker:
        await speak_in(
            wished.address,
            speaker,
            words,
            turn,
            services,
            language=wished.language,
            reply_to=reply_to,
            answer=number,
        )
