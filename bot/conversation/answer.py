"""An utterance in, a streamed answer out.

Safe to run again for the same turn: a second run changes the messages the first one posted, and
asks the assistant again only if no trace of the first question can be found.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar, cast

from bot.clock import Clock
from bot.conversation.live_reply import LiveReply, acting
from bot.conversation.models import Models
from bot.conversation.phrases import say
from bot.conversation.surface import Address, Button, Ref, Surface
from bot.ondemand import (
    AnswerStream,
    Clarification,
    Delta,
    EndpointRefusedError,
    FailedError,
    Finished,
    GoneError,
    OnDemandClient,
    OnDemandError,
    Query,
    Status,
    StreamInterruptedError,
)
from bot.storage import JSON, Conversation, Place, Store, Transaction

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How far OnDemand's clock may be from ours when we look whether a question arrived there.
_SKEW = timedelta(seconds=30)

#: Kinds of status worth a line of their own: a tool is at work. The others come with every answer.
_TOOL_AT_WORK = frozenset({"executing", "agents_retrieved"})

#: Why a turn may be stopped.
BY_THE_PERSON = "stopped by the person"
BY_AN_EDIT = "the question was edited"


class Turn(Protocol):
    """The work on one utterance, remembered from attempt to attempt."""

    #: Set when somebody wants the answer to end early.
    stopped: asyncio.Event
    stop_reason: str

    async def step(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do this once, over all attempts."""

    async def step_in(self, name: str, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do this once, in the transaction that remembers it."""

    def recall(self, name: str) -> JSON:
        """What was remembered under this name, or `None`."""

    async def remember(self, name: str, result: JSON) -> None:
        """Remember this under a name."""

    def stop(self, reason: str) -> None:
        """Ask for an early end."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a person said, as text, wherever it came from."""

    address: Address
    #: The person's message.
    message: Ref
    speaker: int
    #: What to call the speaker where several share a conversation.
    name: str
    text: str
    at: datetime
    #: The conversation to go on with; `None` for the one that is open here.
    conversation: int | None = None
    #: Our messages to change instead of posting new ones.
    instead_of: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question."""

    text: str
    #: Why the text is not whole, as a phrase; empty when it is.
    note: str = ""

    def markdown(self) -> str:
        """The text as it is shown."""
        return "\n\n".join(filter(None, [self.text, self.note and say(self.note)]))


class Running:
    """The answers that are being made now, each in its place, so that they can be stopped."""

    def __init__(self) -> None:
        self._turns: dict[Address, tuple[Utterance, Turn]] = {}

    def begin(self, utterance: Utterance, turn: Turn) -> None:
        """An answer is being made here."""
        self._turns[utterance.address] = (utterance, turn)

    def end(self, utterance: Utterance) -> None:
        """It is made."""
        self._turns.pop(utterance.address, None)

    def at(self, address: Address) -> tuple[Utterance, Turn] | None:
        """What is being answered in this place, if anything."""
        return self._turns.get(address)


@dataclass(frozen=True, slots=True)
class Services:
    """What the use cases are handed of the world."""

    surface: Surface
    client: OnDemandClient
    store: Store
    clock: Clock
    models: Models
    running: Running
    #: Plugins that are on unless somebody chose others.
    plugins: Sequence[str] = ()


async def answer(utterance: Utterance, turn: Turn, services: Services) -> None:
    """Answer one utterance, showing the words as they arrive.

    Raises what kept it from being answered; `judge` knows what follows.
    """
    services.running.begin(utterance, turn)
    try:
        await _Answer(utterance, turn, services).make()
    finally:
        services.running.end(utterance)


class _Answer:
    """One attempt at one answer."""

    def __init__(self, utterance: Utterance, turn: Turn, services: Services) -> None:
        self._utterance = utterance
        self._turn = turn
        self._services = services
        # Known at once where this attempt found it; later ones read it again.
        self._conversation: Conversation | None = None
        posted, unsure = self._posted_before()
        self._live = LiveReply(
            surface=services.surface,
            address=utterance.address,
            reply_to=utterance.message if utterance.address.is_group else None,
            keyboard=((Button(say("stop"), "stop"),),),
            posted=posted,
            unsure=unsure,
            on_posted=self._remember_posted,
            clock=services.clock,
        )

    async def make(self) -> None:
        services, utterance = self._services, self._utterance
        conversation_id = await self._turn.step_in("conversation", self._find_conversation)
        async with acting(services.surface, utterance.address, "typing", services.clock):
            outcome = self._answered_before()
            if outcome is None:
                async with self._live.growing():
                    outcome = await self._stoppable(self._ask(conversation_id))
                await self._turn.remember("answered", [outcome.text, outcome.note])
            again = ((Button(say("again"), "again"),),)
            await self._live.finish(outcome.markdown() or say("no answer"), keyboard=again)
        async with services.store.begin() as tx:
            await tx.answers.keep(
                chat_id=utterance.address.chat,
                conversation_id=conversation_id,
                asker_id=utterance.speaker,
                question_message=utterance.message.message,
                question=utterance.text,
                answer=outcome.text,
                shown=[ref.message for ref in self._live.refs],
                at=services.clock.now(),
            )

    def _posted_before(self) -> tuple[Sequence[Ref], int]:
        """The messages that show the answer, and how often the next was posted without a word."""
        shown = self._turn.recall("shown")
        if not isinstance(shown, list):
            return self._utterance.instead_of, 0
        numbers, unsure = cast("tuple[list[int], int]", shown)
        return [Ref(self._utterance.address.chat, number) for number in numbers], unsure

    async def _remember_posted(self, refs: Sequence[Ref], unsure: int) -> None:
        await self._turn.remember("shown", [[ref.message for ref in refs], unsure])

    def _answered_before(self) -> Outcome | None:
        remembered = self._turn.recall("answered")
        return Outcome(*map(str, remembered)) if isinstance(remembered, list) else None

    async def _find_conversation(self, tx: Transaction) -> int:
        wanted, address = self._utterance.conversation, self._utterance.address
        if wanted is not None:
            return wanted
        place = Place(address.chat, address.topic or 0)
        self._conversation = await tx.conversations.current(place, at=self._services.clock.now())
        return self._conversation.id

    async def _stoppable(self, work: Awaitable[Outcome]) -> Outcome:
        """The outcome of the work, or what there is of the answer when it is asked to end."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._turn.stopped.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return await working
            note = "stopped here" if self._turn.stop_reason == BY_THE_PERSON else ""
            return Outcome(self._live.text, note)
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)

    async def _ask(self, conversation_id: int) -> Outcome:
        """Ask, or find what an earlier attempt asked for."""
        asked = self._turn.recall("asked")
        if isinstance(asked, list):
            return await self._pick_up(str(asked[0]), str(asked[1]))
        conversation = self._conversation
        if conversation is None:
            async with self._services.store.read() as tx:
                conversation = await tx.conversations.find(conversation_id)
        if conversation is None:
            return Outcome("", "no answer")  # It was deleted in the meantime.
        asking = self._turn.recall("asking")
        if isinstance(asking, str) and (message_id := await self._trace(asking, conversation_id)):
            return await self._pick_up(asking, message_id)
        try:
            return await self._ask_in(await self._session(conversation))
        except GoneError:
            # The platform forgot the session; nobody but its memory is worse for it.
            return await self._ask_in(await self._new_session(conversation))
        except EndpointRefusedError:
            self._services.models.forget()
            return await self._ask_in(await self._session(conversation))

    async def _session(self, conversation: Conversation) -> str:
        return conversation.session_id or await self._new_session(conversation)

    async def _new_session(self, conversation: Conversation) -> str:
        services = self._services
        async with services.store.read() as tx:
            owner = (
                await tx.chats.find(self._utterance.address.chat)
                if self._utterance.address.is_group
                else await tx.users.find(self._utterance.speaker)
            )
        if owner is None:
            raise LookupError("whoever asks was erased meanwhile")
        session = await services.client.chat.create_session(owner.external_id)
        async with services.store.begin() as tx:
            await tx.conversations.bind(conversation.id, session.id)
        return session.id

    async def _ask_in(self, session_id: str) -> Outcome:
        services = self._services
        query = Query(
            text=self._words(),
            endpoint_id=await services.models.endpoint(),
            plugins=services.plugins,
        )
        # Should we die before the first word comes back, the next attempt looks before it asks.
        await self._turn.remember("asking", session_id)
        try:
            async with services.client.chat.stream(session_id, query) as stream:
                if stream.message_id:
                    await self._turn.remember("asked", [session_id, stream.message_id])
                return await self._read(session_id, stream)
        except StreamInterruptedError as error:
            log.info("stream interrupted", extra={"reason": error.reason})
            if error.message_id is None:
                raise
            return await self._pick_up(session_id, error.message_id)

    async def _read(self, session_id: str, stream: AnswerStream) -> Outcome:
        asked_back = ""
        async for event in stream:
            match event:
                case Delta(piece):
                    self._live.feed(piece)
                case Status(kind, message) if kind in _TOOL_AT_WORK and message:
                    self._live.tell(message)
                case Clarification(questions):
                    asked_back = "\n\n".join(questions)
                case Finished(text, message_id) if not text and not asked_back and message_id:
                    return await self._pick_up(session_id, message_id)
                case Finished(text):
                    return Outcome(text or asked_back)
                case _:
                    pass
        return Outcome(stream.text)

    async def _pick_up(self, session_id: str, message_id: str) -> Outcome:
        """The answer to a question that was asked before, without asking it again."""
        try:
            message = await self._services.client.chat.recover(session_id, message_id)
        except (FailedError, GoneError):
            return Outcome(self._live.text, "cut off" if self._live.text else "")
        except OnDemandError:
            if not self._live.text:
                raise
            return Outcome(self._live.text, "cut off")
        return Outcome(message.answer or self._live.text)

    async def _trace(self, session_id: str, conversation_id: int) -> str | None:
        """The id of our question in the session, if it arrived there before we died.

        People say "go on" more than once. What was answered last is older than our question.
        """
        words, since = self._words(), self._utterance.at - _SKEW
        async with self._services.store.read() as tx:
            last = await tx.answers.newest_in(conversation_id)
        async for message in self._services.client.chat.messages(session_id):
            if message.created_at is not None and message.created_at < since:
                return None
            if message.query == words:
                is_old = last and (last.question, last.answer) == (
                    self._utterance.text,
                    message.answer,
                )
                return None if is_old else message.id
        return None

    def _words(self) -> str:
        """The question as the assistant gets it; who spoke is said where several share it."""
        utterance = self._utterance
        return (
            f"{utterance.name}: {utterance.text}" if utterance.address.is_group else utterance.text
        )
