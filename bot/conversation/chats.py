"""Conversations: opened, deleted, told again; and the answers by which they are continued."""

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.lines import escaped
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.settings import place_of
from bot.conversation.surface import Address, Ref, UncertainError
from bot.conversation.turns import Turn
from bot.ondemand import GoneError, OnDemandError
from bot.storage import JSON, Answer, Conversation, Transaction

log = logging.getLogger(__name__)

#: Questions of a conversation that are told again; older ones are left out, and it says so.
MOST_TOLD = 1_000

#: How long a session is left alone that OnDemand did not delete, and how many are tried at a time.
_TRY_AGAIN_AFTER = timedelta(minutes=5)
_TRIED_AT_ONCE = 20


async def open_new(
    address: Address, chat_kind: str, user: int, turn: Turn, services: Services
) -> None:
    """Open a fresh conversation here; the one that was open is kept. Once for each turn."""

    async def open_it(tx: Transaction) -> int:
        at = services.clock.now()
        await tx.users.meet(user, language=None, at=at)
        await tx.chats.meet(address.chat, kind=chat_kind, at=at)
        return (await tx.conversations.open_new(await place_of(address, user, tx), at=at)).id

    await turn.step_in("opened", open_it)


async def answer_shown_by(ref: Ref, services: Services) -> Answer | None:
    """The answer that this message of ours shows."""
    async with services.store.read() as tx:
        return await tx.answers.shown_by(ref.chat, ref.message)


async def answer_continued_by(user: int, ref: Ref, services: Services) -> Answer | None:
    """The same, where this person may go on with its conversation.

    One that a member of a group has alone is nobody else's to continue.
    """
    async with services.store.read() as tx:
        found = await tx.answers.shown_by(ref.chat, ref.message)
        conversation = await tx.conversations.find(found.conversation_id) if found else None
    is_theirs = conversation is not None and conversation.member_id in {None, user}
    return found if is_theirs else None


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
    async with services.store.begin() as tx:
        await tx.chats.move(old, new, at=services.clock.now())


async def delete_session(session_id: str, services: Services) -> bool:
    """Have OnDemand delete a session that was left to be deleted. Whether it is no more.

    One that cannot be deleted now is tried again by `delete_what_is_left`.
    """
    try:
        is_gone = await services.client.chat.delete_session(session_id)
    except OnDemandError as error:
        log.warning("session not deleted", extra={"error": type(error).__name__})
        is_gone = False
    async with services.store.begin() as tx:
        if is_gone:
            await tx.sessions.end(session_id)
        else:
            await tx.sessions.note_try(session_id, at=services.clock.now())
    return is_gone


async def delete_what_is_left(services: Services) -> None:
    """Try once more to delete sessions at OnDemand that were deleted here, some at a time."""
    before = services.clock.now() - _TRY_AGAIN_AFTER
    async with services.store.read() as tx:
        left = await tx.sessions.left(tried_before=before, limit=_TRIED_AT_ONCE)
    for session_id in left:
        await delete_session(session_id, services)


@dataclass(frozen=True, slots=True)
class Told:
    """A question and its answer."""

    at: datetime | None
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class History:
    """All that was said in a conversation, oldest first."""

    title: str
    opened_at: datetime
    told: Sequence[Told]
    #: What is to be known about it, as the name of a phrase; empty where it is simply all.
    note: str = ""

    def markdown(self, language: str, *, is_file: bool = False) -> str:
        """As people read it, in a message or a file."""
        untitled = say("chats untitled", language)
        title = f"**{escaped(self.title) or untitled}**"
        parts = [f"# {self.title or untitled}" if is_file else title]
        if self.note:
            parts.append(f"_{say(self.note, language, number=MOST_TOLD)}_")
        for each in self.told:
            moment = f"{each.at:%Y-%m-%d %H:%M} UTC" if each.at else ""
            quote = "\n".join(f"> {line}" for line in each.question.splitlines())
            parts += filter(None, [moment, quote, each.answer])
        if not self.told:
            parts.append(say("chats nothing said", language))
        return "\n\n".join(parts)

    def json(self) -> str:
        """As programs read it."""
        told = [
            {
                "at": each.at.isoformat() if each.at else None,
                "question": each.question,
                "answer": each.answer,
            }
            for each in self.told
        ]
        whole = {"title": self.title, "opened_at": self.opened_at.isoformat(), "messages": told}
        return json.dumps(whole, ensure_ascii=False, indent=2)


async def history_of(number: JSON, address: Address, services: Services) -> History | None:
    """What was said in the conversation of this number, as OnDemand tells it.

    Where OnDemand no longer has it, or cannot be asked, it is what was kept here. `None` where the
    chat has no such conversation (any more).
    """
    async with services.store.read() as tx:
        found = await tx.conversations.find(number) if isinstance(number, int) else None
    if found is None or found.chat_id != address.chat:
        return None
    note = "chats lost"
    if found.session_id is not None:
        try:
            return await _history_in(found.session_id, found, services)
        except GoneError:
            log.info("session gone before it was told")
        except OnDemandError as error:
            log.warning("history not told", extra={"error": type(error).__name__})
            note = "chats away"
    async with services.store.read() as tx:
        kept = await tx.answers.in_conversation(found.id, limit=MOST_TOLD)
    told = [Told(each.answered_at, each.question, each.answer) for each in kept]
    return History(found.title or "", found.opened_at, told, note)


async def _history_in(session: str, conversation: Conversation, services: Services) -> History:
    told: list[Told] = []
    note = ""
    async for message in services.client.chat.messages(session):
        if len(told) == MOST_TOLD:
            note = "chats newest"
            break
        if message.query or message.answer:  # A file has neither.
            told.append(Told(message.created_at, message.query, message.answer))
    return History(conversation.title or "", conversation.opened_at, told[::-1], note)
