"""The recordings people send, and what is found out about them."""

import io
from collections.abc import Callable

import av
import pytest

from bot.sandbox import recordings
from bot.sandbox.sound import demuxer_of, is_opus, length, links_of
from bot.sandbox.speech import CAN_HEAR, UnhearableError, hear, pour, speak

WORDS = "Good morning."


@pytest.mark.parametrize(
    ("make", "demuxer", "seconds", "words"),
    [
        (lambda: recordings.audio_file(WORDS, "m4a"), "mov", 0.9, WORDS),
        (lambda: recordings.audio_file(WORDS, "flac"), "flac", 0.9, WORDS),
        (lambda: recordings.video_note(WORDS), "mov", 0.9, WORDS),
        (lambda: recordings.mp3_with_cover(WORDS), "mp3", 0.9, WORDS),
        (lambda: recordings.silence(2), "ogg", 2, ""),
        (lambda: recordings.ogg_with_vorbis(2), "ogg", 2, ""),
        (lambda: recordings.chained(_note(), _note()), "ogg", 1.7, f"{WORDS} {WORDS}"),
        (lambda: recordings.truncated(_note(6)), "ogg", 3, " ".join([WORDS] * 6)),
    ],
    ids=["m4a", "flac", "film", "cover", "silence", "vorbis", "chained", "truncated"],
)
def test_a_recording_is_what_it_says(
    make: Callable[[], bytes], demuxer: str, seconds: float, words: str
) -> None:
    """Each has its container, lasts as long as its words, and is heard."""
    sound = make()

    assert demuxer_of(sound) == demuxer
    assert length(sound) == pytest.approx(seconds, abs=0.15)
    assert hear(sound) == words


def test_an_hour_fits_into_a_megabyte() -> None:
    """Silence takes little room, and its packets tell how long it is."""
    hour = recordings.silence(3600)

    assert len(hour) < 1 << 20
    assert length(hour) == pytest.approx(3600)
    assert is_opus(hour)


def test_a_film_without_sound_cannot_be_heard() -> None:
    """It has a length, and no sound track."""
    film = recordings.video_note(seconds=3)

    assert length(film) == pytest.approx(3)
    with pytest.raises(UnhearableError):
        hear(film)


@pytest.mark.parametrize("make", [recordings.ffconcat, recordings.hls])
def test_a_playlist_is_no_recording(make: Callable[[str], bytes]) -> None:
    """A list that names another file gives nothing of it."""
    playlist = make("voice.ogg")

    assert b"voice.ogg" in playlist
    assert (demuxer_of(playlist), length(playlist), is_opus(playlist)) == (None, 0, False)


@pytest.mark.parametrize("sound", [b"", b"OggS", b"OggS" + bytes(40), b"ID3"])
def test_what_is_broken_has_no_length(sound: bytes) -> None:
    """Heads without a body are no reason to fail."""
    assert (length(sound), is_opus(sound), links_of(sound)) == (0, False, [sound])


def test_a_picture_takes_room_only_where_it_is_looked_at() -> None:
    """The cover of an MP3 can be far bigger than its file."""
    with av.open(io.BytesIO(recordings.mp3_with_cover(WORDS, side=4000)), format="mp3") as file:
        picture = file.streams.video[0]
        assert (picture.width, picture.height) == (4000, 4000)

    assert len(recordings.mp3_with_cover(WORDS, side=4000)) < 20_000


def test_only_some_files_can_lose_their_tags() -> None:
    """Of other containers nothing is promised."""
    with pytest.raises(ValueError, match="an MP3 and an Ogg"):
        recordings.untagged(recordings.video_note())


@pytest.mark.skipif(not CAN_HEAR, reason="pocketsphinx has no wheel for this Python")
def test_joined_speech_is_heard() -> None:
    """Sentences joined and packed anew, as a bot does it, are understood word for word."""
    pieces = [_samples(speak(sentence)) for sentence in recordings.EASILY_HEARD]

    heard = hear(_opus(bytes(2 * 7_200).join(pieces)))

    said = " ".join(recordings.EASILY_HEARD).replace(".", "").lower()
    assert heard == said


def _note(times: int = 1) -> bytes:
    """Return a voice note that says the words so many times."""
    return speak(" ".join([WORDS] * times), container="ogg")


def _samples(mp3: bytes) -> bytes:
    """Return a recording as samples, 48 000 a second."""
    samples = bytearray()
    with av.open(io.BytesIO(mp3), "r", format="mp3") as file:
        resampler = av.AudioResampler("s16", "mono", 48_000)
        for frame in (*file.decode(audio=0), None):
            for piece in resampler.resample(frame):
                samples += bytes(piece.planes[0])[: piece.samples * 2]
    return bytes(samples)


def _opus(samples: bytes) -> bytes:
    """Return samples as a voice note of 32 kbit/s without tags."""
    written = io.BytesIO()
    with av.open(written, "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 32_000
        pour(samples, 48_000, file, stream, "s16")
    return written.getvalue()
