"""Opus in Ogg: what is written is read, no length is believed, and pieces are joined."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audio import ogg, opus
from bot.audio.errors import UnusableError
from tests import sounds
from tests.sounds import NOTHING, ogg_file, opus_packets

_PACKETS = st.lists(st.binary(min_size=1, max_size=700), min_size=1, max_size=60)


@settings(deadline=None)  # Machines may be busy.
@given(_PACKETS, st.data())
def test_what_is_written_is_read(packets: list[bytes], data: st.DataObject) -> None:
    """Packets of any size come back out of the pages they went into, at any breaks of pages."""
    writer = ogg.Writer(serial=3)
    for number, packet in enumerate(packets):
        writer.write(packet, number)
        if data.draw(st.booleans()):
            writer.end_page()

    pages = list(ogg.read(writer.file()))

    whole = [page for page in pages if page]
    assert list(ogg.packets(whole)) == packets
    assert len(whole) == len(pages)
    assert [page.is_first for page in whole] == [True] + [False] * (len(whole) - 1)


@settings(deadline=None)  # Machines may be busy.
@given(st.binary(max_size=300), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_no_bytes_are_too_odd_to_be_looked_at(odd: bytes, at: int, put: bytes) -> None:
    """Whatever stands in a file or was changed in it, reading it ends and raises nothing."""
    file = ogg_file([NOTHING, b"\x78abc"])
    changed = file[:at] + put + file[at + len(put) :]

    for content in (odd, b"OggS" + odd, changed, changed + odd):
        list(ogg.packets(page for page in ogg.read(content) if page))
        opus.find(content, longest=60)


def test_a_packet_that_fills_several_pages_is_read() -> None:
    """Pages of others may carry one packet over: it is put together."""
    first = ogg.Page(1, -1, is_first=True, is_continued=False, segments=b"\xff", body=b"a" * 255)
    second = ogg.Page(1, 0, is_first=False, is_continued=True, segments=b"\x02", body=b"bc")

    assert list(ogg.packets([first, second])) == [b"a" * 255 + b"bc"]
    assert list(ogg.packets([second])) == []


@pytest.mark.parametrize(
    ("packet", "milliseconds"),
    [
        (b"", 0),
        (b"\x00", 10),
        (b"\x18", 60),
        (b"\x78", 20),
        (b"\x80", 2.5),
        (opus.SILENCE, 20),
        (b"\xf9", 40),
        (b"\xfa\x01", 40),
        (b"\xfb\x06", 120),
        (b"\xfb\x07", 0),
        (b"\xfb", 0),
    ],
    ids=[
        "nothing",
        "the shortest of speech",
        "the longest of speech",
        "hybrid",
        "the shortest of music",
        "silence",
        "two alike",
        "two unlike",
        "six",
        "more than may be",
        "no number",
    ],
)
def test_a_packet_tells_its_length(packet: bytes, milliseconds: float) -> None:
    """How long a packet plays stands in its first two bytes."""
    assert opus.length_of(packet) == milliseconds * 48


def test_an_honest_recording_is_plain() -> None:
    """An ordinary voice note is as long as it says, and needs no mending."""
    found = opus.find(sounds.recording("ogg"), longest=10)

    assert found is not None
    assert (found.seconds, found.is_plain) == (2.0, True)


@pytest.mark.parametrize(
    "claim", [lambda end: end * 1000, lambda end: 4800, lambda end: -end, lambda end: 1 << 62]
)
def test_a_lie_about_the_length_changes_nothing(claim: object) -> None:
    """Whatever positions a file claims, it is as long as its packets, and mended it says so."""
    packets = opus_packets(sounds.recording("ogg", 5.0))
    assert callable(claim)

    found = opus.find(ogg_file(packets, claim), longest=10)

    assert found is not None
    assert (round(found.seconds, 1), found.is_plain) == (5.0, False)
    mended = found.mended()
    assert mended is not None
    again = opus.find(mended[0], longest=10)
    assert again is not None
    assert (again.seconds, again.is_plain) == (mended[1], True)
    assert opus_packets(mended[0]) == packets


def test_chained_recordings_are_as_long_as_both() -> None:
    """Two recordings in one file, one after the other, are heard to the end."""
    found = opus.find(sounds.recording("ogg") + sounds.recording("ogg", 5.0), longest=10)

    assert found is not None
    assert (round(found.seconds), found.is_plain) == (7, False)


@pytest.mark.parametrize("position", [lambda end: end, lambda end: 48_000 * 3])
def test_hours_in_a_small_file_are_refused(position: object) -> None:
    """A file that plays for ten hours is refused, also when it claims to be over in seconds."""
    assert callable(position)
    hours = ogg_file([NOTHING] * 300_000, position)

    with pytest.raises(UnusableError) as refused:
        opus.find(hours, longest=3600)

    assert refused.value.reason == "too long"


def test_joined_pieces_are_copies_with_silence_between() -> None:
    """Pieces stand in their order, to the last byte, with the gap I asked for."""
    pieces = [sounds.recording("ogg"), sounds.recording("ogg", 5.0)]

    note, seconds = opus.join(pieces, gap=0.15)

    first, second = map(opus_packets, pieces)
    assert opus_packets(note) == [*first, *[opus.SILENCE] * 8, *second]
    found = opus.find(note, longest=60)
    assert found is not None
    assert (found.seconds, found.is_plain) == (seconds, True)
    assert len(sounds.decoded(note)) / 96_000 == pytest.approx(seconds, abs=0.001)


@settings(deadline=None)  # Machines may be busy.
@given(st.lists(st.integers(1, 120), min_size=1, max_size=4), st.floats(0, 2))
def test_a_joined_note_is_as_long_as_its_packets(counts: list[int], gap: float) -> None:
    """However many pieces there are, the note knows its length."""
    pieces = [opus.write([opus.SILENCE] * count, skip=312)[0] for count in counts]

    note, seconds = opus.join(pieces, gap=gap)

    frames = sum(counts) + (len(counts) - 1) * round(gap * 50)
    assert seconds == pytest.approx(frames * 0.02 - 312 / 48_000)
    found = opus.find(note, longest=3600)
    assert found is not None
    assert found.is_plain
    assert found.seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [([], "empty"), ([b""], "not sound"), ([sounds.NOTHING], "not sound")],
    ids=["no piece", "no bytes", "no Ogg"],
)
def test_what_is_no_piece_is_not_joined(pieces: list[bytes], reason: str) -> None:
    """Only pieces of speech are joined."""
    with pytest.raises(UnusableError) as refused:
        opus.join(pieces, gap=0.15)

    assert refused.value.reason == reason
