"""Conversations: opened, moved, and the answers by which they are continued."""

from contextlib import suppress
from dataclasses import replace

from bot.conversation.membership import know
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.settings import place_of
from bot.conversation.surface import Address, Ref, UncertainError
from bot.conversation.turns import Turn
from bot.storage import Answer, Transaction


async def open_new(
    address: Address, chat_kind: str, user: int, turn: Turn, services: Services
) -> None:
    """Open a fresh conversation here; the one that was open is kept. Once for each turn."""

    async def open_it(tx: Transaction) -> int:
        at = services.clock.now()
        await tx.users.meet(user, language=None, at=at)
        chat = await tx.chats.meet(address.chat, kind=chat_kind, at=at)
        place = await place_of(replace(address, chat=chat.id), user, tx)
        return (await tx.conversations.open_new(place, at=at)).id

    await turn.step_in("opened", open_it)


async def answer_shown_by(ref: Ref, services: Services) -> Answer | None:
    """The answer that this message of ours shows."""
    async with services.store.read() as tx:
        return await tx.answers.shown_by(ref.chat, ref.message)


async def answer_continued_by(
    user: int, address: Address, ref: Ref, services: Services
) -> Answer | None:
    """The same, where this person may go on with its conversation.

    One that a member of a group has alone is nobody else's to continue, and one of another topic
    is not continued here.
    """
    async with services.store.read() as tx:
        found = await tx.answers.shown_by(ref.chat, ref.message)
        conversation = await tx.conversations.find(found.conversation_id) if found else None
    if conversation is None or conversation.topic_id != (address.topic or 0):
        return None
    return found if conversation.member_id in {None, user} else None


async def latest_answer_to(ref: Ref, services: Services) -> Answer | None:
    """The answer to this message of a person, if nothing was asked since."""
    async with services.store.read() as tx:
        found = await tx.answers.to_question(ref.chat, ref.message)
        return found if found is not None and await tx.answers.is_latest(found) else None


async def ask_for_words(
    before: Answer, address: Address, turn: Turn, services: Services, *, language: str
) -> None:
    """Ask what the person really said; a reply to it answers the question anew."""
    if turn.recall("asked for words") is not None:
        return
    # Said first: nobody is asked twice, and whoever was not asked presses again.
    await turn.remember("asked for words", True)
    (part,) = services.surface.format(say("fix how", language))
    asked_by = Ref(before.chat_id, before.question_message)
    with suppress(UncertainError):
        ref = await services.surface.post(address, part, reply_to=asked_by, expects_reply=True)
        async with services.store.begin() as tx:
            await tx.answers.ask_for_words(before, ref.message)


async def answer_to_be_fixed(ref: Ref, services: Services) -> Answer | None:
    """The answer for whose question this message of ours asks the right words."""
    async with services.store.read() as tx:
        return await tx.answers.asked_for_words_by(ref.chat, ref.message)


async def move(old: int, new: int, services: Services) -> None:
    """A group has become a supergroup: take all we have of it along. Said twice, done once."""
    at = services.clock.now()
    async with services.store.begin() as tx:
        if await tx.chats.move(old, new, at=at):
            await know(new, tx, at=at)
