"""Streams as they were captured, with invented words (July and October 2026)."""

import json

SESSION = "6aca10000000000000000001"
MESSAGE = "6aca20000000000000000002"


def frame(kind: str | None = None, *, channel: str = "message", **fields: object) -> bytes:
    """One frame of a stream, as it was captured."""
    data: dict[str, object] = {"sessionId": SESSION, "messageId": MESSAGE}
    if kind:
        data["eventType"] = kind
    text = json.dumps(data | fields, ensure_ascii=False)
    return f"event:{channel}\ndata:{text}\n\n".encode()


def said(*pieces: str) -> bytes:
    """Frames of the answer itself."""
    return b"".join(frame("fulfillment", answer=piece) for piece in pieces)


HEARTBEAT = frame(channel="heartbeat", time="2026-07-20T20:37:33Z")
DONE = b"event:message\ndata:[DONE]\n\n"
