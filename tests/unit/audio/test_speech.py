"""Speech for a voice note: polished, encoded, and joined without a click."""

import io
import math
from functools import cache
from itertools import pairwise

import av
import pytest

from bot.audio import opus, speech
from bot.audio.errors import UnusableError
from bot.audio.polish import polish
from bot.audio.sound import Speech
from bot.sandbox.speech import VOICES, speak
from tests import sounds
from tests.sounds import file, numbers, silence, tone

FRAME = 960 * 2  # bytes of 20 milliseconds
SENTENCES = (
    "The weather will be fine tomorrow, with some clouds in the afternoon.",
    "And here is another sentence, spoken by the same voice.",
    "Yes.",
)


@cache
def piece() -> Speech:
    """A few seconds of speech, ready to be joined."""
    return speech.voice(speak(" ".join(SENTENCES)))


def level(pcm: bytes) -> float:
    """How loud it is, in dB of full scale."""
    heard = numbers(pcm)
    return 10 * math.log10(sum(one * one for one in heard) / len(heard) / 32_768**2)


def peak(pcm: bytes) -> float:
    """Its loudest sample, in dB of full scale."""
    return 20 * math.log10(max(map(abs, numbers(pcm))) / 32_768)


def jump(pcm: bytes) -> int:
    """The greatest step from one sample to the next: a click is one."""
    heard = numbers(pcm)
    return max(abs(after - before) for before, after in pairwise(heard))


def sharpness(pcm: bytes) -> float:
    """How much of the sound is in its steps, in dB: a click has all of it there."""
    heard = numbers(pcm)
    steps = sum((after - before) ** 2 for before, after in pairwise(heard))
    return 10 * math.log10(max(steps, 1) / len(heard))


