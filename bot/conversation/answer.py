"""An utterance in, a streamed answer out.

Safe to run again for the same turn: a second run changes the messages the first one posted, and
asks the assistant again only if no trace of the first question can be found.
"""

import logging
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self, cast

from bot.audio import AudioError
from bot.conversation.chats import move
from bot.conversation.filing import with_files
from bot.conversation.lines import quoted
from bot.conversation.live_reply import LiveReply, acting
from bot.conversation.phrases import say
from bot.conversation.plugins import CHOICE, PluginChoice, name_of
from bot.conversation.quotas import tokens_of, until_reset
from bot.conversation.reassurance import Reassurance
from bot.conversation.services import Services
from bot.conversation.sessions import new_session, session_of
from bot.conversation.settings import chosen_at, keep_at
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
from bot.conversation.usage import settle
from bot.ondemand import (
    MEDIA_KNOWLEDGE,
    AnswerStream,
    Called,
    Clarification,
    Delta,
    EndpointRefusedError,
    FailedError,
    Finished,
    GoneError,
    OnDemandError,
    Plugin,
    Query,
    Sources,
    Status,
    StatusError,
    StreamInterruptedError,
    Tuning,
    suffix,
)
from bot.storage import JSON, Answer, File, Transaction
from bot.waiting import unless_set

log = logging.getLogger(__name__)

