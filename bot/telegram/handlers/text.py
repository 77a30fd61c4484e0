"""Text: questions in private, in groups where the bot is called, and questions that were edited."""

import json

from telegram import Message, Update
from telegram.ext import CommandHandler, MessageHandler, filters

from bot.conversation.access import Refusal, enter
from bot.conversation.answer import answer
from bot.conversation.chats import answer_shown_by, latest_answer_to
from bot.conversation.surface import Address, Ref
from bot.conversation.turns import Utterance
from bot.delivery import Turn
from bot.storage import Answer
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.saying import say_in
from bot.telegram.intake import command_of

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
    is_private = message.chat.type == "private"
    if is_private or reading.mentions(message, desk.me) or reading.answers_to(message, desk.me):
        await _answer(message, desk)


async def ask(update: Update, context: Context) -> None:
    """Answer what follows /ask, or the message that it replies to."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    if reading.question_in(message, desk.me):
        await _answer(message, desk)
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
    await _answer(message, desk, before=before)


async def unreadable(update: Update, context: Context) -> None:
    """Say what cannot be read yet, instead of saying nothing."""
    if update.effective_message is not None:
        await say_in(desk_of(context), update.effective_message, "cannot see")


async def again(payload: str | None, turn: Turn, desk: Desk) -> None:
    """Make an answer anew, in its place, for the person who asked for it."""
    wish = json.loads(payload or "{}")["again"]
    before = await answer_shown_by(Ref(wish["chat"], wish["message"]), desk.services)
    if before is None:
        return
    said = Utterance(
        address=Address(before.chat_id, wish["topic"], is_group=wish["is_group"]),
        message=Ref(before.chat_id, before.question_message),
        speaker=before.asker_id,
        name=wish["name"],
        language=LANGUAGE.get(),
        text=before.question,
        at=turn.entry.accepted_at,
        conversation=before.conversation_id,
        instead_of=tuple(Ref(before.chat_id, number) for number in before.posts),
    )
    await answer(said, turn, desk.services)


async def _answer(message: Message, desk: Desk, *, before: Answer | None = None) -> None:
    turn, user = CURRENT.get(), message.from_user
    if user is None:
        return
    entered = await enter(reading.visitor(message, user), desk.access, turn, desk.services)
    if isinstance(entered, Refusal):
        if entered.is_worth_telling:
            await say_in(desk, message, entered.phrase, **entered.values)
        return
    text = await _whole(turn, reading.question_in(message, desk.me), message, desk)
    if not text:
        return
    continued = before or await _continued(message, desk)
    said = reading.utterance(
        message,
        text,
        language=LANGUAGE.get(),
        conversation=continued.conversation_id if continued else entered.conversation,
        instead_of=before.posts if before else (),
    )
    await answer(said, turn, desk.services)


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
    original = message.reply_to_message
    if original is None or not reading.answers_to(message, desk.me):
        return None
    return await answer_shown_by(reading.ref_of(original), desk.services)