@pytest.mark.parametrize("loudness", [0.06, 0.1, 0.3, 0.6])
def test_all_pieces_are_equally_loud(loudness: float) -> None:
    """A voice that was made too low or too loud comes out like the others."""
    polished = polish(tone(2, loudness=loudness), 48_000)

    assert level(polished[48_000 // 10 : -48_000 // 10]) == pytest.approx(-19, abs=0.3)


@pytest.mark.parametrize(
    ("loudness", "expected"), [(0.01, -43 + 12), (0.02, -37 + 12)], ids=["a whisper", "a murmur"]
)
def test_a_whisper_is_raised_and_not_blown_up(loudness: float, expected: float) -> None:
    """What is very low is raised by 12 dB and no more, or its noise would be heard."""
    polished = polish(tone(2, loudness=loudness), 48_000)

    assert level(polished[48_000 // 10 : -48_000 // 10]) == pytest.approx(expected, abs=0.3)


def test_nothing_is_clipped() -> None:
    """Low speech with one loud word is raised only as far as that word allows."""
    polished = polish(tone(3, loudness=0.03) + tone(0.05, loudness=0.8), 48_000)

    assert peak(polished) == pytest.approx(-1, abs=0.1)


def test_long_silence_around_the_words_is_cut() -> None:
    """A piece begins a breath before its first word and ends an echo after its last one."""
    polished = polish(silence(1) + tone(1) + silence(1), 48_000)

    assert len(polished) / 96_000 == pytest.approx(0.02 + 0.06 + 1 + 0.12, abs=0.02)


def test_a_piece_begins_and_ends_in_silence() -> None:
    """Pieces may be put side by side anywhere."""
    heard = numbers(polish(tone(1), 48_000))

    assert heard[:960] == (0,) * 960
    assert abs(heard[-1]) < 50


@pytest.mark.parametrize("pcm", [silence(2), b"", tone(2, loudness=0.0002)])
def test_silence_is_no_piece(pcm: bytes) -> None:
    """Speech in which nothing is said is refused, and I can leave it out."""
    with pytest.raises(UnusableError) as refused:
        polish(pcm, 48_000)

    assert refused.value.reason == "no sound in it"


def test_a_piece_is_a_voice_note() -> None:
    """A piece is Opus in Ogg as Telegram wants it, knows its length, and tells nothing else."""
    note = piece()

    found = opus.find(note.content, longest=60)
    assert found is not None
    assert (found.seconds, found.is_plain) == (note.seconds, True)
    assert len(sounds.decoded(note.content)) / 96_000 == pytest.approx(note.seconds, abs=0.001)
    assert {opus.length_of(packet) for packet in sounds.opus_packets(note.content)} == {960}
    with av.open(io.BytesIO(note.content)) as opened:
        stream = opened.streams.audio[0]
        assert (stream.codec_context.name, stream.codec_context.channels) == ("opus", 1)
        assert opened.metadata | stream.metadata == {}


def test_a_long_note_goes_on_with_fewer_bits() -> None:
    """A minute into a note its pieces get smaller, so that five minutes fit."""
    first, later = piece(), speech.voice(speak(" ".join(SENTENCES)), after=60)

    assert later.seconds == first.seconds
    assert len(later.content) < 0.85 * len(first.content)


def test_joints_are_as_good_as_if_all_were_encoded_at_once() -> None:
    """Nobody hears where one piece ends and the next begins."""
    pieces = [speech.voice(speak(text, voice=VOICES["onyx"])) for text in SENTENCES]
    alone = [sounds.decoded(piece.content) for piece in pieces]

    note = speech.join([piece.content for piece in pieces], gap=0.16)

    heard = sounds.decoded(note.content)
    assert len(heard) / 96_000 == pytest.approx(note.seconds, abs=0.02)
    pause = 8 * FRAME
    whole = [len(sounds.opus_packets(piece.content)) * FRAME for piece in pieces]
    laid_out = b"".join(
        pcm.ljust(length + pause, b"\0") for pcm, length in zip(alone, whole, strict=True)
    )
    at_once = sounds.decoded(file("ogg", laid_out))
    start = 0
    for length, following in zip(whole, alone[1:], strict=False):
        ended, start = start + length, start + length + pause
        # From the last tenth of a second of one piece into the first word of the next one.
        joint = slice(ended - 5 * FRAME, start + 10 * FRAME)
        assert jump(heard[joint]) <= 1.5 * jump(at_once[joint]) + 16
        assert sharpness(heard[joint]) <= sharpness(at_once[joint]) + 1.5
        assert max(map(abs, numbers(heard[ended + FRAME : start - FRAME]))) <= 16
        # And the next piece is to the last bits what it is alone: its decoder is in step.
        heard_and_alone = zip(numbers(heard[start:]), numbers(following), strict=False)
        assert max(abs(one - other) for one, other in heard_and_alone) <= 8


@pytest.mark.parametrize("share", [0.85, 0.75, 0.6])
def test_a_note_that_would_be_too_large_is_encoded_again(share: float) -> None:
    """Where Telegram's limit for the waveform would be passed, the note gets fewer bits."""
    pieces = [piece().content] * 2
    copied, seconds = opus.join(pieces, gap=0.15)
    largest = int(len(copied) * share)

    note = speech.join(pieces, gap=0.15, largest=largest)

    assert len(note.content) < largest
    assert note.seconds == pytest.approx(seconds, abs=0.02)
    assert len(sounds.decoded(note.content)) / 96_000 == pytest.approx(seconds, abs=0.02)


def test_a_note_too_long_for_any_rate_is_made_all_the_same() -> None:
    """A very long answer is spoken to the end, however large the note."""
    pieces = [piece().content] * 2
    copied, seconds = opus.join(pieces, gap=0.15)

    note = speech.join(pieces, gap=0.15, largest=1_000)

    assert 1_000 < len(note.content) < len(copied)
    assert note.seconds == pytest.approx(seconds, abs=0.02)


def test_speech_that_is_none_is_refused() -> None:
    """An answer of the service that is no sound is told as such."""
    with pytest.raises(UnusableError) as refused:
        speech.voice(b'{"error": "no speech today"}')

    assert refused.value.reason == "not sound"
