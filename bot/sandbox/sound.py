"""What is in a sound file: its container, its codec, and how long it really plays.

Nothing is guessed by trying: a playlist that poses as a recording would be followed to other files
of this machine.
"""

import io

import av

_MAGIC = {b"OggS": "ogg", b"fLaC": "flac", b"\x1aE\xdf\xa3": "matroska", b"ID3": "mp3"}


def demuxer_of(sound: bytes) -> str | None:
    """Return the name of what opens these bytes, None for what is no sound file we know."""
    head = sound[:16]
    if head[:4] == b"RIFF":
        return "wav" if head[8:12] == b"WAVE" else None
    if head[4:8] == b"ftyp":
        return "mov"
    for start, name in _MAGIC.items():
        if head.startswith(start):
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        # Both begin with eleven set bits; the two layer bits are zero in AAC and never zero in MP3.
        return "mp3" if head[1] & 0x06 else "aac"
    return None


def is_opus(sound: bytes) -> bool:
    """Say whether this is an Ogg whose first stream is Opus."""
    return demuxer_of(sound) == "ogg" and sound[_payload(sound, 0) :].startswith(b"OpusHead")


def links_of(ogg: bytes) -> list[bytes]:
    """Return the recordings of a chained Ogg one by one; most have one."""
    starts, place, began = [], 0, False
    while ogg.startswith(b"OggS", place) and len(ogg) > place + 26:
        begins = bool(ogg[place + 5] & 2)
        if begins and not began:  # Streams side by side begin on pages that follow each other.
            starts.append(place)
        began = begins
        payload = _payload(ogg, place)
        place = payload + sum(ogg[place + 27 : payload])
    ends = [*starts[1:], len(ogg)]
    return [ogg[a:b] for a, b in zip(starts, ends, strict=True)] if starts else [ogg]


def length(sound: bytes) -> float:
    """Return how many seconds a recording plays, a film too; 0 for what cannot be opened.

    The packets are counted: what a file says of itself may be wrong. Blocks.
    """
    demuxer = demuxer_of(sound)
    if demuxer is None:
        return 0.0
    seconds = 0.0
    try:
        with av.open(io.BytesIO(sound), "r", format=demuxer) as file:
            streams = [*file.streams.audio, *file.streams.video]
            for packet in file.demux(streams[:1]):
                seconds += float((packet.duration or 0) * (packet.time_base or 0))
            # Some Matroska files do not tell it of each packet.
            return seconds or (file.duration or 0) / av.time_base
    except (av.FFmpegError, ValueError):
        return seconds


def _payload(ogg: bytes, page: int) -> int:
    """Return where the payload of the page at this place begins, behind its table of sizes."""
    return page + 27 + (ogg[page + 26] if len(ogg) > page + 26 else 0)
