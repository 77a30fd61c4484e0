"""An utterance in, a streamed answer out.

Safe to run again for the same turn: a second run changes the messages the first one posted, and
asks the assistant again only if no trace of the first question can be found.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from bot.conversation.chats import move
from bot.conversation.judge import judge
from bot.conversation.live_reply import LiveReply, acting, first_of
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.speak import Speaker, speak_in
from bot.conversation.surface import (
    BarredError,
    Button,
    Ref,
    RefusedError,
    SurfaceError,
    UncertainError,
)
from bot.conversation.titles import titled
from bot.conversation.turns import BY_THE_PERSON, Turn, Utterance
from bot.ondemand import (
    AnswerStream,
    BusyError,
    Clarification,
    Delta,
    EndpointRefusedError,
    FailedError,
    Finished,
    GoneError,
    OnDemandError,
    Query,
    Status,
    StatusError,
    StreamInterruptedError,
    ThrottledError,
    Tuning,
)
from bot.storage import Conversation

log = logging.getLogger(__name__)

#: How far OnDemand's clock may be from ours when we look whether a question arrived there.
_SKEW = timedelta(seconds=30)

#: Seconds after which a person hears that the question is kept, when OnDemand gives no sign of
#: life; and fewer seconds where an attempt has failed by then, since the next takes longer.
_PATIENCE = 10.0
_PATIENCE_AFTER_FAILURE = 5.0

#: Seconds that a question waits for the account's budget without being told.
_LONGEST_QUEUE = 3.0

#: An answer of more messages than this comes as a file, too.
_MOST_PARTS = 5

#: Kinds of status worth a line of their own: a tool is at work. The others come with every answer.
_TOOL_AT_WORK = frozenset({"executing", "agents_retrieved"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question."""

    text: str
    #: Why the text is not whole, as a phrase; empty when it is.
    note: str = ""

    def markdown(self, language: str) -> str:
        """The text as it is shown; empty where there is nothing to show."""
        return "\n\n".join(filter(None, [self.text, self.note and say(self.note, language)]))


async def answer(utterance: Utterance, turn: Turn, services: Services) -> None:
    """Answer one utterance, showing the words as they arrive.

    Raises what kept it from being answered; `judge` knows what follows.
    """
    try:
        await _Answer(utterance, turn, services).make()
    finally:
        services.running.end(turn)


