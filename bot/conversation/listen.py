"""Voice in: a recording becomes text.

Safe to run again for the same turn: a recording that was given to OnDemand is found there again by
its name, and what was heard once is not listened to again, whoever sends it.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bot.audio import EVERY_KIND, Recording, UnusableError
from bot.conversation.errors import UnheardError
from bot.conversation.live_reply import acting
from bot.conversation.reassurance import Reassurance
from bot.conversation.services import Services
from bot.conversation.surface import LARGEST_FILE, Address, Ref
from bot.conversation.surface import RefusedError as SurfaceRefusedError
from bot.conversation.turns import Turn
from bot.conversation.uploads import find_given, take_back
from bot.conversation.usage import count_recording, reserve_recording
from bot.ondemand import (
    MalformedError,
    Media,
    NotSubscribedError,
    RefusedError,
)
from bot.storage import StorageError, Transaction, Upload, User
from bot.waiting import unless_set

log = logging.getLogger(__name__)

#: Seconds of a recording that are listened to.
LONGEST = 3600.0

#: Seconds that deleting a recording may take at the end of its turn.
_LAST_WORDS = 5.0


#: What a service is tried with that refused a recording as it was.
_PLAIN_KIND: Final = frozenset({"mp3"})


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that somebody sent: a voice note, an audio file, a video note."""

    #: What the surface fetches it by.
    file: str
    #: The same wherever the recording is sent again.
    name: str
    #: Bytes and seconds, as the sender's app tells them; zero where it does not.
    size: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Listener:
    """For whom a recording is listened to."""

    user: int
    address: Address
    #: The person's message.
    message: Ref
    language: str


@asynccontextmanager
async def listening(
    sound: Sound, who: Listener, turn: Turn, services: Services
) -> AsyncIterator[str]:
    """What is said in a recording, for the length of the block.

    Meanwhile, whatever becomes of it, the recording is deleted at OnDemand. Raises `OverQuotaError`
    before anything is paid for, `UnheardError`, and what the surface, OnDemand and the studio
    raise; then it is not deleted if the same turn may want it again. While it is listened to people
    see so, can stop it, and are told when it takes long.
    """

    async def hold(markdown: str) -> Ref | None:
        if turn.recall("shown") is not None:
            return None
        (part,) = services.surface.format(markdown)
        ref = await services.surface.post(who.address, part, is_final=False)
        # As a growing answer remembers it, which goes on in this message.
        await turn.remember("shown", [[ref.message], 0])
        return ref

    reassurance = Reassurance(
        turn, services, language=who.language, wait=services.client.media.wait, hold=hold
    )
    services.running.begin(who.address, who.user, who.message, turn)
    try:
        async with (
            acting(services.surface, who.address, "typing", services.clock),
            reassurance.given(),
        ):
            heard = await unless_set(_listen(sound, who, turn, services), turn.stopped)
        if heard is None:
            raise UnheardError("stopped")
    except UnheardError:
        await _discard(turn, services)
        raise
    finally:
        services.running.end(turn)
    discarding = asyncio.create_task(_discard(turn, services))
    try:
        yield heard
    finally:
        # What takes longer is left to `sweep`: the next question waits for this turn.
        await asyncio.wait({discarding}, timeout=_LAST_WORDS)
        discarding.cancel()
        await asyncio.gather(discarding, return_exceptions=True)


async def _listen(sound: Sound, who: Listener, turn: Turn, services: Services) -> str:
    if sound.size > LARGEST_FILE:
        raise UnheardError("recording too large")
    if sound.seconds > LONGEST:
        raise UnheardError("recording too long")
    async with services.store.read() as tx:
        heard = await tx.transcripts.find(sound.name)
        user = await tx.users.find(who.user)
    if heard is None:
        if user is None:
            raise LookupError("whoever speaks was erased meanwhile")
        heard = text = await _Listening(sound, user, turn, services).heard()

        async def keep(tx: Transaction) -> bool:
            if text.strip():
                at = services.clock.now()
                await tx.transcripts.keep(sound.name, text, user_id=who.user, at=at)
            await count_recording(tx, turn, who.address.group, services)
            return True

        await turn.step_in("heard", keep)
    if not heard.strip():
        raise UnheardError("nothing heard")
    return heard


async def _discard(turn: Turn, services: Services) -> None:
    """Have what this turn gave to OnDemand deleted there. What fails is left to `sweep`."""
    for kind in _KINDS:
        name, known = turn.recall(f"{kind} name"), turn.recall(f"{kind} media")
        if isinstance(name, str):
            async with services.store.read() as tx:
                upload = await tx.uploads.find(name)
            if upload is not None:
                media_id = known if isinstance(known, str) else None
                try:
                    await take_back(upload, services, media_id=media_id)
                except StorageError as error:
                    log.warning("recording not taken back", extra={"error": type(error).__name__})


#: A recording is given to OnDemand as it is, and as MP3 where it is refused like that.
_KINDS: Final = {"recording": EVERY_KIND, "mp3": _PLAIN_KIND}


class _Listening:
    """One attempt at hearing one recording."""

    def __init__(self, sound: Sound, speaker: User, turn: Turn, services: Services) -> None:
        self._sound = sound
        self._speaker = speaker
        self._owner = speaker.external_id
        self._turn = turn
        self._services = services
        self._content: bytes | None = None

    async def heard(self) -> str:
        """What is said. A service that refuses it is asked once more, with a plain MP3."""
        try:
            for kind in _KINDS:
                try:
                    return await self._heard_as(kind)
                except NotSubscribedError:
                    raise
                except (RefusedError, MalformedError) as error:
                    # A bad file and a broken service look the same from here.
                    log.warning("recording refused", extra={"kind": kind, "why": str(error)})
        except NotSubscribedError as error:
            raise UnheardError("deaf", is_operators=True) from error
        raise UnheardError("not understood by ear")

    async def _heard_as(self, kind: str) -> str:
        media = await self._uploaded_before(kind)
        if media is None:
            async with self._services.ears:
                media = await self._upload(kind)
        return await self._services.client.services.speech_to_text(media.url)

    async def _uploaded_before(self, kind: str) -> Media | None:
        """The recording as an earlier attempt gave it to OnDemand, if it arrived there.

        Looked up in any case, because its address expires.
        """
        name = self._turn.recall(f"{kind} name")
        return (
            await find_given(name, self._owner, self._services) if isinstance(name, str) else None
        )

    async def _upload(self, kind: str) -> Media:
        services = self._services
        recording = await self._prepared(_KINDS[kind])
        await reserve_recording(self._speaker.id, recording.seconds, self._turn, services)

        async def choose(tx: Transaction) -> str:
            ending = recording.name.rpartition(".")[2]
            return f"{kind}-{secrets.token_hex(16)}.{ending}"

        name = await self._turn.step_in(f"{kind} name", choose)
        # Written down each time before it goes out, so that whatever happens it is taken back.
        async with services.store.begin() as tx:
            await tx.uploads.begin(Upload(name, self._owner, services.clock.now()))
        media = await services.client.media.upload(
            recording.content,
            name,
            content_type=recording.content_type,
            external_user_id=self._owner,
        )
        await self._turn.remember(f"{kind} media", media.id)
        return media

    async def _prepared(self, accepts: frozenset[str]) -> Recording:
        services = self._services
        try:
            if self._content is None:
                self._content = await services.surface.fetch(self._sound.file)
            return await services.studio.prepare(self._content, longest=LONGEST, accepts=accepts)
        except UnusableError as error:
            raise UnheardError(f"recording {error.reason}") from error
        except SurfaceRefusedError as error:
            raise UnheardError("recording too large") from error
