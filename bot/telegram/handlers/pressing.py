"""Pressed buttons: who pressed, under which answer, and a word in return."""

from telegram import CallbackQuery, Message, User
from telegram.error import BadRequest, TelegramError

from bot.conversation.chats import answer_shown_by
from bot.conversation.phrases import say
from bot.storage import JSON, Answer
from bot.telegram import reading
from bot.telegram.context import LANGUAGE, Desk
from bot.telegram.failures import translate
from bot.telegram.wishes import Kind, Wish

#: How often, and after how many seconds each, an answer is looked for that is just being made.
_LOOKS = 10
_LOOK_PAUSE = 0.2


def message_of(query: CallbackQuery) -> Message | None:
    """The message that the button is under; `None` where Telegram no longer tells what it was.

    Of one that is too old, or gone, it tells a number. The library makes a message of that, too, in
    which everything else is missing, the topic as well.
    """
    message = query.message
    return message if isinstance(message, Message) and message.is_accessible else None


async def answer_press(query: CallbackQuery, phrase: str | None = None) -> None:
    """End the waiting sign on the button, with a word if there is one to say."""
    await end_press(query, phrase and say(phrase, LANGUAGE.get()))


async def end_press(
    query: CallbackQuery, words: str | None = None, *, is_read: bool = False, url: str | None = None
) -> None:
    """The same, with words of any kind. Those to be read stay until they are closed.

    A `url` leads whoever pressed to a chat with the bot.
    """
    try:
        await query.answer(words, show_alert=is_read or None, url=url)
    except BadRequest:
        return  # The press is older than Telegram remembers; the person has long gone on.
    except TelegramError as error:
        raise translate(error) from error


async def answer_above(query: CallbackQuery, desk: Desk) -> Answer | None:
    """The answer under which the button is; without one the person is told so."""
    message = message_of(query)
    found = await answer_in(message, desk) if message is not None else None
    if found is None:
        await answer_press(query, "press old")
    return found


async def answer_in(message: Message, desk: Desk) -> Answer | None:
    """The answer that this message of ours shows.

    It is there a moment before the answer is kept, and some people are quick.
    """
    ref, services = reading.ref_of(message), desk.services
    for _ in range(_LOOKS):
        found = await answer_shown_by(ref, services)
        if found is not None:
            return found
        made = await services.running.look(reading.address_of(message))
        # An answer stands below its question, or where it stood before it was made again.
        if made is None or made.message >= ref.message:
            break
        await services.clock.sleep(_LOOK_PAUSE)
    # It may have been kept, and no longer been made, between the two.
    return await answer_shown_by(ref, services)


async def own_answer_above(query: CallbackQuery, desk: Desk) -> Answer | None:
    """The same, for whoever asked and nobody else; others are told so."""
    found = await answer_above(query, desk)
    if found is not None and found.asker_id != query.from_user.id:
        await answer_press(query, "press foreign")
        return None
    return found


async def wish(
    kind: Kind, query: CallbackQuery, update_id: int, desk: Desk, *, about: JSON = None
) -> None:
    """Have done what the button promises, after what already waits, and end the waiting sign."""
    message = message_of(query)
    if message is None:
        await answer_press(query, "press old")
        return
    wished = wish_at(message, kind, query.from_user, about=about)
    arrival = wished.arrival(update_id)
    # A second tap wishes for what is waited for already. Both taps are in one lane, so they come
    # here one after the other, whichever process that is.
    async with desk.services.store.read() as tx:
        waiting = await tx.inbox.waiting(arrival.lane, arrival.kind)
    if not any(other.key == wished.key for entry in waiting if (other := Wish.of(entry))):
        await desk.inbox.accept([arrival])
    await answer_press(query)


def wish_at(message: Message, kind: Kind, user: User, *, about: JSON = None) -> Wish:
    """What this person wishes, who pressed a button of this message of ours or replied to it."""
    return Wish(
        kind=kind,
        address=reading.address_of(message),
        chat_kind=message.chat.type,
        message=message.message_id,
        user=user.id,
        name=user.full_name,
        language=LANGUAGE.get(),
        about=about,
    )