class _Answer:
    """One attempt at one answer."""

    def __init__(self, utterance: Utterance, turn: Turn, services: Services) -> None:
        moved = turn.recall("moved")
        self._utterance = _elsewhere(utterance, moved) if isinstance(moved, int) else utterance
        self._turn = turn
        self._services = services
        #: Whether several talk in the conversation, each of whom is named.
        self._is_shared = utterance.address.is_group
        #: Set with the first sign of life of the assistant.
        self._is_alive = asyncio.Event()
        utterance = self._utterance
        self._making = services.running.begin(utterance, turn)
        posted, unsure = self._posted_before()
        self._live = LiveReply(
            surface=services.surface,
            address=utterance.address,
            reply_to=utterance.message if utterance.address.is_group and not moved else None,
            keyboard=((Button(say("stop", utterance.language), "stop"),),),
            posted=posted,
            unsure=unsure,
            on_posted=self._remember_posted,
            on_moved=self._move,
            clock=services.clock,
            heard=utterance.text if utterance.is_heard else "",
        )
        #: Speaks the answer along, where it is to be spoken.
        self._speaker: Speaker | None = None

    async def make(self) -> None:
        async with self._speaking():
            address = self._utterance.address
            async with acting(self._services.surface, address, "typing", self._services.clock):
                outcome = self._answered_before()
                if outcome is None:
                    async with self._reassuring(), self._live.growing():
                        outcome = await self._stoppable(self._ask())
                    await self._turn.remember("answered", [outcome.text, outcome.note])
                self._making.may_stop = False
                await self._show(outcome)
            await self._keep(outcome)
            if self._speaker is not None and outcome.text and not self._turn.stopped.is_set():
                self._making.may_stop = True
                await self._speak(self._speaker, outcome.text)

    @asynccontextmanager
    async def _speaking(self) -> AsyncIterator[None]:
        """Have the answer spoken along for the length of the block, if the person wants it so."""
        utterance = self._utterance
        if not utterance.voice.is_spoken(is_heard=utterance.is_heard):
            yield
            return
        async with Speaker(
            utterance.voice.voice,
            language=utterance.language,
            user=utterance.speaker,
            services=self._services,
        ) as self._speaker:
            yield

    async def _speak(self, speaker: Speaker, text: str) -> None:
        """Send the answer as a voice note, unless the person has read enough and says stop."""
        utterance = self._utterance
        work = speak_in(
            utterance.address,
            speaker,
            text,
            self._turn,
            self._services,
            language=utterance.language,
            reply_to=self._live.refs[-1] if utterance.address.is_group else None,
        )
        speaking = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._turn.stopped.wait())
        try:
            await asyncio.wait({speaking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done():
                await speaking  # Raises what went wrong with it.
        finally:
            for task in (speaking, stopping):
                task.cancel()
            await asyncio.gather(speaking, stopping, return_exceptions=True)

    async def _keep(self, outcome: Outcome) -> None:
        """Keep question and answer, so that they can be made again and continued."""
        utterance, services = self._utterance, self._services  # The chat may have moved meanwhile.
        async with services.store.begin() as tx:
            conversation = await tx.conversations.find(utterance.conversation)
            if conversation is None:
                return  # It was deleted while it was answered; nothing of it stays.
            if conversation.title is None:
                await tx.conversations.rename(conversation.id, titled(utterance.text))
            await tx.answers.keep(
                chat_id=utterance.address.chat,
                conversation_id=utterance.conversation,
                asker_id=utterance.speaker,
                question_message=utterance.message.message,
                question=utterance.text,
                answer=outcome.text,
                is_heard=utterance.is_heard,
                shown=[ref.message for ref in self._live.refs if ref.message],
                at=services.clock.now(),
            )

    async def _show(self, outcome: Outcome) -> None:
        """Show the whole answer; as a file, too, where it is very long or not taken as messages."""
        language = self._utterance.language
        below = [Button(say("again", language), "again")]
        if self._utterance.is_heard:
            below.insert(0, Button(say("fix", language), "fix"))
        if outcome.text:
            below.insert(0, Button(say("listen", language), "listen"))
        markdown = outcome.markdown(language) or say("no answer", language)
        try:
            await self._live.finish(markdown, keyboard=(below,))
        except RefusedError:
            if not outcome.text:
                raise
            log.exception("answer refused, sent as a file")
        else:
            if len(self._live.refs) <= _MOST_PARTS:
                return

        async def post() -> bool:
            content = outcome.text.encode()
            try:
                await self._services.surface.post_file(
                    self._utterance.address, "answer.md", content
                )
            except UncertainError:
                return False  # It may be there. The words stand above it anyway.
            return True

        await self._turn.step("filed", post)

    @asynccontextmanager
    async def _reassuring(self) -> AsyncIterator[None]:
        """Say that the question is kept, where the assistant gives no sign of life for too long.

        How long it has been is remembered, so that short attempts add up.
        """
        clock = self._services.clock
        now = clock.now().timestamp()
        remembered = self._turn.recall("trouble")
        since = remembered if isinstance(remembered, float) else now
        is_queued = self._services.client.chat.wait > _LONGEST_QUEUE
        patience = 0.0 if is_queued else max(0.0, since + _PATIENCE - now)
        phrase = "queued" if is_queued else "unreachable"
        waiting = asyncio.create_task(self._reassure_later(patience, phrase))
        try:
            yield
        except OnDemandError as error:
            if judge(error).try_again:
                passed = clock.now().timestamp() - since + (error.after or 0.0)
                if passed >= _PATIENCE_AFTER_FAILURE:
                    is_busy = isinstance(error, ThrottledError | BusyError)
                    await self._reassure("queued" if is_busy else "unreachable")
                if remembered is None:
                    await self._turn.remember("trouble", since)
            raise
        finally:
            # What is being posted must be known, so it is waited for and not cut.
            self._is_alive.set()
            await asyncio.shield(waiting)

    async def _reassure_later(self, seconds: float, phrase: str) -> None:
        await first_of(self._services.clock.sleep(seconds), self._is_alive.wait())
        if not self._is_alive.is_set():
            await self._reassure(phrase)

    async def _reassure(self, phrase: str) -> None:
        """Say so in the place of the answer, which replaces it. Said once."""
        try:
            words = say(phrase, self._utterance.language, ref=self._turn.reference)
            ref = await self._live.hold(words)
        except SurfaceError as error:
            log.info("nobody reassured", extra={"error": type(error).__name__})
            return
        if ref is not None:
            await self._turn.remember("notice", ref.message)

    async def _hear(self) -> None:
        """The assistant gives a sign of life: what stands in the place of the answer grows now."""
        self._is_alive.set()
        if self._turn.recall("notice") is not None:
            await self._turn.remember("notice", None)

    async def _move(self, to: int) -> None:
        """The group has become a supergroup while it was being answered."""
        services = self._services
        await move(self._utterance.address.chat, to, services)
        self._utterance = _elsewhere(self._utterance, to)
        may_stop = self._making.may_stop
        services.running.end(self._turn)
        self._making = services.running.begin(self._utterance, self._turn)
        self._making.may_stop = may_stop
        await self._turn.remember("moved", to)

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

    async def _stoppable(self, work: Awaitable[Outcome]) -> Outcome:
        """The outcome of the work, or what there is of the answer when it is asked to end.

        Raises `BarredError` when nobody can read it any more.
        """
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._turn.stopped.wait())
        barred = asyncio.ensure_future(self._live.barred.wait())
        try:
            await asyncio.wait({working, stopping, barred}, return_when=asyncio.FIRST_COMPLETED)
            if barred.done():
                raise BarredError("may not speak there any more")
            if working.done():
                return await working
            note = "stopped here" if self._turn.stop_reason == BY_THE_PERSON else ""
            return Outcome(self._live.text, note)
        finally:
            for task in (working, stopping, barred):
                task.cancel()
            await asyncio.gather(working, stopping, barred, return_exceptions=True)

    async def _ask(self) -> Outcome:
        """Ask, or find what an earlier attempt asked for."""
        asked = self._turn.recall("asked")
        if isinstance(asked, list):
            return await self._pick_up(str(asked[0]), str(asked[1]))
        utterance = self._utterance
        async with self._services.store.read() as tx:
            conversation = await tx.conversations.find(utterance.conversation)
        if conversation is None:
            return Outcome("", "no answer")  # It was deleted in the meantime.
        self._is_shared = utterance.address.is_group and conversation.member_id is None
        asking = self._turn.recall("asking")
        if isinstance(asking, str) and (message_id := await self._trace(asking)):
            return await self._pick_up(asking, message_id)
        try:
            return await self._ask_in(await self._session(conversation))
        except GoneError:
            # The platform forgot the session; nobody but its memory is worse for it.
            return await self._ask_in(await self._new_session(conversation))
        except EndpointRefusedError:
            self._services.models.forget()
            # What the person chose may be what is refused; then the best one there is answers.
            chosen = replace(self._utterance.choices, endpoint=None)
            self._utterance = replace(self._utterance, choices=chosen)
            return await self._ask_in(await self._session(conversation))

    async def _session(self, conversation: Conversation) -> str:
        return conversation.session_id or await self._new_session(conversation)

    async def _new_session(self, conversation: Conversation) -> str:
        services = self._services
        async with services.store.read() as tx:
            owner = (
                await tx.chats.find(conversation.chat_id)
                if self._is_shared
                else await tx.users.find(self._utterance.speaker)
            )
        if owner is None:
            raise LookupError("whoever asks was erased meanwhile")
        session = await services.client.chat.create_session(owner.external_id)
        async with services.store.begin() as tx:
            if not await tx.conversations.bind(conversation.id, session.id):
                # It was deleted in the meantime, and OnDemand is to forget this, too.
                await tx.sessions.leave(session.id, at=services.clock.now())
        return session.id

    async def _ask_in(self, session_id: str) -> Outcome:
        services, choices = self._services, self._utterance.choices
        query = Query(
            text=self._words(),
            endpoint_id=await services.models.endpoint_for(choices.endpoint),
            plugins=services.plugins,
            tuning=Tuning(instructions=choices.instructions),
        )
        # Should we die before the first word comes back, the next attempt looks before it asks.
        await self._turn.remember("asking", session_id)
        try:
            async with services.client.chat.stream(session_id, query) as stream:
                await self._hear()
                if stream.message_id:
                    await self._turn.remember("asked", [session_id, stream.message_id])
                return await self._read(session_id, stream)
        except StreamInterruptedError as error:
            log.info("stream interrupted", extra={"reason": error.reason})
            if error.message_id is None:
                raise
            return await self._pick_up(session_id, error.message_id, reported=error.refusal)

    async def _read(self, session_id: str, stream: AnswerStream) -> Outcome:
        asked_back = ""
        async for event in stream:
            match event:
                case Delta(piece):
                    self._live.feed(piece)
                    if self._speaker is not None:
                        self._speaker.feed(piece)
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

    async def _pick_up(
        self, session_id: str, message_id: str, *, reported: StatusError | None = None
    ) -> Outcome:
        """The answer to a question that was asked before, without asking it again.

        `reported` is the failure they reported, if they did. Raises it, or `FailedError`, when
        they gave up before the first word.
        """
        try:
            message = await self._services.client.chat.recover(session_id, message_id)
        except (FailedError, GoneError) as error:
            if not self._live.text:
                raise reported or FailedError(message_id) from error
            return Outcome(self._live.text, "cut off")
        except OnDemandError:
            if not self._live.text:
                raise
            return Outcome(self._live.text, "cut off")
        return Outcome(message.answer or self._live.text)

    async def _trace(self, session_id: str) -> str | None:
        """The id of our question in the session, if it arrived there before we died.

        People say "go on" more than once. What was answered last is older than our question.
        """
        words, since = self._words(), self._utterance.at - _SKEW
        async with self._services.store.read() as tx:
            last = await tx.answers.newest_in(self._utterance.conversation)
        try:
            async for message in self._services.client.chat.messages(session_id):
                if message.created_at is not None and message.created_at < since:
                    return None
                if message.query == words:
                    is_old = last and (last.question, last.answer) == (
                        self._utterance.text,
                        message.answer,
                    )
                    return None if is_old else message.id
        except GoneError:
            log.info("session gone before it could be looked at")
        return None

    def _words(self) -> str:
        """The question as the assistant gets it; who spoke is said where several share it."""
        utterance = self._utterance
        return f"{utterance.name}: {utterance.text}" if self._is_shared else utterance.text


def _elsewhere(utterance: Utterance, chat: int) -> Utterance:
    """The utterance, where its chat is now. Messages from before cannot be named there."""
    number = -abs(utterance.message.message)
    return replace(
        utterance,
        address=replace(utterance.address, chat=chat),
        message=Ref(chat, number),
        instead_of=(),
    )
