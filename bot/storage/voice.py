"""What was heard and what was spoken, so that neither is paid for twice."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import speech, transcripts, uploads
from bot.storage.types import cipher_of


class Transcripts:
    """The shelf of transcripts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, recording: str, text: str, *, user_id: int, at: datetime) -> None:
        """Keep what was heard in a recording. The first transcript of it stays."""
        made = insert_into(self._connection, transcripts).values(
            recording=recording, user_id=user_id, text=text, heard_at=at
        )
        await self._connection.execute(made.on_conflict_do_nothing())

    async def find(self, recording: str) -> str | None:
        """What was heard in this recording; `None` if nobody listened to it yet."""
        mine = transcripts.c.recording == recording
        text: str | None = await self._connection.scalar(select(transcripts.c.text).where(mine))
        return text

    async def forget(self, *, before: datetime) -> None:
        """Drop what was heard before this moment."""
        await self._connection.execute(delete(transcripts).where(transcripts.c.heard_at < before))


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording or a file that was or was to be given to OnDemand."""

    name: str
    #: The `externalUserId` it belongs to there.
    external_id: str
    begun_at: datetime


class Uploads:
    """The shelf of what is on its way into OnDemand, and to be deleted there."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, upload: Upload) -> None:
        """One is about to be uploaded: whatever happens now, it is to be deleted there."""
        made = insert_into(self._connection, uploads).values(
            name=upload.name, external_id=upload.external_id, begun_at=upload.begun_at
        )
        newest = {"begun_at": made.excluded.begun_at}
        await self._connection.execute(
            made.on_conflict_do_update(index_elements=["name"], set_=newest)
        )

    async def find(self, name: str) -> Upload | None:
        """The recording of this name, if it was not deleted there yet."""
        found = await self._connection.execute(select(uploads).where(uploads.c.name == name))
        row = found.one_or_none()
        return Upload(**row._mapping) if row else None

    async def end(self, name: str) -> None:
        """It is deleted there."""
        await self._connection.execute(delete(uploads).where(uploads.c.name == name))

    async def left_behind(self, *, before: datetime) -> list[Upload]:
        """Those begun before this moment that were not deleted yet, oldest first."""
        left = select(uploads).where(uploads.c.begun_at < before).order_by(uploads.c.begun_at)
        return [Upload(**row._mapping) for row in await self._connection.execute(left)]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that were spoken: the sound, or where it can be fetched."""

    sound: bytes | None = None
    seconds: float | None = None
    address: str | None = field(default=None, repr=False)


class Speech:
    """The shelf of speech that was made and paid for, found by what it says."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def note(
        self, words: str, voice: str, address: str, *, user_id: int, at: datetime
    ) -> None:
        """These words were spoken in this voice and paid for, and wait at this address."""
        made = insert_into(self._connection, speech).values(
            digest=self._digest(words, voice), user_id=user_id, address=address, made_at=at
        )
        newest = {"address": made.excluded.address, "made_at": made.excluded.made_at}
        await self._connection.execute(
            made.on_conflict_do_update(index_elements=["digest"], set_=newest)
        )

    async def keep(self, words: str, voice: str, sound: bytes, *, seconds: float) -> None:
        """Keep the sound of words that were noted, and how long it plays."""
        mine = speech.c.digest == self._digest(words, voice)
        fetched = update(speech).where(mine).values(sound=sound, seconds=seconds, address=None)
        await self._connection.execute(fetched)

    async def find(self, words: str, voice: str) -> Spoken | None:
        """What there is of these words in this voice, if they were spoken not long ago."""
        mine = speech.c.digest == self._digest(words, voice)
        found = await self._connection.execute(
            select(speech.c.sound, speech.c.seconds, speech.c.address).where(mine)
        )
        row = found.one_or_none()
        return Spoken(**row._mapping) if row else None

    async def forget(self, *, before: datetime) -> None:
        """Drop what was made before this moment."""
        await self._connection.execute(delete(speech).where(speech.c.made_at < before))

    def _digest(self, words: str, voice: str) -> str:
        # No voice has a line end in its name, so no two pairs look alike.
        return cipher_of(self._connection.dialect).digest(f"{voice}\n{words}")
