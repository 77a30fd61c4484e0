"""What was heard and what was spoken, so that neither is paid for twice."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
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
    """A recording that was or was to be given to OnDemand."""

    name: str
    #: The `externalUserId` it belongs to there.
    external_id: str
    begun_at: datetime


class Uploads:
    """The shelf of recordings that are on their way through OnDemand."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, upload: Upload) -> None:
        """One is about to be uploaded: whatever happens now, it is to be deleted there."""
        made = insert_into(self._connection, uploads).values(
            name=upload.name, external_id=upload.external_id, begun_at=upload.begun_at
        )
        await self._connection.execute(made.on_conflict_do_nothing())

    async def end(self, name: str) -> None:
        """It is deleted there."""
        await self._connection.execute(delete(uploads).where(uploads.c.name == name))

    async def left_behind(self, *, before: datetime) -> list[Upload]:
        """Those begun before this moment that were not deleted yet, oldest first."""
        left = select(uploads).where(uploads.c.begun_at < before).order_by(uploads.c.begun_at)
        return [Upload(**row._mapping) for row in await self._connection.execute(left)]


class Speech:
    """The shelf of speech that was made and paid for, found by what it says."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(
        self, words: str, voice: str, sound: bytes, *, user_id: int, at: datetime
    ) -> None:
        """Keep how these words sound in this voice. The first sound stays."""
        made = insert_into(self._connection, speech).values(
            digest=self._digest(words, voice), user_id=user_id, sound=sound, made_at=at
        )
        await self._connection.execute(made.on_conflict_do_nothing())

    async def find(self, words: str, voice: str) -> bytes | None:
        """How these words sound in this voice, if they were spoken not long ago."""
        mine = speech.c.digest == self._digest(words, voice)
        sound: bytes | None = await self._connection.scalar(select(speech.c.sound).where(mine))
        return sound

    async def forget(self, *, before: datetime) -> None:
        """Drop what was made before this moment."""
        await self._connection.execute(delete(speech).where(speech.c.made_at < before))

    def _digest(self, words: str, voice: str) -> str:
        # No voice has a line end in its name, so no two pairs look alike.
        return cipher_of(self._connection.dialect).digest(f"{voice}\n{words}")
