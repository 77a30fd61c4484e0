"""Speech made fit to stand beside other speech: trimmed, level, with soft ends. pydub does it.

pydub is used on samples alone. Its ways of reading and writing files start ffmpeg and are not used.
"""

import math
import warnings

from bot.audio.errors import UnusableError

with warnings.catch_warnings():
    # It comes with escapes that Python dislikes, leans on audioop, and misses an ffmpeg.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

_LEVEL = -19.0  # dB of full scale: what is called -16 LUFS in stereo
_GAIN = 12.0  # dB at most, either way
_PEAK = -1.0  # dB of full scale
_QUIET = -50.0  # dB of full scale: below this it is silence
_STEP = 10  # milliseconds, for finding silence
#: Milliseconds of silence that are kept, for the breath before and the echo after the words.
_BEFORE, _AFTER = 60, 120
_FADE = 5  # milliseconds
#: A decoder that comes from elsewhere is back in step after this much silence.
_LEAD = 20  # milliseconds
_WINDOW = 400  # milliseconds; the three numbers are those of ITU-R BS.1770
_SILENT = -70.0  # dB: windows below this do not count
_GATE = -10.0  # dB: nor those that are this much below the others


def polish(samples: bytes, rate: int) -> bytes:
    """Polish one piece of speech, mono in 16 bits. Raises `UnusableError` for silence."""
    speech = AudioSegment(samples, sample_width=2, frame_rate=rate, channels=1)
    speech = _trimmed(speech)
    level = level_of(speech)
    if level is None:
        raise UnusableError("no sound in it")
    gain = min(max(_LEVEL - level, -_GAIN), _GAIN, _PEAK - speech.max_dBFS)
    speech = speech.apply_gain(gain).fade_in(_FADE).fade_out(_FADE)
    polished = AudioSegment.silent(_LEAD, frame_rate=rate) + speech
    return bytes(polished.raw_data)


def level_of(speech: AudioSegment) -> float | None:
    """How loud the words are, pauses left out, in dB of full scale; None for silence."""
    windows = range(0, max(len(speech) - _WINDOW, 0) + 1, _WINDOW)
    powers = [
        (speech[at : at + _WINDOW].rms / speech.max_possible_amplitude) ** 2 for at in windows
    ]
    heard = [power for power in powers if power > _power(_SILENT)]
    if not heard:
        return None
    gate = sum(heard) / len(heard) * _power(_GATE)
    loud = [power for power in heard if power > gate]
    return 10 * math.log10(sum(loud) / len(loud))


def _trimmed(speech: AudioSegment) -> AudioSegment:
    before = detect_leading_silence(speech, _QUIET, _STEP)
    after = detect_leading_silence(speech.reverse(), _QUIET, _STEP)
    return speech[max(before - _BEFORE, 0) : len(speech) - max(after - _AFTER, 0)]


def _power(decibels: float) -> float:
    return float(10 ** (decibels / 10))
