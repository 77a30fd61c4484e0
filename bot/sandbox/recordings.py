"""Recordings as people have them on their phones, good ones and bad ones, made on the spot.

What is spoken carries its words in the tags, as all our speech does, so that it is heard without
error; `untagged` takes them off. Everything here blocks, for a second where there is speech in it,
and belongs in a thread.
"""

import io
import struct
import zlib
from fractions import Fraction
from typing import Literal

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from bot.sandbox.languages import guess_language
from bot.sandbox.sound import demuxer_of
from bot.sandbox.speech import VOICES, pour, speak, synthesise, tags_of

#: English our recogniser hears without error by its sound alone, spoken by `alloy`: one by one and
#: joined in this order, as Opus at 24 kbit/s or more.
EASILY_HEARD = (
    "There is a problem with my computer.",
    "Please send me the address of the office.",
    "The museum opens at ten o'clock in the morning.",
    "I would like to order a large pizza.",
    "Please remember to bring your passport and some money.",
)

_AUDIO = {
    "m4a": ("ipod", "aac", "fltp"),
    "wav": ("wav", "pcm_s16le", "s16"),
    "flac": ("flac", "flac", "s16"),
}
_RATE = 48_000  # samples per second
_PICTURES = 10  # a second, in a video note
_SIDE = 240  # pixels of a video note, which is square
_FRAME = _RATE * 60 // 1000  # samples of an Opus frame of 60 milliseconds


def audio_file(
    text: str, container: Literal["m4a", "wav", "flac"] = "m4a", *, language: str | None = None
) -> bytes:
    """Return the text as an audio file. A WAV has no room for tags: it is listened to."""
    language = language or guess_language(text)
    samples, rate = synthesise(text, VOICES["alloy"], language)
    form, codec, sample_format = _AUDIO[container]
    written = io.BytesIO()
    with av.open(
        written, "w", format=form, options=_KEEPING_TAGS if form == "ipod" else {}
    ) as file:
        file.metadata.update(tags_of(text, language))
        stream = file.add_stream(codec, rate=_RATE, layout="mono")
        assert isinstance(stream, AudioStream)  # noqa: S101  # Narrows the type: it is sound.
        pour(samples, rate, file, stream, sample_format)
    return written.getvalue()


def video_note(
    text: str | None = None, *, language: str | None = None, seconds: float = 2.0
) -> bytes:
    """Return a round film, an MP4 with H.264, in which the text is spoken.

    Without a text it lasts so many seconds and has no sound track.
    """
    written = io.BytesIO()
    with av.open(written, "w", format="mp4", options=_KEEPING_TAGS) as file:
        film = file.add_stream("h264", rate=_PICTURES)
        assert isinstance(film, VideoStream)  # noqa: S101  # Narrows the type: it is pictures.
        film.width = film.height = _SIDE
        film.pix_fmt = "yuv420p"
        if text is not None:
            language = language or guess_language(text)
            samples, rate = synthesise(text, VOICES["alloy"], language)
            seconds = len(samples) / 2 / rate
            file.metadata.update(tags_of(text, language))
            voice = file.add_stream("aac", rate=_RATE, layout="mono")
            assert isinstance(voice, AudioStream)  # noqa: S101  # Narrows the type: it is sound.
            pour(samples, rate, file, voice, "fltp")
        for number in range(max(1, round(seconds * _PICTURES))):
            picture = av.VideoFrame(_SIDE, _SIDE, "yuv420p")
            for plane in picture.planes:
                plane.update(bytes([128]) * plane.buffer_size)
            picture.pts, picture.time_base = number, Fraction(1, _PICTURES)
            file.mux(film.encode(picture))
        file.mux(film.encode(None))
    return written.getvalue()


