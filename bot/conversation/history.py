"""What was said in a conversation, told again: to people, or to programs."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.lines import escaped
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.surface import Address
from bot.ondemand import GoneError, OnDemandError
from bot.storage import JSON, Conversation

log = logging.getLogger(__name__)

#: Questions of a conversation that are told again; older ones are left out, and it says so.
MOST_TOLD = 1_000


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
