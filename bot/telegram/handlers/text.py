"""Text: questions in private, in groups where the bot is called, and questions that were edited."""

import json
from dataclasses import replace

from telegram import Message, Update
from telegram.ext import CommandHandler, MessageHandler, filters

from bot.conversation.access import Admission, Refusal, Visitor, enter
from bot.conversation.answer import answer
from bot.conversation.chats import (
    answer_continued_by,
    answer_shown_by,
    answer_to_be_fixed,
    latest_answer_to,
)
from bot.conversation.listen import Listener, listening
from bot.conversation.phrases import say
from bot.conversation.quotas import OverQuotaError, until_reset
from bot.conversation.surface import Ref
from bot.conversation.turns import Utterance
from bot.conversation.usage import length, refund
from bot.delivery import Turn
from bot.storage import Answer
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.attaching import album_of, attachments_of, question_in, read_files
from bot.telegram.handlers.menus import answered
from bot.telegram.handlers.saying import say_at, say_in
from bot.telegram.intake import command_of
from bot.telegram.wishes import Wish

#: Seconds to wait for the rest of a paste that the app cut into several messages.
_PASTE_PAUSE = 1.0


def register(routes: Routes) -> None:
    """Route what asks something."""
    plain = filters.TEXT & ~filters.COMMAND
    routes.add_handler(CommandHandler("ask", ask, filters=filters.UpdateType.MESSAGE))
    routes.add_handler(MessageHandler(filters.UpdateType.MESSAGE & plain, asked))
    routes.add_handler(MessageHandler(filters.UpdateType.EDITED_MESSAGE & filters.TEXT, edited))
    private = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
    routes.add_handler(MessageHandler(private & ~filters.COMMAND, unreadable))


async def asked(update: Update, context: Context) -> None:
    """Answer what is said in private, and in a group what is said to the bot."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None or message.from_user.is_bot:
        return
    if await is_for_us(message, desk):
        await answer_message(message, desk)


async def is_for_us(message: Message, desk: Desk) -> bool:
    """Whether what is said here is said to the bot."""
    if message.chat.type == "private" or reading.mentions(message, desk.me):
        return True
    if reading.answers_to(message, desk.me):
        return True
    return await desk.services.chosen.is_open_to_all(message.chat_id)


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
    text = reading.question_in(message, desk.me)
    if before is None or not text or text == before.question:
        return
    await answer_message(message, desk, before=before)


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
    entered = await enter(visitor, desk.access, turn, desk.services)
    if isinstance(entered, Refusal):
        if entered.is_worth_telling:
            refusal = say(entered.phrase, wished.language, **entered.values)
            await say_at(desk, wished.address, refusal)
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


async def answer_message(message: Message, desk: Desk, *, before: Answer | None = None) -> None:
    """Answer what a message asks, in writing or aloud, and about files it brings.

    `before` is an answer to be replaced: its question was edited.
    """
    turn, user, services = CURRENT.get(), message.from_user, desk.services
    if user is None:
        return
    pieces = await album_of(message, desk)
    entered = await enter(reading.visitor(message, user), desk.access, turn, services)
    if isinstance(entered, Refusal):
        if entered.is_worth_telling:
            await say_in(desk, message, entered.phrase, **entered.values)
        return
    if await _fixed(message, desk, entered):
        return
    if await answered(message, desk):
        await refund(turn, services)  # It asked nothing of the assistant.
        return
    is_file = reading.attachment_of(message) is not None
    sound = None if is_file else reading.sound_in(message, desk.me)
    if sound is not None:
        who = Listener(
            user.id, reading.address_of(message), reading.ref_of(message), LANGUAGE.get()
        )
        try:
            async with listening(sound, who, turn, services) as heard:
                text = reading.question_in(message, desk.me, heard=heard)
                await _answer(message, text, desk, entered, before=before)
        except OverQuotaError as error:
            await refund(turn, services)
            time = until_reset(services.clock.now())
            await say_in(desk, message, "limit recording", left=length(error.left), **time)
    elif files := attachments_of(pieces, desk):
        continued = before or await _continued(message, desk)
        conversation = continued.conversation_id if continued else entered.conversation
        text = question_in(pieces, desk)
        is_read = await read_files(files, message, conversation, desk, is_question=bool(text))
        if is_read and text:
            await _answer(message, text, desk, entered, before=before)
        else:
            await refund(turn, services)
    else:
        text = await _whole(turn, reading.question_in(message, desk.me), message, desk)
        if text:
            await _answer(message, text, desk, entered, before=before)
        else:
            await refund(turn, services)


async def _answer(
    message: Message, text: str, desk: Desk, entered: Admission, *, before: Answer | None
) -> None:
    continued = before or await _continued(message, desk)
    said = reading.utterance(
        message,
        text,
        language=LANGUAGE.get(),
        conversation=continued.conversation_id if continued else entered.conversation,
        is_heard=reading.is_spoken(message),
        voice=entered.voice,
        plugins=entered.plugins,
        choices=entered.choices,
        instead_of=before.posts if before else (),
    )
    await answer(said, CURRENT.get(), desk.services)


async def _fixed(message: Message, desk: Desk, entered: Admission) -> bool:
    """Whether the message tells the right words of a recording, which is then answered anew."""
    original, user = message.reply_to_message, message.from_user
    if original is None or user is None or not message.text:
        return False
    if not reading.answers_to(message, desk.me):
        return False
    before = await answer_to_be_fixed(reading.ref_of(original), desk.services)
    if before is None or before.asker_id != user.id:
        return False
    await desk.services.surface.delete(reading.ref_of(original))
    said = reading.utterance(
        message,
        message.text,
        language=LANGUAGE.get(),
        conversation=before.conversation_id,
        is_heard=True,
        voice=entered.voice,
        plugins=entered.plugins,
        choices=entered.choices,
        instead_of=before.posts,
    )
    said = replace(said, message=Ref(before.chat_id, before.question_message))
    await answer(said, CURRENT.get(), desk.services)
    return True


async def _whole(turn: Turn, text: str, message: Message, desk: Desk) -> str:
    """The text with the rest of it, where the app cut a long paste into several messages."""
    pieces = [text, *(_text_of(entry.payload) or "" for entry in turn.entries[1:])]
    author = message.from_user.id if message.from_user else 0
    while len(turn.entries) == len(pieces) and reading.is_long_paste(pieces[-1]):
        await desk.services.clock.sleep(_PASTE_PAUSE)
        follower = await turn.follower()
        piece = _text_of(follower.payload, by=author) if follower else None
        if follower is None or piece is None:
            break
        await turn.take_along(follower)
        pieces.append(piece)
    return "\n".join(pieces)


def _text_of(payload: str | None, *, by: int | None = None) -> str | None:
    """The plain text of an update, if it is one, and by this person if one is named."""
    message = json.loads(payload or "{}").get("message") or {}
    text = message.get("text")
    is_theirs = by is None or (message.get("from") or {}).get("id") == by
    return text if isinstance(text, str) and is_theirs and command_of(message) is None else None


async def _continued(message: Message, desk: Desk) -> Answer | None:
    """The answer that is being replied to: its conversation goes on."""
    original, user = message.reply_to_message, message.from_user
    if original is None or user is None or not reading.answers_to(message, desk.me):
        return None
    return await answer_continued_by(user.id, reading.ref_of(original), desk.services)
