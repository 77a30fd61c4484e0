"""Voice out: an answer is spoken while it is still being written.

Safe to begin again: what was spoken once is found by its words and not paid again, in the next
attempt as well as when somebody listens to the same answer later.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from bot.audio import AudioError, Speech, WorkerError
from bot.conversation.ear import Names, Reader
from bot.conversation.live_reply import acting
from bot.conversation.phrases import say
from bot.conversation.quotas import until_reset
from bot.conversation.services import Services
from bot.conversation.surface import (
    Address,
    MovedError,
    Ref,
    SurfaceError,
    UncertainError,
    VoiceForbiddenError,
)
from bot.conversation.turns import Turn
from bot.conversation.usage import count_speech, has_voice_left, tell_of_voice
from bot.ondemand import DownloadError, NotSubscribedError, OnDemandError, Voice
from bot.storage import REFUSED

log = logging.getLogger(__name__)

#: Pieces of one answer that are spoken at the same time.
_AT_ONCE = 3

#: What a character takes to be spoken, on average over languages and voices.
_SECONDS_A_CHARACTER = 1 / 15

#: Seconds of one voice note: so much fits into a mebibyte, up to which Telegram draws its shape.
#: What is longer goes out as several, with numbers.
_LONGEST_NOTE = 440.0


class SpeechlessError(Exception):
    """An answer could not be spoken. Its text stands in the chat."""

    def __init__(self, *, is_operators: bool = False) -> None:
        super().__init__("could not be spoken")
        #: Whether an operator has to do something.
        self.is_operators = is_operators


class SpentError(SpeechlessError):
    """Nothing more may be spoken to this person today."""


class Speaker:
    """Speaks one answer, in one voice, for one person. Whoever opens it closes it."""

    def __init__(
        self,
        voice: Voice,
        *,
        language: str,
        user: int,
        services: Services,
        group: int | None = None,
    ) -> None:
        self._voice: Voice = voice
        self._names = _names(language)
        self.user = user
        #: The group that hears it.
        self._group = group
        self._services = services
        self._reader = Reader(self._names)
        self._made: dict[str, asyncio.Task[Speech]] = {}
        self._free = asyncio.Semaphore(_AT_ONCE)
        #: Set when a piece could not be spoken: then the rest is not paid for.
        self._is_over = False
        #: Whether that was because the person's day has no more room for voice.
        self._is_spent = False
        #: Set when there was room: what is begun then is spoken to its end.
        self._may_pay = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._made.values():
            task.cancel()
        await asyncio.gather(*self._made.values(), return_exceptions=True)

    def feed(self, piece: str) -> None:
        """More of the answer came. Whole sentences are spoken at once, ahead of the rest."""
        for words in self._reader.feed(piece):
            self._begin(words)

    async def speak(self, markdown: str) -> list[Speech]:
        """The whole answer as voice notes; none where there is nothing to say.

        What was fed before is part of it. Raises `SpeechlessError`.
        """
        reader = Reader(self._names)
        pieces = [self._begin(words) for words in [*reader.feed(markdown), *reader.finish()]]
        try:
            spoken = await asyncio.gather(*pieces)
            return [await self._join(notes) for notes in _notes(spoken)]
        except (OnDemandError, AudioError) as error:
            log.warning("answer not spoken", extra={"error": type(error).__name__})
            raise SpeechlessError(is_operators=isinstance(error, NotSubscribedError)) from error

    async def _join(self, pieces: Sequence[Speech]) -> Speech:
        return await self._services.studio.join([piece.content for piece in pieces])

    def _begin(self, words: str) -> asyncio.Task[Speech]:
        if words not in self._made:
            after = sum(map(len, self._made)) * _SECONDS_A_CHARACTER
            self._made[words] = asyncio.create_task(self._make(words, after=after))
        return self._made[words]

    async def _make(self, words: str, *, after: float) -> Speech:
        """These words as they sound, paid for only if they were not spoken before.

        `after` is about how many seconds of the same note come before them.
        """
        async with self._free:
            if self._is_over:
                raise SpentError if self._is_spent else SpeechlessError
            one_at_a_time = self._services.speaking.setdefault((self._voice, words), asyncio.Lock())
            try:
                async with one_at_a_time:
                    return await self._spoken(words, after=after)
            except Exception:
                self._is_over = True
                raise

    async def _spoken(self, words: str, *, after: float) -> Speech:
        services = self._services
        async with services.store.read() as tx:
            found = await tx.speech.find(words, self._voice)
            if not (found or self._may_pay) and await has_voice_left(tx, self.user, services):
                self._may_pay = True
        if found is None and not self._may_pay:
            self._is_spent = True
            raise SpentError
        if found is not None and found.sound is not None:
            return Speech(found.sound, found.seconds or 0.0)
        sound = await self._fetched(found.address) if found and found.address else None
        if sound is None:
            address = await services.client.services.synthesise(words, voice=self._voice)
            # That it was paid is written down before anything else can go wrong.
            async with services.store.begin() as tx:
                await tx.speech.note(
                    words, self._voice, address, user_id=self.user, at=services.clock.now()
                )
            sound = await services.client.services.fetch_speech(address)
        speech = await self._polished(sound, after=after)
        async with services.store.begin() as tx:
            await tx.speech.keep(words, self._voice, speech.content, seconds=speech.seconds)
            # Here and nowhere else: a sound that is kept is never made again.
            await count_speech(tx, self.user, self._group, speech.seconds, services)
        return speech

    async def _fetched(self, address: str) -> bytes | None:
        """What was made before and not fetched; `None` if it is no longer there."""
        try:
            return await self._services.client.services.fetch_speech(address)
        except DownloadError:
            return None

    async def _polished(self, sound: bytes, *, after: float) -> Speech:
        studio = self._services.studio
        try:
            return await studio.voice(sound, after=after)
        except WorkerError:
            return await studio.voice(sound, after=after)  # A process died; once more may help.


async def speak_in(
    address: Address,
    speaker: Speaker,
    markdown: str,
    turn: Turn,
    services: Services,
    *,
    language: str,
    reply_to: Ref | None = None,
    answer: int | None = None,
) -> None:
    """Send a text as voice notes, each once, or say in a sentence why not.

    `answer` is the number of what they say, which is continued by a reply to one of them.

    Raises what the surface raises, but for a chat that has moved or a doubt about arrival.
    """
    if turn.recall("speechless") is not None:
        return
    async with acting(services.surface, address, "record_voice", services.clock):
        try:
            notes = await speaker.speak(markdown)
        except SpentError:
            if await tell_of_voice(speaker.user, turn, services):
                time = until_reset(services.clock.now())
                (part,) = services.surface.format(say("limit voice", language, **time))
                await services.surface.post(address, part, reply_to=reply_to)
            return
        except SpeechlessError as error:
            level = logging.ERROR if error.is_operators else logging.WARNING
            log.log(level, "speechless", exc_info=error, extra={"reference": turn.reference})
            turn.note(f"{REFUSED} voice")
            await turn.remember("speechless", True)
            (part,) = services.surface.format(say("speechless", language, ref=turn.reference))
            await services.surface.post(address, part, reply_to=reply_to)
            return
        refs = _send_all(notes, address, turn, services, language=language, reply_to=reply_to)
        async for ref in refs:
            if answer is not None:
                async with services.store.begin() as tx:
                    await tx.answers.speak(answer, ref.chat, ref.message)


async def _send_all(
    notes: Sequence[Speech],
    address: Address,
    turn: Turn,
    services: Services,
    *,
    language: str,
    reply_to: Ref | None,
) -> AsyncIterator[Ref]:
    """Send voice notes, each once, and tell where. One that may have arrived is not sent again."""
    for number, note in enumerate(notes, start=1):
        caption = f"{number}/{len(notes)}" if len(notes) > 1 else ""
        step = f"spoken {number}"
        if turn.recall(step) is not None:
            continue
        # Said first: whoever dies in between does not know whether it arrived, and the words of it
        # stand in the chat already.
        await turn.remember(step, True)
        try:
            try:
                ref = await _send(note, address, services, caption, language, reply_to)
            except MovedError as error:
                address, reply_to = replace(address, chat=error.to), None
                ref = await _send(note, address, services, caption, language, None)
        except UncertainError:
            log.info("voice note may have arrived")
        except (SurfaceError, AudioError):
            await turn.remember(step, None)  # Nothing was sent.
            raise
        else:
            yield ref


async def _send(
    note: Speech,
    address: Address,
    services: Services,
    caption: str,
    language: str,
    reply_to: Ref | None,
) -> Ref:
    """Send one note; as an audio file, with the reason, to whoever forbids voice messages."""
    surface = services.surface
    try:
        return await surface.post_voice(
            address, note.content, note.seconds, caption=caption, reply_to=reply_to
        )
    except VoiceForbiddenError:
        file = await services.studio.prepare(note.content, accepts=frozenset({"mp3"}))
        why = say("voice forbidden", language)
        return await surface.post_audio(
            address,
            file.content,
            note.seconds,
            title=say("answer", language),
            caption=f"{caption} {why}".strip(),
            reply_to=reply_to,
        )


def _notes(pieces: Sequence[Speech]) -> list[list[Speech]]:
    """The pieces of each note: as many as fit into the longest."""
    notes: list[list[Speech]] = []
    seconds = 0.0
    for piece in pieces:
        if not notes or seconds + piece.seconds > _LONGEST_NOTE:
            notes.append([])
            seconds = 0.0
        notes[-1].append(piece)
        seconds += piece.seconds
    return notes


def _names(language: str) -> Names:
    """How things that are not read out are called in this language."""
    return Names(
        code=say("ear code", language),
        code_in=say("ear code in", language, language="{language}"),
        table=say("ear table", language),
        link=say("ear link", language, host="{host}"),
        picture=say("ear picture", language),
        formula=say("ear formula", language),
    )