def silence(seconds: float) -> bytes:
    """Return an Ogg with Opus in which nothing is to be heard; an hour of it takes 0.7 MB.

    What it unpacks to is five hundred times as much.
    """
    written = io.BytesIO()
    with av.open(written, "w", format="ogg") as file:
        stream = file.add_stream(
            "libopus", rate=_RATE, layout="mono", options={"frame_duration": "60"}
        )
        assert isinstance(stream, AudioStream)  # noqa: S101  # Narrows the type: it is sound.
        frame = av.AudioFrame(format="s16", layout="mono", samples=_FRAME * 3)
        frame.sample_rate = _RATE
        frame.planes[0].update(bytes(_FRAME * 3 * 2))
        quiet = bytes([*stream.encode(frame), *stream.encode(None)][-1])
        for number in range(max(1, round(seconds * _RATE / _FRAME))):
            packet = av.Packet(quiet)
            packet.stream, packet.time_base = stream, Fraction(1, _RATE)
            packet.pts = packet.dts = number * _FRAME
            packet.duration = _FRAME
            file.mux(packet)
    return written.getvalue()


def chained(*oggs: bytes) -> bytes:
    """Return several Oggs one behind the other in one file, as the format allows.

    Each was made by itself: the same one twice is not two to whoever reads it.
    """
    return b"".join(oggs)


def truncated(recording: bytes) -> bytes:
    """Return a recording that ends in its middle, as after a lost connection.

    An Ogg comes in pages of a second: what is shorter than two cannot be played any more.
    """
    return recording[: len(recording) // 2]


def untagged(recording: bytes) -> bytes:
    """Return an MP3 or an Ogg without its tags, which then has to be listened to.

    Raises `ValueError` for anything else.
    """
    demuxer = demuxer_of(recording)
    if demuxer not in ("mp3", "ogg"):
        raise ValueError("only an MP3 and an Ogg can be relieved of their tags")
    written = io.BytesIO()
    with (
        av.open(io.BytesIO(recording), "r", format=demuxer) as tagged,
        av.open(written, "w", format=demuxer) as file,
    ):
        stream = file.add_stream_from_template(tagged.streams.audio[0])
        stream.metadata.clear()
        for packet in tagged.demux(tagged.streams.audio[0]):
            if packet.size:
                packet.stream = stream
                file.mux(packet)
    return written.getvalue()


def ogg_with_vorbis(seconds: float = 1.0) -> bytes:
    """Return a silent Ogg that is not Opus, and therefore no voice note."""
    written = io.BytesIO()
    with av.open(written, "w", format="ogg") as file:
        # FFmpeg's own encoder is called experimental, and knows two channels only.
        stream = file.add_stream("vorbis", rate=_RATE, layout="stereo", options={"strict": "-2"})
        assert isinstance(stream, AudioStream)  # noqa: S101  # Narrows the type: it is sound.
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=round(seconds * _RATE))
        frame.sample_rate = _RATE
        frame.pts = 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return written.getvalue()


def mp3_with_cover(text: str, *, side: int = 600, language: str | None = None) -> bytes:
    """Return the text as an MP3 with a picture in its tags, so many pixels wide and high.

    A picture of 16 000 takes 20 kB here, and 256 MB of whoever looks at it.
    """
    mp3 = speak(text, language=language)
    size = sum(byte << shift for byte, shift in zip(mp3[6:10], (21, 14, 7, 0), strict=True))
    # Text in Latin-1, the picture's type, the front cover, no description.
    picture = b"\0image/png\0\x03\0" + _png(side)
    frame = b"APIC" + _synchsafe(len(picture)) + b"\0\0" + picture
    return mp3[:6] + _synchsafe(size + len(frame)) + frame + mp3[10:]


def ffconcat(name: str) -> bytes:
    """Return a list of files for FFmpeg that poses as a recording: it names another file."""
    return f"ffconcat version 1.0\nfile {name}\n".encode()


def hls(name: str) -> bytes:
    """Return a playlist that poses as a recording: it names another file."""
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{name}\n#EXT-X-ENDLIST\n".encode()


# Without it an MP4 has no room for tags of our own.
_KEEPING_TAGS = {"movflags": "use_metadata_tags"}


def _png(side: int) -> bytes:
    """Return a black square, one bit for each pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    rows = bytes((1 + (side + 7) // 8) * side)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _synchsafe(number: int) -> bytes:
    """Return a number as ID3 writes it: seven bits to a byte."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
