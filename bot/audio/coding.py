"""Samples in other rates and shapes, and encoded. PyAV does the work; nothing is held for long."""

import io
from collections.abc import Callable, Iterable, Iterator

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame

from bot.audio import opus
from bot.audio.errors import UnusableError
from bot.audio.versions import ONE_THREAD

#: How often the rate or the channels may change within a file: files that were joined do that.
_CHANGES = 100
#: Below this nobody hears anything.
SHORTEST = 0.1  # seconds

SPEECH_RATE = 16_000  # What recognisers work with.
_MP3_FRAME = 576  # samples, at rates up to 24 kHz


def mono(
    frames: Iterable[AudioFrame], *, rate: int, sample_format: str = "s16", size: int = 0
) -> Iterator[AudioFrame]:
    """The same sound in one channel at this rate, in frames of `size` samples but for the last."""

    def resampler() -> av.AudioResampler:
        return av.AudioResampler(sample_format, "mono", rate, size or None, **ONE_THREAD)

    current = resampler()
    changes = 0
    for frame in frames:
        frame.pts = None  # We count ourselves: what a file says about time is not believed.
        try:
            resampled = current.resample(frame)
        except ValueError:
            changes += 1
            if changes > _CHANGES:
                raise UnusableError("broken") from None
            # An encoder takes no frame that is too small, but for the last one.
            yield from (_filled(rest, size) for rest in current.resample(None))
            current = resampler()
            resampled = current.resample(frame)
        yield from resampled
    yield from current.resample(None)


def samples(frame: AudioFrame) -> memoryview:
    """The samples of a frame of one channel in 16 bits."""
    return memoryview(frame.planes[0])[: frame.samples * 2]


def frames(pcm: bytes, rate: int) -> Iterator[AudioFrame]:
    """Samples of one channel in 16 bits, a second at a time."""
    for start in range(0, len(pcm), rate * 2):
        second = pcm[start : start + rate * 2]
        yield _frame(second, len(second) // 2, rate, "s16")


def as_mp3(sound: Iterable[AudioFrame]) -> tuple[bytes, float]:
    """Sound as an MP3 for recognisers, and its seconds. It never holds more than the MP3."""
    encoder = _encoder("libmp3lame", "s16p", SPEECH_RATE, 32_000)
    # The quickest search: at this rate nobody can tell, least of all a recogniser.
    encoder.options = {"compression_level": "9"}
    wanted = mono(sound, rate=SPEECH_RATE, sample_format="s16p", size=_MP3_FRAME)
    written = io.BytesIO()
    heard = _encode(encoder, wanted, written.write)
    return written.getvalue(), heard / SPEECH_RATE


def as_opus(sound: Iterable[AudioFrame], *, bit_rate: int) -> tuple[bytes, float]:
    """Sound as a voice note, Opus in Ogg, and its seconds. It never holds more than the note."""
    encoder = _encoder("libopus", "s16", opus.RATE, bit_rate)
    encoder.options = {"application": "voip", "vbr": "on", "frame_duration": "20"}
    packets: list[bytes] = []
    heard = _encode(encoder, mono(sound, rate=opus.RATE, size=opus.FRAME), packets.append)
    head = opus.Head.read(encoder.extradata or b"")
    assert head is not None  # noqa: S101  # The encoder has written it.
    played = sum(map(opus.length_of, packets))
    return opus.write(packets, skip=head.skip, trim=played - head.skip - heard)


def _filled(frame: AudioFrame, size: int) -> AudioFrame:
    """The frame, with silence up to this size."""
    if frame.samples >= size:
        return frame
    return _frame(bytes(samples(frame)), size, frame.sample_rate, frame.format.name)


def _frame(pcm: bytes, size: int, rate: int, sample_format: str) -> AudioFrame:
    frame = AudioFrame(format=sample_format, layout="mono", samples=size)
    frame.sample_rate = rate
    (plane,) = frame.planes
    plane.update(pcm.ljust(plane.buffer_size, b"\0"))
    return frame


def _encoder(codec: str, sample_format: str, rate: int, bit_rate: int) -> AudioCodecContext:
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, AudioCodecContext)  # noqa: S101  # Narrows the type.
    encoder.sample_rate = rate
    encoder.layout = "mono"
    encoder.format = sample_format
    encoder.bit_rate = bit_rate
    encoder.thread_count = 1
    return encoder


def _encode(
    encoder: AudioCodecContext, sound: Iterable[AudioFrame], keep: Callable[[bytes], object]
) -> int:
    """Hand the packets on, and count the samples. Raises `UnusableError` where they are too few."""
    heard = 0
    for frame in sound:
        frame.pts = heard
        heard += frame.samples
        for packet in encoder.encode(frame):
            keep(bytes(packet))
    if heard < SHORTEST * encoder.sample_rate:
        raise UnusableError("no sound in it")
    for packet in encoder.encode(None):
        keep(bytes(packet))
    return heard
