"""Real speech without a network: espeak-ng speaks, pocketsphinx hears English.

What we speak carries its words and its language in the file's own tags, so that it is heard without
error in every language, as long as nobody takes the tags off. Any other sound is decoded and
listened to. Everything here blocks and belongs in a thread; all of it may run in several threads at
once.
"""

import array
import importlib.util
import io
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer

from bot.sandbox.languages import guess_language
from bot.sandbox.recogniser import RATE
from bot.sandbox.sound import demuxer_of, links_of

CAN_HEAR = importlib.util.find_spec("pocketsphinx") is not None
LONGEST = 180.0  # seconds of a recording that are listened to; the rest is not heard
_PATIENCE = 90.0  # seconds one text or one recording may take
_QUIET = 300  # of 32767: a recording that never gets louder is silence

_TEXT_TAG, _LANGUAGE_TAG = "SANDBOX_TEXT", "LANGUAGE"


class UnhearableError(Exception):
    """These bytes are no sound we know how to decode."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How somebody sounds: a variant of espeak-ng, laid over the voice of each language."""

    variant: str
    pitch: int  # 0 to 99; espeak-ng's own is 50
    speed: int  # words a minute


#: The six voices of OnDemand. `alloy` is the one the recogniser understands best.
VOICES = {
    "alloy": Voice("f5", 50, 150),
    "echo": Voice("m3", 45, 150),
    "fable": Voice("m7", 55, 145),
    "onyx": Voice("m2", 25, 140),
    "nova": Voice("f2", 60, 155),
    "shimmer": Voice("f4", 70, 150),
}
# espeak-ng names a few languages in its own way.
_ESPEAK_NAMES = {"en": "en-us", "zh": "cmn", "pt": "pt-br", "fr": "fr-fr"}


def speak(
    text: str,
    *,
    voice: Voice = VOICES["alloy"],
    language: str | None = None,
    container: Literal["mp3", "ogg"] = "mp3",
    bit_rate: int = 48_000,
) -> bytes:
    """Return the text as spoken sound, an MP3 or an Ogg with Opus, its words in the tags.

    The language is guessed where it is not given; one espeak-ng does not speak is read as English.
    Text without a word in it gives a moment of silence.
    """
    language = language or guess_language(text)
    samples, rate = synthesise(text, voice, language)
    tags = tags_of(text, language)
    return _encode(samples or bytes(rate // 5 * 2), rate, container, bit_rate, tags)


def tags_of(text: str, language: str) -> dict[str, str]:
    """Return the tags by which a recording is heard without error."""
    return {_TEXT_TAG: text, _LANGUAGE_TAG: language}


def hear(sound: bytes) -> str:
    """Return the words in a recording: our own speech exactly, other sound as English.

    Silence gives "". Understands MP3, Ogg, WAV, FLAC, AAC, MP4 and WebM. Raises `UnhearableError`
    for anything else and for a broken file. Where the recogniser is not installed a recording gives
    a bracketed sentence that says so.
    """
    links = links_of(sound) if demuxer_of(sound) == "ogg" else [sound]
    return " ".join(filter(None, map(_hear, links)))


def _hear(sound: bytes) -> str:
    words, samples = _decode(sound)
    if words is not None:
        return words
    loudest = max((max(samples), -min(samples))) if samples else 0
    if loudest < _QUIET:
        return ""
    if not CAN_HEAR:
        seconds = len(samples) / RATE
        return f"[{seconds:.0f} seconds of sound; this sandbox has no recogniser to hear it]"
    return _recognise(samples.tobytes())


@lru_cache(maxsize=4)  # What is uploaded and then transcribed is listened to once.
def _recognise(samples: bytes) -> str:
    try:
        return _run("recogniser.py", samples).decode()
    except subprocess.SubprocessError as error:
        raise UnhearableError("the recogniser gave up on this recording") from error


def synthesise(text: str, voice: Voice, language: str) -> tuple[bytes, int]:
    """Return a text as 16-bit mono samples, and how many of them are a second."""
    name = _ESPEAK_NAMES.get(language, language)
    manner = (voice.variant, str(voice.pitch), str(voice.speed))
    spoken = _run("speaker.py", text.encode(errors="replace"), name, *manner)
    return spoken[4:], int.from_bytes(spoken[:4], "little")


def _run(program: str, given: bytes, *arguments: str) -> bytes:
    """Run one of our programs as a child of its own; a file starts faster than the package."""
    child = [sys.executable, "-I", str(Path(__file__).with_name(program)), *arguments]
    done = subprocess.run(  # noqa: S603  # Nothing but our own files is run.
        child, input=given, capture_output=True, timeout=_PATIENCE, check=True
    )
    return done.stdout


# --- PyAV -------------------------------------------------------------------------------------
# PyAV 19 gives each resampler a pool of threads that lives until it is collected; one thread is
# plenty.
ONE_THREAD: dict[str, Any] = {"threads": 1} if int(av.__version__.partition(".")[0]) >= 19 else {}
_CODECS = {"mp3": ("libmp3lame", "s16p"), "ogg": ("libopus", "s16")}


def _encode(
    samples: bytes, rate: int, container: str, bit_rate: int, tags: dict[str, str]
) -> bytes:
    codec, sample_format = _CODECS[container]
    written = io.BytesIO()
    with av.open(written, "w", format=container) as file:
        # Opus has no 22 050 Hz; MP3 keeps the rate the speech was made in.
        to_rate = 48_000 if container == "ogg" else rate
        stream = file.add_stream(codec, rate=to_rate, layout="mono")
        assert isinstance(stream, AudioStream)  # noqa: S101  # Narrows the type: both codecs are sound.
        stream.bit_rate = bit_rate
        # An MP3 keeps its tags in the file's head, an Ogg in each stream's.
        (stream if container == "ogg" else file).metadata.update(tags)
        pour(samples, rate, file, stream, sample_format)
    return written.getvalue()


def pour(
    samples: bytes, rate: int, file: OutputContainer, stream: AudioStream, sample_format: str
) -> None:
    """Write 16-bit mono samples into a stream of a file that is being written, to its end."""
    sound = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    sound.sample_rate = rate
    sound.planes[0].update(samples)
    resampler = av.AudioResampler(sample_format, "mono", stream.rate, **ONE_THREAD)
    for frame in (*resampler.resample(sound), *resampler.resample(None)):
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


def _decode(sound: bytes) -> tuple[str | None, "array.array[int]"]:
    """Return the words in the tags, if they are there, else what is to be listened to."""
    samples = array.array("h")
    demuxer = demuxer_of(sound)
    if demuxer is None:
        raise UnhearableError("this is no sound file we know")
    try:
        with av.open(io.BytesIO(sound), "r", format=demuxer) as file:
            if not file.streams.audio:
                raise UnhearableError("this file has no sound in it")
            stream = file.streams.audio[0]
            tags = {
                name.upper(): value for name, value in (file.metadata | stream.metadata).items()
            }
            if _TEXT_TAG in tags:
                return tags[_TEXT_TAG], samples
            resampler = av.AudioResampler("s16", "mono", RATE, **ONE_THREAD)
            for frame in file.decode(stream):
                for piece in resampler.resample(frame):
                    samples.frombytes(bytes(piece.planes[0])[: piece.samples * 2])
                if len(samples) > LONGEST * RATE:
                    break
    except (av.FFmpegError, ValueError) as error:
        # A recording cut off in the middle is still heard up to there.
        if not samples:
            raise UnhearableError("this recording cannot be decoded") from error
    return None, samples
