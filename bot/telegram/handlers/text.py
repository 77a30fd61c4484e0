"""Text: questions in private, in groups where the bot is called, and questions that were edited."""

from telegram import Update
from telegram.ext import MessageHandler, filters

from bot.conversation.access import Visitor
from bot.conversation.answer import answer
from bot.conversation.chats import answer_shown_by, latest_answer_to
from bot.conversation.surface import Ref
from bot.conversation.turns import Utterance
from bot.delivery import Turn
from bot.telegram import reading
from bot.telegram.context import CURRENT, Context, Desk, Routes, desk_of, on_command
from bot.telegram.handlers.asking import answer_message, calls_us
from bot.telegram.handlers.entering import let_in
from bot.telegram.handlers.overhearing import (
    is_overheard,
    overhear,
    overhear_edit,
    pass_on,
    was_passed_on,
)
from bot.telegram.handlers.saying import say_in
from bot.telegram.wishes import Wish


def register(routes: Routes) -> None:
    """Route what asks something."""
    plain = filters.TEXT & ~filters.COMMAND
    on_command(routes, "ask", ask)
    routes.add_handler(MessageHandler(filters.UpdateType.MESSAGE & plain, asked))
    routes.add_handler(MessageHandler(filters.UpdateType.EDITED_MESSAGE & filters.TEXT, edited))
    routes.add_handler(MessageHandler(filters.UpdateType.MESSAGE & filters.COMMAND, unknown))
    private = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
    sent = private & ~filters.COMMAND & ~filters.StatusUpdate.ALL
    routes.add_handler(MessageHandler(sent, unreadable))


async def asked(update: Update, context: Context) -> None:
    """Answer what is said, in writing or aloud, in private, and in a group to the bot.

    What people of a group say to each other is translated where they want it; where every message
    is answered, it is both.
    """
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    is_called = await calls_us(message, desk)
    if not is_called and (is_overheard() or not was_passed_on()):
        await overhear(message, desk)
    is_asked = is_called or await desk.services.chosen.is_open_to_all(message.chat_id)
    if message.from_user.is_bot or not is_asked:
        return
    if not is_overheard():
        await answer_message(message, desk)
    elif not was_passed_on():
        await pass_on(CURRENT.get().entry, message, desk, is_question=True)


async def ask(update: Update, context: Context) -> None:
    """Answer what follows /ask, or the message that it replies to."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    is_meant = (
        reading.question_in(message, desk.me)
        or reading.sound_in(message, desk.me)
        or reading.attachment_meant(message, desk.me)
    )
    if is_meant:
        await answer_message(message, desk)
    else:
        await say_in(desk, message, "ask usage")


async def edited(update: Update, context: Context) -> None:
    """Answer an edited question anew, in the place of its answer, if it was the last one."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    before = await latest_answer_to(reading.ref_of(message), desk.services)
    await overhear_edit(message, desk)
    text = reading.question_in(message, desk.me)
    if before is None or not text or text == before.question:
        return
    if not is_overheard():
        await answer_message(message, desk, before=before)
    elif not was_passed_on():
        await pass_on(CURRENT.get().entry, message, desk, is_question=True)


async def unknown(update: Update, context: Context) -> None:
    """Say that a command is none of ours, where it is not another bot's; comes after all others.

    What only begins like a command, as a path does, is a question.
    """
    message, desk = update.effective_message, desk_of(context)
    if message is None:
        return
    command = reading.command_in(message)
    if command is None:
        await asked(update, context)
    elif message.chat.type == "private" or command.endswith(f"@{desk.me.username}".lower()):
        await say_in(desk, message, "unknown command")


async def unreadable(update: Update, context: Context) -> None:
    """Say what cannot be read yet, instead of saying nothing."""
    if update.effective_message is not None:
        await say_in(desk_of(context), update.effective_message, "cannot see")


async def again(wished: Wish, turn: Turn, desk: Desk) -> None:
    """Make an answer anew, in its place, for the person who asked for it."""
    before = await answer_shown_by(Ref(wished.address.chat, wished.message), desk.services)
    if before is None:
        return
    visitor = Visitor(before.asker_id, None, wished.address, wished.chat_kind)
    entered = await let_in(visitor, turn, desk, language=wished.language)
    if entered is None:
        return
    said = Utterance(
        address=wished.address,
        message=Ref(before.chat_id, before.question_message),
        speaker=before.asker_id,
        name=wished.name,
        language=wished.language,
        text=before.question,
        at=turn.entry.accepted_at,
        conversation=before.conversation_id,
        is_heard=before.is_heard,
        voice=entered.voice,
        plugins=entered.plugins,
        choices=entered.choices,
        instead_of=tuple(Ref(before.chat_id, number) for number in before.posts),
    )
    await answer(said, turn, desk.services)
