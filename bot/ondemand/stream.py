"""A streamed answer, from its first byte to its end."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Self

from bot.ondemand.errors import OnDemandError, Reason, StatusError, StreamInterruptedError
from bot.ondemand.events import (
    Called,
    Delta,
    Event,
    Finished,
    Piece,
    Quiet,
    Status,
    Trouble,
    plugins_in,
    read_event,
)
from bot.ondemand.limits import Limits
from bot.ondemand.loose import mended, parse, text
from bot.ondemand.models import Usage
from bot.ondemand.replies import error_in_stream
from bot.ondemand.sse import Decoded, Done, Fault, Frame, Oversize, SSEDecoder

#: Characters of a step's calls that are kept until they make sense.
_LONGEST_CALLS = 1 << 16


class AnswerStream:
    """The events of one answer, in the order of arrival, ending with `Finished`.

    An async iterator for one reader. `message_id` is known from the first frame, which has
    come before anybody gets to see the stream. Every wait ends: at `Limits.first_byte` before
    the first line, at `Limits.silence` between two lines (heartbeats are lines, single bytes
    are not), and, the reader's own time included, at `Limits.total`.

    Anything but the end mark raises `StreamInterruptedError`, once, after the events that came
    before it. The text so far and the message id are in the error, and in the attributes here.
    Frames that make no sense, or belong to another session, are left out and counted.
    """

    def __init__(
        self, chunks: AsyncIterator[bytes], *, session_id: str, limits: Limits, started: float
    ) -> None:
        #: The platform's id of the message; the way back to the answer if the stream breaks.
        self.message_id: str | None = None
        #: Plugins that had to be left out for the query to be taken, without prefixes.
        self.dropped: tuple[str, ...] = ()
        #: Those of them that were refused by their ids.
        self.refused: tuple[str, ...] = ()
        self._chunks = chunks
        self._session_id = session_id
        self._limits = limits
        self._started = started  # The event loop's clock, when the query was sent.
        # Seconds spent waiting since the last line, or since the query was sent.
        self._waited = asyncio.get_running_loop().time() - started
        self._decoder = SSEDecoder(line_limit=limits.line)
        self._events: deque[Event] = deque()
        self._failure: StreamInterruptedError | None = None
        self._begun = False
        self._ended = False
        self._pieces: list[str] = []
        self._size = 0
        self._half = ""  # The first half of a surrogate pair that was cut in two.
        self._fallback = ""
        self._usage: Usage | None = None
        self._misread = 0
        self._calls: dict[str, str] = {}  # For each step, what came of its calls so far.

    @property
    def text(self) -> str:
        """The answer as far as it has come."""
        return "".join(self._pieces) or self._fallback

    @property
    def skipped(self) -> int:
        """Frames left out so far because they made no sense or were not ours."""
        return self._misread + self._decoder.skipped

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            if self._ended:
                raise StopAsyncIteration
            await self._read()
        return self._events.popleft()

    async def begin(self) -> None:
        """Wait for the first frame. Raises what ended the stream, if it ended before any event."""
        while not (self._begun or self._ended):
            await self._read()
        if self._failure is not None and not self._events:
            failure, self._failure = self._failure, None
            raise failure

    async def part(self) -> None:
        """Read what follows the end mark, so that the connection can be used again.

        That is the end of the body, which comes at once or not at all; nobody waits for it longer
        than `Limits.farewell`. An answer that nobody read to its end is not waited for.
        """
        if not self._ended or self._failure is not None or self._events:
            return
        with suppress(TimeoutError, OnDemandError):
            async with asyncio.timeout(self._limits.farewell):
                async for _ in self._chunks:
                    pass

    async def _read(self) -> None:
        """Take in one chunk: afterwards there are events, or an end, or nothing new."""
        clock = asyncio.get_running_loop().time
        lines, now = self._decoder.lines, clock()
        patience = self._limits.silence if lines else self._limits.first_byte
        silent_at, over_at = now + patience - self._waited, self._started + self._limits.total
        deadline = min(silent_at, over_at)
        try:
            if now >= deadline:  # A source that never suspends would not notice the timeout.
                raise TimeoutError
            async with asyncio.timeout_at(deadline):
                chunk = await anext(self._chunks, None)
        except TimeoutError as error:
            self._interrupt("overtime" if over_at <= silent_at else "silence", cause=error)
            return
        except OnDemandError as error:
            self._interrupt("cut", cause=error)
            return
        for decoded in self._decoder.finish() if chunk is None else self._decoder.feed(chunk):
            self._take(decoded)
            if self._ended:
                return
        if chunk is None:
            self._interrupt("cut")
        # Only the time we spend waiting is silence: a reader may take its time.
        self._waited = 0.0 if self._decoder.lines > lines else self._waited + clock() - now

    def _take(self, decoded: Decoded) -> None:
        match decoded:
            case Frame():
                self._begun = True
                self._take_frame(decoded)
            case Done():
                self._finish()
            case Fault(body):
                self._interrupt("error", refusal=error_in_stream(body))
            case Oversize():
                self._interrupt("oversize")

    def _take_frame(self, frame: Frame) -> None:
        session_id = frame.data.get("sessionId")
        if session_id and session_id != self._session_id:
            self._misread += 1
            return
        if self.message_id is None:
            self.message_id = text(frame.data.get("messageId")) or None
        match read_event(frame):
            case Delta() as delta:
                self._append(delta)
            case Quiet():
                pass
            case Piece() as piece:
                self._collect(piece)
            case Trouble():
                self._interrupt("error", refusal=error_in_stream(json.dumps(frame.data)))
            case None:
                self._misread += 1
            case event:
                if isinstance(event, Usage):
                    self._usage = event
                elif isinstance(event, Status) and event.answer:
                    self._fallback = event.answer
                self._events.append(event)

    def _collect(self, piece: Piece) -> None:
        """Tell which plugins a step calls, once all pieces of that are there."""
        calls = self._calls.pop(piece.step, "") + piece.text
        try:
            found = parse(calls) if calls.rstrip()[-1:] in ("}", "]") else None
        except ValueError:
            found = None
        if found is None:
            others = sum(map(len, self._calls.values()))
            if len(calls) + others <= _LONGEST_CALLS:
                self._calls[piece.step] = calls
        elif plugins := plugins_in(found):
            self._events.append(Called(plugins))

    def _append(self, delta: Delta) -> None:
        """Add a piece to the answer, keeping back half a character until its other half comes."""
        piece = self._half + delta.text
        self._half = ""
        if "\ud800" <= piece[-1] <= "\udbff":
            piece, self._half = piece[:-1], piece[-1]
        if not piece:
            return
        clean = mended(piece)
        self._size += len(clean)
        if self._size > self._limits.answer:
            self._interrupt("oversize")
            return
        self._pieces.append(clean)
        self._events.append(delta if clean is delta.text else Delta(clean))

    def _finish(self) -> None:
        if self._half:
            self._pieces.append(mended(self._half))
            self._events.append(Delta(self._pieces[-1]))
        self._ended = True
        self._events.append(Finished(self.text, self.message_id, self._usage, self.skipped))

    def _interrupt(
        self,
        reason: Reason,
        *,
        cause: Exception | None = None,
        refusal: StatusError | None = None,
    ) -> None:
        self._ended = True
        self._failure = StreamInterruptedError(
            reason, text=self.text, message_id=self.message_id, refusal=refusal
        )
        self._failure.__cause__ = cause or refusal
