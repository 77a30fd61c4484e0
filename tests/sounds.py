"""Sound for the tests: what people send, and what they should not, made with PyAV alone."""

import io
import math
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from bot.audio import ogg, opus


@cache
def tone(
    seconds: float, *, rate: int = 48_000, pitch: float = 440.0, loudness: float = 0.2
) -> bytes:
    """A sine, mono in 16 bits."""
    step = 2 * math.pi * pitch / rate
    peak = loudness * 32767
    count = int(seconds * rate)
    return struct.pack(f"<{count}h", *(int(peak * math.sin(step * i)) for i in range(count)))


def silence(seconds: float, *, rate: int = 48_000) -> bytes:
    """Nothing to hear, mono in 16 bits."""
    return bytes(int(seconds * rate) * 2)


def frames(pcm: bytes, rate: int) -> Iterable[AudioFrame]:
    """Samples as frames of a second."""
    for start in range(0, len(pcm), rate * 2):
        second = pcm[start : start + rate * 2]
        frame = AudioFrame(format="s16", layout="mono", samples=len(second) // 2)
        frame.sample_rate = rate
        frame.planes[0].update(second.ljust(frame.planes[0].buffer_size, b"\0"))
        yield frame


# PyAV 19 gives a resampler threads that live until it is collected.
_ONE_THREAD: dict[str, Any] = {"threads": 1} if int(av.__version__.partition(".")[0]) >= 19 else {}
#: Muxer, codec, format of the samples, samples of a packet, rate.
_KINDS = {
    "ogg": ("ogg", "libopus", "s16", 960, 48_000),
    "vorbis": ("ogg", "vorbis", "fltp", 64, 44_100),
    "mp3": ("mp3", "libmp3lame", "s16p", 1152, 44_100),
    "m4a": ("ipod", "aac", "fltp", 1024, 44_100),
    "mp4": ("mp4", "aac", "fltp", 1024, 44_100),
    "aac": ("adts", "aac", "fltp", 1024, 44_100),
    "webm": ("webm", "libopus", "s16", 960, 48_000),
    "wav": ("wav", "pcm_s16le", "s16", 0, 44_100),
    "wav24": ("wav", "pcm_s24le", "s32", 0, 44_100),
    "flac": ("flac", "flac", "s16", 4096, 44_100),
}


def file(
    kind: str,
    *pcm: bytes,
    rate: int | None = None,
    has_picture: bool = False,
    is_only_picture: bool = False,
    tags: dict[str, str] | None = None,
) -> bytes:
    """A file of this kind with a stream for each of the sounds."""
    muxer, codec, sample_format, size, own_rate = _KINDS[kind]
    rate = rate or own_rate
    written = io.BytesIO()
    with av.open(written, "w", format=muxer) as target:
        target.metadata.update(tags or {})
        pictures = target.add_stream("mpeg4", rate=10) if has_picture else None
        streams = []
        for _ in () if is_only_picture else pcm:
            stream = target.add_stream(codec, rate=rate)
            assert isinstance(stream, AudioStream)
            stream.codec_context.layout = "stereo" if codec == "vorbis" else "mono"
            stream.codec_context.format = sample_format
            if codec == "vorbis":
                stream.codec_context.options = {"strict": "experimental"}
            streams.append(stream)
        if isinstance(pictures, VideoStream):
            pictures.width = pictures.height = 64
            pictures.pix_fmt = "yuv420p"
            for _ in range(20):
                target.mux(pictures.encode(av.VideoFrame(64, 64, "yuv420p")))
            target.mux(pictures.encode(None))
        for stream, samples in zip(streams, pcm, strict=False):
            layout = stream.codec_context.layout.name
            resampler = av.AudioResampler(sample_format, layout, rate, size or None, **_ONE_THREAD)
            position = 0
            for given in (*frames(samples, rate), None):
                for frame in resampler.resample(given):
                    frame.pts = position
                    position += frame.samples
                    target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    return written.getvalue()


@cache
def recording(kind: str, seconds: float = 2.0) -> bytes:
    """A tone as a file of this kind, made once."""
    return file(kind, tone(seconds, rate=_KINDS[kind][4]))


def decoded(content: bytes, *, rate: int = 48_000) -> bytes:
    """What an ordinary player makes of a file: mono in 16 bits."""
    resampler = av.AudioResampler("s16", "mono", rate, **_ONE_THREAD)
    heard = bytearray()
    with av.open(io.BytesIO(content), "r") as source:
        for frame in source.decode(audio=0):
            frame.pts = None
            for piece in resampler.resample(frame):
                heard += bytes(piece.planes[0])[: piece.samples * 2]
    for piece in resampler.resample(None):
        heard += bytes(piece.planes[0])[: piece.samples * 2]
    return bytes(heard)


def numbers(pcm: bytes) -> Sequence[int]:
    """Samples as numbers."""
    return struct.unpack(f"<{len(pcm) // 2}h", pcm)


def ogg_file(packets: Iterable[bytes], position: Callable[[int], int] = lambda end: end) -> bytes:
    """Opus packets as a file that may lie about where it is, page by page."""
    writer = ogg.Writer(serial=7)
    writer.write(b"OpusHead" + struct.pack("<BBHIHB", 1, 1, 312, 48_000, 0, 0), 0)
    writer.end_page()
    writer.write(b"OpusTags" + bytes(8), 0)
    end = 0
    for number, packet in enumerate(packets):
        if number % 50 == 0:
            writer.end_page()
        end += opus.length_of(packet)
        writer.write(packet, position(end))
    return writer.file()


def opus_packets(content: bytes) -> list[bytes]:
    """The packets with sound in them of an Ogg file with one stream."""
    return list(ogg.packets(page for page in ogg.read(content) if page))[2:]


#: A packet that plays for 120 milliseconds and takes eight bytes.
NOTHING = b"\xfb\x06" + bytes(6)
