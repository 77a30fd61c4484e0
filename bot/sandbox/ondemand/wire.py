"""How a frame is written down: its index, its JSON, its lines, the bytes that come at once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bot.sandbox.ondemand.dialects import Behaviours, Frame


class Numbering:
    """Gives each frame its index: one count for all (October), or one per channel (July)."""

    def __init__(self, *, per_channel: bool) -> None:
        self._per_channel = per_channel
        self._counts: dict[str, int] = {}

    def number(self, channel: str) -> int:
        """Return the next index; the first is 1."""
        count = channel if self._per_channel else ""
        self._counts[count] = self._counts.get(count, 0) + 1
        return self._counts[count]


def dressed(frame: Frame, session: str, message: str, index: int, time: str) -> str:
    """Return the data of a frame as the platform writes it."""
    if frame.raw is not None:
        return frame.raw
    ids = {"sessionId": session, "messageId": message}
    if frame.channel == "heartbeat":
        return json.dumps({**ids, "time": time}, separators=(",", ":"))
    head = {**ids, "eventIndex": index, "eventType": frame.kind, "status": "processing"}
    payload = dict(frame.payload)
    if "currentStatusLog" in payload:
        payload["currentStatusLog"] = {**payload["currentStatusLog"], "time": time}
    # The answer's frames come from another writer than the rest: blanks, and letters of all
    # alphabets.
    if frame.kind == "fulfillment":
        return json.dumps({**ids, **payload, **head}, ensure_ascii=False)
    return json.dumps({**head, **payload}, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Wire:
    """How frames are written down; the platform and what stands before it do not always agree."""

    event_lines: bool = True
    blank_lines: bool = True
    space: bool = False
    comments: bool = False
    two_lines: bool = False
    size: int | None = None  # bytes that arrive at once

    @classmethod
    def of(cls, behaviours: Behaviours) -> "Wire":
        """Return the wire the armed behaviours ask for."""
        return cls(
            event_lines="no_event_lines" not in behaviours,
            blank_lines="no_blank_lines" not in behaviours,
            space="space_after_colon" in behaviours,
            comments="sse_comments" in behaviours,
            two_lines="data_over_two_lines" in behaviours,
            size=behaviours.get("split_bytes", {}).get("size"),
        )

    def write(self, channel: str, data: str) -> bytes:
        """Return one frame as bytes."""
        gap = " " if self.space else ""
        lines = [": still here", "id: 7", "retry: 3000"] if self.comments else []
        if self.event_lines:
            lines.append(f"event:{gap}{channel}")
        # After its opening brace JSON may go on in the next line.
        halves = (data[:1], data[1:]) if self.two_lines and data.startswith("{") else (data,)
        lines += [f"data:{gap}{half}" for half in halves]
        return ("\n".join(lines) + ("\n\n" if self.blank_lines else "\n")).encode()

    def pieces(self, written: bytes) -> Iterator[bytes]:
        """Return what arrives at once."""
        if self.size is None:
            yield written
            return
        rest = iter(written)
        while piece := bytes(islice(rest, self.size)):
            yield piece
