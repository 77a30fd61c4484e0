"""A question asked of OnDemand, or found there where an earlier attempt asked it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from bot.conversation.filing import with_files
from bot.conversation.live_reply import LiveReply
from bot.conversation.phrases import say
from bot.conversation.plugin_notes import note_used, put_away
from bot.conversation.plugins import PluginChoice
from bot.conversation.quotas import tokens_of
from bot.conversation.reassurance import Reassurance
from bot.conversation.services import Services
from bot.conversation.sessions import new_session, session_of
from bot.conversation.speak import Speaker
from bot.conversation.turns import Turn, Utterance
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
)
from bot.storage import JSON, Answer, File

log = logging.getLogger(__name__)

#: How far OnDemand's clock may be from ours when we look whether a question arrived there.
_SKEW = timedelta(seconds=30)

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


class Asking:
    """One attempt at one question."""

    def __init__(
        self,
        utterance: Utterance,
        turn: Turn,
        services: Services,
        *,
        live: LiveReply,
        reassurance: Reassurance,
        speaker: Speaker | None,
    ) -> None:
        """What comes of the answer grows in `live` and is spoken along by `speaker`."""
        self._utterance = utterance
        self._turn = turn
        self._services = services
        self._live = live
        self._reassurance = reassurance
        self._speaker = speaker
        #: Whether several talk in the conversation, each of whom is named.
        self._is_shared = utterance.address.is_group
        #: The files of the conversation, and what was answered last in it.
        self._files: Sequence[File] = ()
        self._last: Answer | None = None
        #: The session that was told what is in files of another one, which is gone.
        self.strays_told_to: str | None = None

    def move(self, chat: int) -> None:
        """The chat of the question has another number now."""
        self._utterance = self._utterance.moved(chat)

    async def outcome(self) -> Outcome:
        """Ask, or find what an earlier attempt asked for.

        Raises `OnDemandError`, as long as there is no word of an answer.
        """
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
        is_group = self._utterance.address.is_group
        self._is_shared = is_group and conversation.member_id is None
        if conversation.plugins is not None:
            own = PluginChoice.from_json(conversation.plugins)
            self._utterance = replace(self._utterance, plugins=own)
        if isinstance(asking, str) and (message_id := await self._trace(asking)):
            return await self._pick_up(asking, message_id)
        where = (conversation, self._utterance.speaker, self._services)
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
            self.strays_told_to = session_id
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
                    await put_away(stream, plugins, self._utterance, self._turn)
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
                    await note_used(plugins, self._utterance, self._turn, self._services)
                case Sources(name):
                    used = [Plugin("", name)]
                    await note_used(used, self._utterance, self._turn, self._services)
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
