"""What the sandbox speaks and hears, without a network."""

import io
import re

import av
import pytest

from bot.sandbox.languages import guess_language
from bot.sandbox.speech import CAN_HEAR, VOICES, UnhearableError, hear, speak

SENTENCES = {
    "en": "Good morning, how are you today?",
    "es": "Buenos días, ¿cómo estás?",
    "fr": "Bonjour, comment ça va ?",
    "de": "Guten Morgen, wie geht es dir?",
    "pt": "Bom dia, como você está?",
    "it": "Buongiorno, come stai? Io sono qui con il gatto.",
    "ru": "Доброе утро, как дела?",
    "ar": "صباح الخير، كيف حالك؟",
    "hi": "सुप्रभात, आप कैसे हैं?",
    "zh": "早上好，你好吗？",
    "ja": "お元気ですか、今日は良い天気です。",
}


@pytest.mark.parametrize(
    ("language", "text"), [*SENTENCES.items(), ("en", ""), ("en", "12 + 30"), ("en", "Zxqv")]
)
def test_the_language_of_a_text_is_guessed(language: str, text: str) -> None:
    """Letters and common words tell the language; what tells nothing is English."""
    assert guess_language(text) == language


@pytest.mark.parametrize("text", [*SENTENCES.values(), ""])
def test_our_own_speech_is_heard_in_every_language(text: str) -> None:
    """What the sandbox spoke it hears again, word for word, as MP3 and as Ogg."""
    heard = [hear(speak(text)), hear(speak(text, container="ogg"))]

    assert heard == [text, text]


def test_a_chain_is_heard_to_its_end() -> None:
    """Two recordings in one file, as Ogg allows, are heard one after the other."""
    first, second = (speak(text, container="ogg") for text in ("Good morning.", "Buenos días."))

    assert hear(first + second) == "Good morning. Buenos días."


def test_the_six_voices_differ() -> None:
    """Each of OnDemand's voices sounds like somebody else."""
    sounds = {speak("Hello there.", voice=voice) for voice in VOICES.values()}

    assert len(sounds) == 6


def test_the_same_words_sound_the_same() -> None:
    """Said again, after something else, a sentence is the same to the last byte."""
    first = speak("Hello there.")
    speak("Buenos días.", voice=VOICES["onyx"])

    assert speak("Hello there.") == first


def test_speech_is_as_long_as_its_words() -> None:
    """More words take more time, and the file says how long."""
    short, long = (_seconds(speak(text)) for text in ("Hello.", "Hello. " * 10))

    assert 0.3 < short < 2
    assert long > 5 * short


@pytest.mark.skipif(not CAN_HEAR, reason="pocketsphinx has no wheel for this Python")
def test_english_is_really_heard() -> None:
    """Spoken English is understood by its sound alone, but for a few words."""
    said = "My name is Anna and I live in a small house near the sea"

    heard = hear(_without_tags(speak(said)))

    assert _word_errors(said, heard) <= 3


@pytest.mark.skipif(CAN_HEAR, reason="pocketsphinx is here")
def test_where_nothing_can_be_heard_it_says_so() -> None:
    """Without a recogniser a recording gives a sentence that explains, never a wrong transcript."""
    heard = hear(_without_tags(speak("Good morning, how are you today?")))

    assert re.fullmatch(r"\[\d+ seconds of sound; .* no recogniser .*\]", heard)


def test_silence_has_no_words() -> None:
    """A recording in which nobody speaks gives an empty text."""
    silence = _write(bytes(2 * 22_050))

    assert hear(silence) == ""


@pytest.mark.parametrize(
    "sound",
    [
        b"",
        b"Hello",
        b"#EXTM3U\nsecret.mp3",
        b"OggS" + bytes(40),
        b"RIFF\0\0\0\0AVI LIST",
        b"\xff\xfb",
    ],
    ids=["empty", "text", "a playlist", "a broken file", "a film", "a lone head"],
)
def test_what_is_no_sound_is_refused(sound: bytes) -> None:
    """A file that is not sound is refused, and a playlist is never followed."""
    with pytest.raises(UnhearableError):
        hear(sound)


def _without_tags(mp3: bytes) -> bytes:
    """Return the same sound in a new file."""
    pcm = bytearray()
    with av.open(io.BytesIO(mp3), "r", format="mp3") as file:
        resampler = av.AudioResampler("s16", "mono", 22_050)
        for frame in file.decode(audio=0):
            for piece in resampler.resample(frame):
                pcm += bytes(piece.planes[0])[: piece.samples * 2]
    return _write(bytes(pcm))


def _write(pcm: bytes) -> bytes:
    """Return 22 050 Hz mono samples as a WAV file."""
    head = b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data"
    body = head + len(pcm).to_bytes(4, "little") + pcm
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _seconds(mp3: bytes) -> float:
    with av.open(io.BytesIO(mp3), "r", format="mp3") as file:
        return sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))


def _word_errors(said: str, heard: str) -> int:
    """Return how many words must be put in, taken out or changed to make one of the other."""
    there = re.findall(r"[a-z']+", heard.lower())
    row = list(range(len(there) + 1))
    for i, word in enumerate(said.lower().split(), 1):
        before, row = row, [i]
        for j, other in enumerate(there, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (word != other)))
    return row[-1]
