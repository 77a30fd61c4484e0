"""A message that asks something: in writing, aloud, or about files it brings."""

from dataclasses import replace

from telegram import Message

from bot.conversation.access import Admission
from bot.conversation.answer import answer
from bot.conversation.chats import answer_continued_by, answer_to_be_fixed
from bot.conversation.group_translation import is_translation
from bot.conversation.listen import Listener, listening
from bot.conversation.quotas import OverQuotaError, until_reset
from bot.conversation.surface import Ref
from bot.conversation.usage import refund
from bot.conversation.usage_report import length
from bot.storage import Answer
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Desk
from bot.telegram.handlers.attaching import album_of, attachments_of, question_in, read_files
from bot.telegram.handlers.entering import let_in
from bot.telegram.handlers.menus import asked_by, tell
from bot.telegram.handlers.pasting import whole_paste
from bot.telegram.handlers.saying import say_in


async def calls_us(message: Message, desk: Desk) -> bool:
    """Whether what is said here is said to the bot.

    Whoever answers a translation answers the person whose words it shows.
    """
    if message.chat.type == "private":
        return True
    if reading.mentions(message, desk.me) or reading.asks(message, desk.me):
        return True
    original = reading.original_of(message)
    if original is None or not reading.is_by(original, desk.me):
        return False
    return not await is_translation(reading.ref_of(original), desk.services)


async def answer_message(message: Message, desk: Desk, *, before: Answer | None = None) -> None:
    """Answer what a message asks, in writing or aloud, and about files it brings.

    `before` is an answer to be replaced: its question was edited.
    """
    turn, user, services = CURRENT.get(), message.from_user, desk.services
    if user is None:
        return
    pieces = await album_of(message, desk)
    is_called = reading.command_in(message) is not None or any(
        [await calls_us(piece, desk) for piece in pieces]
    )
    visitor = replace(reading.visitor(message, user), is_called=is_called)
    here = reading.ref_of(message)
    reply_to = here if visitor.address.is_group else None
    # Words for a menu ask nothing of the assistant, so they need no room in anybody's day.
    menu = await asked_by(message, desk)
    entered = await let_in(
        visitor,
        turn,
        desk,
        language=LANGUAGE.get(),
        reply_to=reply_to,
        is_question=menu is None,
    )
    if entered is None:
        return
    if menu is not None:
        await tell(menu, message, desk)
        return
    if await _fixed(message, desk, entered):
        return
    is_file = reading.attachment_of(message) is not None
    sound = None if is_file else reading.sound_in(message, desk.me)
    if sound is not None:
        who = Listener(user.id, visitor.address, here, LANGUAGE.get())
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
        text = await whole_paste(turn, reading.question_in(message, desk.me), message, desk)
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


async def _continued(message: Message, desk: Desk) -> Answer | None:
    """The answer that is being replied to: its conversation goes on."""
    original, user = message.reply_to_message, message.from_user
    if original is None or user is None or not reading.answers_to(message, desk.me):
        return None
    address, ref = reading.address_of(message), reading.ref_of(original)
    return await answer_continued_by(user.id, address, ref, desk.services)
