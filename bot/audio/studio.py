"""The public face of the room: what can be done with sound, from the event loop."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from bot.audio.crew import PROGRAM, Crew, Limits
from bot.audio.sound import EVERY_KIND, Recording, Speech


class Studio:
    """Works on sound in processes of its own. An async context manager.

    Sound comes and goes as bytes; nothing is ever written to a file, so that nothing is left behind
    by a process that is killed. The processes start with the first work. Every call may raise
    `UnusableError`, `BusyError` or `WorkerError`; a call that is cancelled stops its work.
    """

    def __init__(self, *, limits: Limits | None = None, program: Sequence[str] = PROGRAM) -> None:
        #: `program` is for tests: what to run in place of our worker.
        self._crew = Crew(limits or Limits(), program)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the processes. Work that is not done ends with `WorkerError`."""
        await self._crew.close()

    async def prepare(
        self, content: bytes, *, longest: float = 3600.0, accepts: frozenset[str] = EVERY_KIND
    ) -> Recording:
        """Make what somebody recorded or sent ready for speech to text.

        It stays as it is where a service takes it like that, by the endings in `accepts`; else its
        sound is copied out of its file, or encoded as MP3. `accepts={"mp3"}` is for the second try
        with a service that refused the first. Its length is measured, not believed, and
        `UnusableError` comes before any work when it plays longer than `longest` seconds.
        """
        words = {"longest": longest, "accepts": sorted(accepts)}
        answer = await self._crew.do("prepare", [content], **words)
        (ready,) = answer.contents or (content,)
        return Recording(ready, **answer.words)

    async def voice(self, speech: bytes, *, after: float = 0.0) -> Speech:
        """Make one piece of a voice note of synthesised speech: trimmed, level, and encoded.

        `after` is how many seconds of the same note come before it. A long note goes on with fewer
        bits, so that up to five minutes it need not be encoded a second time.
        """
        answer = await self._crew.do("voice", [speech], after=after)
        (content,) = answer.contents
        return Speech(content, **answer.words)

    async def join(self, pieces: Sequence[bytes], *, gap: float = 0.15) -> Speech:
        """Make one voice note of pieces that `voice` made, in order, with so many seconds between.

        They are copied as they are. Only a note that would be larger than a mebibyte, the most of
        which Telegram shows length and shape by itself, is encoded again, with fewer bits.
        """
        answer = await self._crew.do("join", pieces, gap=gap)
        (content,) = answer.contents
        return Speech(content, **answer.words)
