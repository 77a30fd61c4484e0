"""An utterance in, a streamed answer out.

Safe to run again for the same turn: a second run changes the messages the first one posted, and
asks the assistant again only if no trace of the first question can be found.
"""

import logging
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from typing import Any, cast

from bot.audio import AudioError
from bot.conversation.asking import Asking, Outcome
from bot.conversation.chats import move
from bot.conversation.live_reply import LiveReply, acting
from bot.conversation.phrases import say
from bot.conversation.plugin_notes import notes_below
from bot.conversation.quotas import until_reset
from bot.conversation.read_along import read_button
from bot.conversation.reassurance import Reassurance
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
from bot.conversation.usage import settle
from bot.storage import JSON, Transaction
from bot.waiting import unless_set

log = logging.getLogger(__name__)

#: An answer of more messages than this comes as a file, too.
_MOST_PARTS = 5


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
        self._utterance = utterance.moved(moved) if isinstance(moved, int) else utterance
        self._turn = turn
        self._services = services
        utterance = self._utterance
        self._making = services.running.begin(
            utterance.address,
            utterance.speaker,
            utterance.message,
            turn,
            conversation=utterance.conversation,
        )
        posted, unsure = self._posted_before()
        is_private, choices = not utterance.address.is_group, utterance.choices
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
            is_rich=is_private and choices.formatting == "rich",
            draft=utterance.message.message
            if is_private and choices.streaming == "drafts"
            else None,
        )
        self._reassurance = Reassurance(
            turn,
            services,
            language=utterance.language,
            wait=services.client.chat.wait,
            hold=self._live.hold,
        )
        #: Speaks the answer along, where the person wants it so.
        self._speaker = (
            Speaker(
                utterance.voice.voice,
                language=utterance.language,
                user=utterance.speaker,
                group=utterance.address.group,
                services=services,
            )
            if utterance.voice.is_spoken(is_heard=utterance.is_heard)
            else None
        )
        self._asking = Asking(
            utterance,
            turn,
            services,
            live=self._live,
            reassurance=self._reassurance,
            speaker=self._speaker,
        )

    async def make(self) -> None:
        async with self._speaker or nullcontext():
            address = self._utterance.address
            async with acting(self._services.surface, address, "typing", self._services.clock):
                outcome = self._answered_before()
                if outcome is None:
                    async with self._reassurance.given(), self._live.growing():
                        outcome = await self._stoppable(self._asking.outcome())
                    outcome = await self._settled(outcome)
                self._making.may_stop = False
                await self._show(outcome)
            number = await self._keep(outcome)
            # What was stopped is not spoken, nor by an attempt that does not know of the stop.
            if self._speaker is not None and outcome.text and outcome.note != "stopped here":
                self._making.may_stop = True
                await self._speak(self._speaker, outcome.text, number)

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

    async def _speak(self, speaker: Speaker, text: str, answer: int | None) -> None:
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
            answer=answer,
        )
        try:
            await unless_set(work, self._turn.stopped)
        except (SurfaceError, AudioError) as error:
            # The words stand above; nobody is told that they were not answered.
            log.warning("answer not spoken", extra={"error": type(error).__name__})

    async def _keep(self, outcome: Outcome) -> int | None:
        """Keep question and answer, so that they can be made again and continued.

        Tells the number of the answer; `None` where its conversation was deleted meanwhile.
        """
        utterance, services = self._utterance, self._services  # The chat may have moved meanwhile.
        shown = [ref.message for ref in self._live.refs if ref.message]
        async with services.store.begin() as tx:
            conversation = await tx.conversations.hold(utterance.conversation)
            if conversation is None:
                return None  # It was deleted while it was answered; nothing of it stays.
            if conversation.chat_id != utterance.address.chat:
                # It moved after all was shown: the messages of before are none of the new chat's.
                utterance, shown = utterance.moved(conversation.chat_id), []
            number = await tx.answers.keep(
                chat_id=utterance.address.chat,
                conversation_id=utterance.conversation,
                asker_id=utterance.speaker,
                question_message=utterance.message.message,
                question=utterance.text,
                answer=outcome.text,
                is_heard=utterance.is_heard,
                shown=shown,
                at=services.clock.now(),
            )
            if conversation.title is None:
                await tx.conversations.rename(conversation.id, titled(utterance.text))
            if self._asking.strays_told_to is not None:
                await tx.files.carry_over(utterance.conversation, self._asking.strays_told_to)
        return number

    async def _show(self, outcome: Outcome) -> None:
        """Show the whole answer; as a file, too, where it is very long or not taken as messages."""
        language = self._utterance.language
        below = [Button(say("again", language), "again")]
        if self._utterance.is_heard:
            below.insert(0, Button(say("fix", language), "fix"))
        if outcome.text:
            below[:0] = [Button(say("listen", language), "listen"), read_button(language)]
        paragraphs = [outcome.markdown(language) or say("no answer", language)]
        paragraphs += notes_below(self._turn, language, is_answer=bool(outcome.text))
        if outcome.warning:
            time = until_reset(self._services.clock.now())
            paragraphs.append(say(outcome.warning, language, **time))
        try:
            await self._live.finish("\n\n".join(paragraphs), keyboard=(below,))
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

    async def _move(self, to: int) -> None:
        """The group has become a supergroup while it was being answered."""
        services = self._services
        await move(self._utterance.address.chat, to, services)
        moved = self._utterance = self._utterance.moved(to)
        self._asking.move(to)
        services.running.move(self._making, moved.address, moved.message)
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
