"""Voice notes: what a browser records, made what Telegram's apps send, and the shape of a sound.

Everything here blocks and belongs in a thread.
"""

import array
import io
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from bot.sandbox.sound import demuxer_of, is_opus, length
from bot.sandbox.speech import ONE_THREAD, UnhearableError, speak

#: What the sample recording says.
SAMPLE = "What is the weather in Porto?"
#: Seconds of a recording that are taken; the rest is left out.
LONGEST = 600
#: Values of a waveform, and the largest of them: five bits, as Telegram has them.
VALUES, TOP = 100, 31

_RATE = 48_000  # samples per second
_BIT_RATE = 32_000
_COARSE = 8_000  # samples per second: enough to see how loud it is
# A recording that is quiet all the way stays low instead of being drawn as if somebody shouted.
_QUIETEST_TOP = 2500  # of 32767
# A waveform looks like speech when its average stands a little above the middle.
_ABOVE_AVERAGE = 1.8


@lru_cache(maxsize=1)
def sample() -> bytes:
    """Return the sample recording, for whoever has no microphone."""
    return speak(SAMPLE, container="ogg")


def voice_note(recording: bytes) -> bytes:
    """Return a recording as an Ogg with Opus, mono; one that is it already stays as it is.

    Browsers record WebM, Ogg or MP4. Raises `UnhearableError` for what has no sound in it.
    """
    if is_opus(recording) and 0 < length(recording) <= LONGEST:
        return recording
    written = io.BytesIO()
    with av.open(written, "w", format="ogg") as file:
        stream = file.add_stream("libopus", rate=_RATE, layout="mono")
        assert isinstance(stream, AudioStream)  # noqa: S101  # Narrows the type: it is sound.
        stream.bit_rate = _BIT_RATE
        place = 0
        for frame in _frames(recording, _RATE):
            # A recording that pauses has gaps in its times; the note has none.
            frame.pts = place
            place += frame.samples
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return written.getvalue()


@lru_cache(maxsize=200)
def waveform(sound: bytes) -> tuple[int, ...]:
    """Return how loud a recording is from its beginning to its end: a hundred values to 31.

    Raises `UnhearableError` for what has no sound in it.
    """
    samples = array.array("h")
    for frame in _frames(sound, _COARSE):
        samples.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
    edges = [len(samples) * number // VALUES for number in range(VALUES + 1)]
    pieces = (samples[a:b] or (0,) for a, b in pairwise(edges))
    peaks = [max(max(piece), -min(piece)) for piece in pieces]
    top = max(sum(peaks) / VALUES * _ABOVE_AVERAGE, _QUIETEST_TOP)
    return tuple(min(round(peak * TOP / top), TOP) for peak in peaks)


def _frames(sound: bytes, rate: int) -> Iterator[AudioFrame]:
    """Decode a recording to 16-bit mono at a rate, up to `LONGEST`."""
    demuxer = demuxer_of(sound)
    if demuxer is None:
        raise UnhearableError("this is no sound file we know")
    left = LONGEST * rate
    try:
        with av.open(io.BytesIO(sound), "r", format=demuxer) as file:
            if not file.streams.audio:
                raise UnhearableError("this file has no sound in it")
            resampler = av.AudioResampler("s16", "mono", rate, **ONE_THREAD)
            for frame in file.decode(file.streams.audio[0]):
                for piece in resampler.resample(frame):
                    left -= piece.samples
                    if left < 0:
                        return
                    yield piece
            yield from resampler.resample(None)
    except (av.FFmpegError, ValueError) as error:
        # What was decoded so far was given; a recording cut off in its middle is still one.
        if left == LONGEST * rate:
            raise UnhearableError("this recording cannot be decoded") from error