#: How far OnDemand's clock may be from ours when we look whether a question arrived there.
_SKEW = timedelta(seconds=30)

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
    #: What the person is to know besides, as a phrase.
    warning: str = ""
    #: What the platform counted.
    tokens: int = 0

    @classmethod
    def from_json(cls, remembered: Sequence[JSON]) -> Self:
        """As a turn remembers it, without what was counted already."""
        text, note, *others = map(str, remembered)
        return cls(text, note, others[0] if others else "")

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
        utterance = self._utterance
        self._making = services.running.begin(
            utterance.address,
            utterance.speaker,
            utterance.message,
            turn,
            conversation=utterance.conversation,
        )
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
        self._reassurance = Reassurance(
            turn, services, language=utterance.language, hold=self._live.hold
        )
        #: Speaks the answer along, where it is to be spoken.
        self._speaker: Speaker | None = None
        #: The files of the conversation, and what was answered last in it.
        self._files: Sequence[File] = ()
        self._last: Answer | None = None
        #: The session that was told what is in files of another one, which is gone.
        self._strays_told_to: str | None = None

    async def make(self) -> None:
        async with self._speaking():
            address = self._utterance.address
            async with acting(self._services.surface, address, "typing", self._services.clock):
                outcome = self._answered_before()
                if outcome is None:
                    async with self._reassurance.given(), self._live.growing():
                        outcome = await self._stoppable(self._ask())
                    outcome = await self._settled(outcome)
                self._making.may_stop = False
                await self._show(outcome)
            await self._keep(outcome)
            # What was stopped is not spoken, nor by an attempt that does not know of the stop.
            if self._speaker is not None and outcome.text and outcome.note != "stopped here":
                self._making.may_stop = True
                await self._speak(self._speaker, outcome.text)

    async def _settled(self, outcome: Outcome) -> Outcome:
        """Write down what came of the question together with what it cost."""
        utterance = self._utterance

        async def settle_it(tx: Transaction) -> list[JSON]:
            is_near = await settle(
                tx,
                self._turn,
                self._services,
                user=utterance.speaker,
                group=utterance.address.group,
                tokens=outcome.tokens,
                is_answered=bool(outcome.text),
            )
            return [outcome.text, outcome.note, "limit near" if is_near else ""]

        return Outcome.from_json(await self._turn.step_in("answered", settle_it))

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
            group=utterance.address.group,
            services=self._services,
        ) as self._speaker:
            yield

    async def _speak(self, speaker: Speaker, text: str) -> None:
        """Send the answer as a voice note, unless the person has read enough and says stop."""
        utterance = self._utterance
        refs_are_there = utterance.address.is_group and bool(self._live.refs)
        work = speak_in(
            utterance.address,
            speaker,
            text,
            self._turn,
            self._services,
            language=utterance.language,
            reply_to=self._live.refs[-1] if refs_are_there else None,
        )
        try:
            await unless_set(work, self._turn.stopped)
        except (SurfaceError, AudioError) as error:
            # The words stand above; nobody is told that they were not answered.
            log.warning("answer not spoken", extra={"error": type(error).__name__})

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
            if self._strays_told_to is not None:
                await tx.files.carry_over(utterance.conversation, self._strays_told_to)

    async def _show(self, outcome: Outcome) -> None:
        """Show the whole answer; as a file, too, where it is very long or not taken as messages."""
        language = self._utterance.language
        below = [Button(say("again", language), "again")]
        if self._utterance.is_heard:
            below.insert(0, Button(say("fix", language), "fix"))
        if outcome.text:
            below.insert(0, Button(say("listen", language), "listen"))
        markdown = outcome.markdown(language) or say("no answer", language)
        markdown = "\n\n".join([markdown, *self._below(is_answer=bool(outcome.text))])
        if outcome.warning:
            time = until_reset(self._services.clock.now())
            markdown = f"{markdown}\n\n{say(outcome.warning, language, **time)}"
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

    def _below(self, *, is_answer: bool) -> Iterator[str]:
        """What is said of the plugins below the answer: which were lost, and which were used."""
        language, recall = self._utterance.language, self._turn.recall
        if isinstance(gone := recall("plugins refused"), list) and gone:
            yield say("plugins refused", language, names=_listed(gone))
        if recall("plugins not taken") is True:
            yield say("plugins not taken", language)
        if isinstance(used := recall("used"), list) and is_answer:
            yield say("plugins used", language, names=_listed(used))

    async def _put_away(self, stream: AnswerStream, asked: Sequence[Plugin]) -> None:
        """Switch off what the platform refused to know, and remember to say so.

        It may also refuse plugins as such, some models take none; then the choice stays as it is.
        """
        utterance = self._utterance
        if utterance.plugins.chosen is None:
            return  # They are the operator's, who finds it in the log.
        refused = set(stream.refused)
        names = [name_of(each) for each in asked if suffix(each.id) in refused]

        async def put_away(tx: Transaction) -> list[str]:
            kept = await chosen_at(utterance.address, utterance.speaker, tx)
            choice = PluginChoice.from_json(kept.get(CHOICE))
            if choice.chosen is None or not names:
                return []
            left = choice.without(refused).to_json()
            await keep_at(utterance.address, utterance.speaker, CHOICE, left, tx)
            return names

        await self._turn.step_in("plugins refused", put_away)
        dropped = set(stream.dropped)
        if dropped - refused and all(suffix(each.id) in dropped for each in asked):
            await self._turn.remember("plugins not taken", True)

    async def _note_used(self, plugins: Sequence[Plugin]) -> None:
        """Remember which plugins worked for the answer. One that nobody can name is not told."""
        catalogue, chosen = self._services.catalogue, self._utterance.plugins.chosen or ()
        by_id = {suffix(each.id): each for each in chosen if each.name}
        # What reads the conversation's files is ours to send along, and nobody's choice.
        told = [each for each in plugins if suffix(each.id) != suffix(MEDIA_KNOWLEDGE)]
        known = [catalogue.known(by_id.get(suffix(each.id), each)) for each in told]
        used = self._turn.recall("used")
        before = [str(each) for each in used] if isinstance(used, list) else []
        names = [name_of(each) for each in known if each.name]
        after = list(dict.fromkeys([*before, *names]))
        if after != before:
            await self._turn.remember("used", list(after))

    async def _move(self, to: int) -> None:
        """The group has become a supergroup while it was being answered."""
        services = self._services
        await move(self._utterance.address.chat, to, services)
        self._utterance = _elsewhere(self._utterance, to)
        may_stop = self._making.may_stop
        services.running.end(self._turn)
        moved = self._utterance
        self._making = services.running.begin(
            moved.address,
            moved.speaker,
            moved.message,
            self._turn,
            conversation=moved.conversation,
        )
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
        return Outcome.from_json(remembered) if isinstance(remembered, list) else None

    async def _stoppable(self, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        """The outcome of the work, or what there is of the answer when it is asked to end.

        Raises `BarredError` when nobody can read it any more.
        """
        outcome = await unless_set(work, self._turn.stopped, self._live.barred)
        if self._live.barred.is_set():
            raise BarredError("may not speak there any more")
        if outcome is not None:
            return outcome
        note = "stopped here" if self._turn.stop_reason == BY_THE_PERSON else ""
        return Outcome(self._live.text, note)

    async def _ask(self) -> Outcome:
        """Ask, or find what an earlier attempt asked for."""
        asked = self._turn.recall("asked")
        if isinstance(asked, list):
            return await self._pick_up(str(asked[0]), str(asked[1]))
        asking = self._turn.recall("asking")
        async with self._services.store.read() as tx:
            conversation = await tx.conversations.find(self._utterance.conversation)
            self._files = await tx.files.of_conversation(self._utterance.conversation)
            if self._files or asking is not None:
                self._last = await tx.answers.newest_in(self._utterance.conversation)
        if conversation is None:
            return Outcome("", "no answer")  # It was deleted in the meantime.
        self._is_shared = self._utterance.address.is_group and conversation.member_id is None
        if isinstance(asking, str) and (message_id := await self._trace(asking)):
            return await self._pick_up(asking, message_id)
        where = (conversation, self._utterance.speaker, self._services)
        is_group = self._is_shared
        try:
            return await self._ask_in(await session_of(*where, is_group=is_group))
        except GoneError:
            # The platform forgot the session; nobody but its memory is worse for it.
            return await self._ask_in(await new_session(*where, is_group=is_group))
        except EndpointRefusedError:
            self._services.models.forget()
            # What the person chose may be what is refused; then the best one there is answers.
            choices = replace(self._utterance.choices, endpoint=None)
            self._utterance = replace(self._utterance, choices=choices)
            return await self._ask_in(await session_of(*where, is_group=is_group))

    async def _ask_in(self, session_id: str) -> Outcome:
        services, choices = self._services, self._utterance.choices
        plugins = self._utterance.plugins.of(services.catalogue.usual)
        files_here = [file for file in self._files if file.session_id == session_id]
        if len(files_here) < len(self._files):
            self._strays_told_to = session_id
        query = Query(
            text=self._words(session_id),
            text_without_files=self._words(session_id, can_use_files=False),
            endpoint_id=await services.models.endpoint_for(choices.endpoint),
            plugins=[*([MEDIA_KNOWLEDGE] if files_here else []), *(each.id for each in plugins)],
            tuning=Tuning(instructions=choices.instructions),
        )
        # Should we die before the first word comes back, the next attempt looks before it asks.
        await self._turn.remember("asking", session_id)
        try:
            async with services.client.chat.stream(session_id, query) as stream:
                await self._reassurance.hear()
                if stream.message_id:
                    await self._turn.remember("asked", [session_id, stream.message_id])
                if stream.dropped:
                    await self._put_away(stream, plugins)
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
                case Called(plugins) | Status(plugins=plugins) if plugins:
                    await self._note_used(plugins)
                case Sources(plugin):
                    await self._note_used([Plugin("", plugin)])
                case Clarification(questions):
                    asked_back = "\n\n".join(questions)
                case Finished(text, message_id) if not text and not asked_back and message_id:
                    return await self._pick_up(session_id, message_id)
                case Finished(text, usage=usage):
                    return Outcome(text or asked_back, tokens=tokens_of(usage))
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
        return Outcome(message.answer or self._live.text, tokens=tokens_of(message.usage))

    async def _trace(self, session_id: str) -> str | None:
        """The id of our question in the session, if it arrived there before we died.

        People say "go on" more than once. What was answered last is older than our question.
        """
        words = {self._words(session_id, can_use_files=can) for can in (True, False)}
        last, since = self._last, self._utterance.at - _SKEW
        try:
            async for message in self._services.client.chat.messages(session_id):
                if message.created_at is not None and message.created_at < since:
                    return None
                if message.query in words:
                    is_old = last and (last.question, last.answer) == (
                        self._utterance.text,
                        message.answer,
                    )
                    return None if is_old else message.id
        except GoneError:
            log.info("session gone before it could be looked at")
        return None

    def _words(self, session_id: str, *, can_use_files: bool = True) -> str:
        """The question as the assistant gets it; who spoke is said where several share it.

        It is the same in each attempt, so that the question is found again in its session.
        """
        utterance = self._utterance
        words = f"{utterance.name}: {utterance.text}" if self._is_shared else utterance.text
        return with_files(
            words,
            self._files,
            session_id,
            since=self._last.answered_at if self._last else None,
            can_use=can_use_files,
        )


def _listed(names: Sequence[object]) -> str:
    return ", ".join(quoted(str(name)) for name in names)


def _elsewhere(utterance: Utterance, chat: int) -> Utterance:
    """The utterance, where its chat is now. Messages from before cannot be named there."""
    number = -abs(utterance.message.message)
    return replace(
        utterance,
        address=replace(utterance.address, chat=chat),
        message=Ref(chat, number),
        instead_of=(),
    )
