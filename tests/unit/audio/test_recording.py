"""What people send, and what they should not: used where it is of use, refused where it is not."""

import struct
import time
import zlib
from collections.abc import Callable

import pytest

from bot.audio.errors import UnusableError
from bot.audio.recording import prepare
from bot.audio.sound import EVERY_KIND
from tests import sounds
from tests.sounds import NOTHING, file, ogg_file, opus_packets, recording, silence, tone

MP3 = frozenset({"mp3"})


def changed(content: bytes, at: int, put: bytes) -> bytes:
    """The file with other bytes at this place."""
    return content[:at] + put + content[at + len(put) :]


def told_short() -> bytes:
    """An M4A whose table says that each packet plays for a moment only."""
    honest = recording("m4a")
    return changed(honest, honest.index(b"stts") + 16, struct.pack(">I", 1))


def every_page_damaged() -> bytes:
    """An Ogg in which a byte of each page is another one."""
    damaged = bytearray(recording("ogg"))
    at = damaged.find(b"OggS")
    while at >= 0:
        damaged[at + 30] ^= 0xFF
        at = damaged.find(b"OggS", at + 4)
    return bytes(damaged)


def with_a_huge_cover() -> bytes:
    """An MP3 with a picture that would fill a gigabyte when it is decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    side = 16_000
    shape = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    lines = zlib.compress(bytes((side // 8 + 1) * side))
    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", shape) + chunk(b"IDAT", lines)
    cover = b"\0image/png\0\x03\0" + picture + chunk(b"IEND", b"")
    frame = b"APIC" + struct.pack(">I", len(cover)) + b"\0\0" + cover
    size = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frame + recording("mp3")


def joined_mp3s() -> bytes:
    """Three MP3s of three rates in one, as people make them with `cat`."""
    rates = (44_100, 22_050, 48_000)
    return b"".join(file("mp3", tone(1, rate=rate), rate=rate) for rate in rates)


def without_index() -> bytes:
    """An M4A that was cut off before its index."""
    return recording("m4a")[:5_000]


GOOD: dict[str, tuple[Callable[[], bytes], str, str, float]] = {
    "a voice note": (lambda: recording("ogg"), "voice.ogg", "as it is", 2.0),
    "an MP3": (lambda: recording("mp3"), "audio.mp3", "as it is", 2.0),
    "an M4A": (lambda: recording("m4a"), "audio.m4a", "as it is", 2.0),
    "an MP4 of sound alone": (lambda: recording("mp4"), "audio.m4a", "as it is", 2.0),
    "a WAV": (lambda: recording("wav"), "audio.wav", "as it is", 2.0),
    "a FLAC": (lambda: recording("flac"), "audio.flac", "as it is", 2.0),
    "a WebM": (lambda: recording("webm"), "voice.ogg", "copied out", 2.0),
    "a raw AAC": (lambda: recording("aac"), "audio.m4a", "copied out", 2.0),
    "a video note": (
        lambda: file("mp4", tone(2, rate=44_100), has_picture=True),
        "audio.m4a",
        "copied out",
        2.0,
    ),
    "a film in three languages": (
        lambda: file("mp4", *(tone(s, rate=44_100) for s in (2, 3, 4)), has_picture=True),
        "audio.m4a",
        "copied out",
        2.0,
    ),
    "a Vorbis": (lambda: recording("vorbis"), "audio.mp3", "encoded", 2.0),
    "a WAV in 24 bits": (lambda: recording("wav24"), "audio.mp3", "encoded", 2.0),
    "a voice note cut in half": (
        lambda: recording("ogg", 10.0)[: len(recording("ogg", 10.0)) // 2],
        "voice.ogg",
        "copied out",
        5.0,
    ),
    "an MP3 cut in half": (lambda: recording("mp3")[:8_000], "audio.mp3", "as it is", 0.95),
    "a WAV cut in half": (lambda: recording("wav")[:88_200], "audio.wav", "as it is", 1.0),
    "two voice notes in one file": (
        lambda: recording("ogg") + recording("ogg"),
        "voice.ogg",
        "copied out",
        4.0,
    ),
    "one that says ten hours": (
        lambda: ogg_file(opus_packets(recording("ogg")), lambda end: 48_000 * 36_000),
        "voice.ogg",
        "copied out",
        2.0,
    ),
    "one that says a moment": (
        lambda: ogg_file(opus_packets(recording("ogg")), lambda end: min(end, 4_800)),
        "voice.ogg",
        "copied out",
        2.0,
    ),
    "one that says less than nothing": (
        lambda: ogg_file(opus_packets(recording("ogg")), lambda end: -end),
        "voice.ogg",
        "copied out",
        2.0,
    ),
    "an M4A that says a moment": (told_short, "audio.m4a", "as it is", 2.0),
    "an MP3 with a huge cover": (with_a_huge_cover, "audio.mp3", "copied out", 2.0),
    "MP3s of several rates": (joined_mp3s, "audio.mp3", "as it is", 3.2),
    "silence": (lambda: file("ogg", silence(2)), "voice.ogg", "as it is", 2.0),
    "tags that are no text": (
        lambda: file("mp3", tone(2, rate=44_100), tags={"title": "ABCDE"}).replace(
            b"ABCDE", b"\xff\xfe\xc3\x28\xff"
        ),
        "audio.mp3",
        "as it is",
        2.0,
    ),
}

BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no bytes": (lambda: b"", "empty"),
    "a text": (lambda: b"Hello, I am a voice note.", "not sound"),
    "a page of the web": (lambda: b"<!DOCTYPE html><html><body>404</body></html>", "not sound"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(200), "not sound"),
    "a list that names another file": (
        lambda: b"ffconcat version 1.0\nfile other.ogg\n",
        "not sound",
    ),
    "a playlist that names another file": (
        lambda: b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.ogg\n#EXT-X-ENDLIST\n",
        "not sound",
    ),
    "a playlist that names an address": (
        lambda: b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:1/secret\n",
        "not sound",
    ),
    "the first 40 bytes": (lambda: recording("ogg")[:40], "broken"),
    "heads and nothing more": (lambda: ogg_file([]), "no sound in it"),
    "every page damaged": (every_page_damaged, "broken"),
    "hours in a small file": (
        lambda: ogg_file([NOTHING] * 100_000, lambda end: min(end, 48_000 * 3)),
        "too long",
    ),
    "a FLAC of ten minutes": (
        lambda: file("flac", silence(600, rate=8_000), rate=8_000),
        "too long",
    ),
    "an M4A of ten minutes": (
        lambda: file("m4a", silence(600, rate=8_000), rate=8_000),
        "too long",
    ),
    "a WAV of one sample a second": (
        lambda: changed(recording("wav"), 24, struct.pack("<I", 1)),
        "broken",
    ),
    "a WAV of 4 GHz": (lambda: changed(recording("wav"), 24, b"\xff" * 4), "broken"),
    "a WAV of 0 Hz": (lambda: changed(recording("wav"), 24, bytes(4)), "broken"),
    "a WAV of a thousand channels": (
        lambda: changed(recording("wav"), 22, struct.pack("<H", 1_000)),
        "broken",
    ),
    "a WAV without data": (lambda: recording("wav")[:44], "broken"),
    "an M4A without its index": (without_index, "broken"),
    "a film without sound": (
        lambda: file("mp4", has_picture=True),
        "no sound in it",
    ),
    "a moment": (lambda: file("ogg", tone(0.05)), "no sound in it"),
    "a head of WebM": (lambda: b"\x1aE\xdf\xa3 and nothing of the kind", "broken"),
    "a head of MP4": (lambda: b"\0\0\0\x18ftypM4A and nothing of the kind", "broken"),
    "a head of MP3": (lambda: b"ID3 and nothing of the kind", "broken"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_people_send_is_made_ready(name: str) -> None:
    """What I send is taken in the cheapest way that does, and its real length is known."""
    make, ready_as, how, seconds = GOOD[name]
    content = make()

    ready = prepare(content, longest=300, accepts=EVERY_KIND)

    assert (ready.name, ready.how) == (ready_as, how)
    assert ready.seconds == pytest.approx(seconds, abs=0.06)
    assert (ready.content == content) is (how == "as it is")


@pytest.mark.parametrize("name", GOOD)
def test_whatever_is_of_use_can_be_made_an_mp3(name: str) -> None:
    """A service that refused my recording is given an MP3 of the same length."""
    make, _, _, seconds = GOOD[name]

    ready = prepare(make(), longest=300, accepts=MP3)

    assert (ready.name, ready.content_type) == ("audio.mp3", "audio/mpeg")
    assert ready.seconds == pytest.approx(seconds, abs=0.06)
    if ready.how == "encoded":
        heard = len(sounds.decoded(ready.content, rate=16_000)) / 32_000
        assert heard == pytest.approx(seconds, abs=0.2)  # An encoder adds a frame or two.


@pytest.mark.parametrize("accepts", [EVERY_KIND, MP3], ids=["everything", "an MP3"])
@pytest.mark.parametrize("name", BAD)
def test_what_is_of_no_use_is_refused(name: str, accepts: frozenset[str]) -> None:
    """What is no sound, or would hurt, is refused with little work and with the reason."""
    make, reason = BAD[name]
    content = make()

    started = time.process_time()
    with pytest.raises(UnusableError) as refused:
        prepare(content, longest=300, accepts=accepts)

    assert refused.value.reason == reason
    assert time.process_time() - started < 1


def test_a_cover_is_left_behind() -> None:
    """The picture in a music file goes nowhere."""
    ready = prepare(with_a_huge_cover(), longest=300, accepts=EVERY_KIND)

    assert b"PNG" not in ready.content


def test_joined_files_of_several_rates_are_heard_to_the_end() -> None:
    """An MP3 made of three others is encoded as one, without a gap that matters."""
    content = joined_mp3s()

    # It is called an M4A, so that the MP3 must be decoded.
    ready = prepare(content, longest=300, accepts=frozenset({"m4a"}))

    assert (ready.how, ready.name) == ("encoded", "audio.mp3")
    assert ready.seconds == pytest.approx(3.2, abs=0.1)
