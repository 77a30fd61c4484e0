"""The decoder of OnDemand's streams: bytes in, frames out. It does no input and output.

Nominally these are server-sent events. Really (observed live, 2026-07 to 2026-10) the blank line
between two events may be missing, and so may the `event:` lines; a proxy may fold the data over
several lines; and two sentinels, `[DONE]` and `[ERROR]…`, stand where JSON should. Hence:

- Lines end in LF, CR or CR LF, and in nothing else: U+2028 inside an answer is text.
- Sentinels are looked for at the start of a data line, before anything is parsed.
- A data line that is a JSON object by itself is a frame, at once. One that is not is kept, and
  joined with the data lines that follow until they parse, or until a blank line or the next
  `event:` shows that they never will.
- What cannot be read is skipped and counted. Nothing but size is an error.

However the bytes are cut into chunks, the frames are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.ondemand.loose import parse

_BOM = b"\xef\xbb\xbf"
_DEFAULT_CHANNEL = "message"

#: Joined lines are parsed anew with every line, up to this many; beyond it only at the end of
#: the event. It keeps a hostile stream from making us parse the same text ten thousand times.
_EAGER_LINES = 64

#: One of these is in every frame the platform sends. They tell a frame that follows a broken
#: one from a line inside a folded one.
_MARKS = frozenset({"eventType", "messageId", "sessionId", "errorCode"})


@dataclass(frozen=True, slots=True)
class Frame:
    """One event: the channel it came on, and its JSON object."""

    channel: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Done:
    """`[DONE]`: the answer is whole."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`[ERROR]`: they gave up. The body is what an HTTP answer would have held, or prose."""

    body: str


@dataclass(frozen=True, slots=True)
class Oversize:
    """A line, or the lines of one frame, passed the cap."""


Decoded = Frame | Done | Fault | Oversize


class SSEDecoder:
    """Turns the bytes of one stream into frames.

    Nothing is read past `Done`, `Fault` or `Oversize`. Memory is bounded by the cap on a line.
    """

    def __init__(self, *, line_limit: int) -> None:
        #: Complete lines seen that were not blank: the stream's sign of life.
        self.lines = 0
        #: Frames that could not be read.
        self.skipped = 0
        self._limit = line_limit
        self._tail = bytearray()  # The line that has not ended yet.
        self._after_cr = False  # A line feed now would belong to the last line end.
        self._channel = _DEFAULT_CHANNEL
        self._folded: list[str] = []  # Data lines that do not parse yet.
        self._folded_size = 0
        self._closed = False

    def feed(self, chunk: bytes) -> list[Decoded]:
        """The frames this chunk completes."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if self._closed or not chunk:
            return []
        found: list[Decoded] = []
        if b"\n" in chunk or b"\r" in chunk:
            whole = bytes(self._tail) + chunk if self._tail else chunk
            lines = whole.splitlines()
            self._after_cr = whole.endswith(b"\r")
            ended = self._after_cr or whole.endswith(b"\n")
            self._tail = bytearray() if ended else bytearray(lines.pop())
            found = self._read(lines)
        else:
            self._tail += chunk
        if len(self._tail) > self._limit and not self._closed:
            self._closed = True
            found.append(Oversize())
        return found

    def finish(self) -> list[Decoded]:
        """The frames that end with the stream, where the last line end is missing."""
        lines = [bytes(self._tail), b""] if self._tail else [b""]
        self._tail.clear()
        return [] if self._closed else self._read(lines)

    def _read(self, lines: list[bytes]) -> list[Decoded]:
        found: list[Decoded] = []
        for line in lines:
            decoded = self._line(line)
            if decoded is not None:
                found.append(decoded)
                if not isinstance(decoded, Frame):
                    self._closed = True
                    break
        return found

    def _line(self, line: bytes) -> Decoded | None:
        if not line:
            return self._end_of_event()
        if len(line) > self._limit:
            return Oversize()
        if not self.lines:
            line = line.removeprefix(_BOM)
        self.lines += 1
        if line.startswith(b"data:"):
            return self._data(line[5:])
        if line.startswith(b"event:"):
            last = self._end_of_event()
            self._channel = line[6:].strip().decode("utf-8", "replace") or _DEFAULT_CHANNEL
            return last
        if not line.startswith((b":", b"id:", b"retry:")):
            self.skipped += 1
        return None

    def _data(self, payload: bytes) -> Decoded | None:
        text = payload.decode("utf-8", "replace").strip()
        if text.startswith("["):
            if text == "[DONE]":
                self._drop_folded()
                return Done()
            if text.startswith("[ERROR]"):
                self._drop_folded()
                return Fault(text.removeprefix("[ERROR]").lstrip().removeprefix(":").lstrip())
        alone = _object(text)
        if alone is not None and not (self._folded and _MARKS.isdisjoint(alone)):
            self._drop_folded()
            return self._frame(alone)
        if not text and not self._folded:
            return None
        self._folded.append(text)
        self._folded_size += len(payload)
        if self._folded_size > self._limit:
            return Oversize()
        return self._unfold() if 1 < len(self._folded) <= _EAGER_LINES else None

    def _end_of_event(self) -> Frame | None:
        """A blank line or another event has come: what is kept parses now or never."""
        last = None
        if self._folded:
            last = self._unfold() if len(self._folded) > _EAGER_LINES else None
            self._drop_folded()
        self._channel = _DEFAULT_CHANNEL
        return last

    def _unfold(self) -> Frame | None:
        data = _object("\n".join(self._folded))
        if data is None:
            data = self._after_a_broken_one()
        if data is None:
            return None
        self._folded.clear()
        self._folded_size = 0
        return self._frame(data)

    def _after_a_broken_one(self) -> Mapping[str, object] | None:
        """The frame at the end of the kept lines, if what comes before it never was one.

        Where neither a blank line nor an `event:` parts two folded frames, one that is broken
        would else be joined with all that follow, and swallow the answer.
        """
        starts = [number for number, line in enumerate(self._folded) if line.startswith("{")]
        if not starts or starts[-1] == 0:
            return None
        data = _object("\n".join(self._folded[starts[-1] :]))
        if data is None or _MARKS.isdisjoint(data):
            return None
        self.skipped += 1
        return data

    def _frame(self, data: Mapping[str, object]) -> Frame:
        channel, self._channel = self._channel, _DEFAULT_CHANNEL
        return Frame(channel, data)

    def _drop_folded(self) -> None:
        if self._folded:
            self.skipped += 1
            self._folded.clear()
            self._folded_size = 0


def _object(text: str) -> Mapping[str, object] | None:
    try:
        value = parse(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
