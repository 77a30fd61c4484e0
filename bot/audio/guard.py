"""The only way into a file that somebody sent: opened in memory, by one demuxer, within limits.

What kind of file it is we decide, from its first bytes. FFmpeg is never left to guess, or a text
that poses as a recording would make it play other files of this machine.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream

from bot.audio.errors import UnusableError
from bot.audio.versions import ANY_TAGS

#: Kinds of files, by the names of FFmpeg's demuxers.
Container = Literal["aac", "flac", "matroska", "mov", "mp3", "ogg", "wav"]

_MAGIC: dict[bytes, Container] = {
    b"OggS": "ogg",
    b"fLaC": "flac",
    b"\x1aE\xdf\xa3": "matroska",
    b"ID3": "mp3",
}
_CODECS = (
    "opus,libopus,vorbis,flac,alac,mp3,mp3float,aac,"
    "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_mulaw,pcm_alaw"
)
_OPTIONS = {
    "codec_whitelist": _CODECS,
    "protocol_whitelist": "none",  # There is none of that name: nothing else can be opened.
    "probesize": "2000000",  # bytes
    "analyzeduration": "5000000",  # microseconds
    "max_streams": "16",
    "ignore_editlist": "1",  # Of MP4: a list of what is to be played could hide the rest.
}
_RATES = range(8_000, 192_001)  # Hz
_CHANNELS = range(1, 9)
#: A file with more damaged packets than this, and more damaged ones than whole ones, is given up.
_DAMAGED = 50


@dataclass(frozen=True, slots=True)
class Sound:
    """The first stream of sound in an open file."""

    container: Container
    codec: str
    stream: AudioStream
    #: There is nothing in the file but this stream: no picture, no second language.
    is_alone: bool
    _file: InputContainer

    def packets(self) -> Iterator["Packet[AudioStream]"]:
        """The packets, as far as the file can be read."""
        packets = self._file.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                return  # A file that was cut off is of use up to there.
            if packet.size:
                yield packet

    def frames(self, *, longest: float) -> Iterator[AudioFrame]:
        """The sound, decoded as it is asked for. Damaged packets are left out.

        Raises `UnusableError` as soon as there is more than `longest` seconds of it, or when hardly
        a packet is whole.
        """
        seconds = 0.0
        whole = damaged = 0
        for packet in self.packets():
            frames = decode(packet)
            if frames is None:
                damaged += 1
                if damaged > max(_DAMAGED, whole):
                    raise UnusableError("broken")
                continue
            whole += 1
            for frame in frames:
                _check(frame.sample_rate, frame.layout.nb_channels)
                seconds += frame.samples / frame.sample_rate
                if seconds > longest:
                    raise UnusableError("too long")
                yield frame


def decode(packet: "Packet[AudioStream]") -> list[AudioFrame] | None:
    """The sound in a packet; None where it is damaged."""
    try:
        return packet.decode()
    except (av.FFmpegError, ValueError):  # The latter is PyAV's own word for an unknown codec.
        return None


def sniff(content: bytes) -> Container:
    """What kind of sound file this is, by its first bytes. Raises `UnusableError` if it is none."""
    if not content:
        raise UnusableError("empty")
    for magic, container in _MAGIC.items():
        if content.startswith(magic):
            return container
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "wav"
    if content[4:8] == b"ftyp":
        return "mov"
    if len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0:
        # Both begin with eleven set bits; the two of the layer are zero in AAC, never in MP3.
        return "mp3" if content[1] & 0x06 else "aac"
    raise UnusableError("not sound")


@contextmanager
def opened(content: bytes) -> Iterator[Sound]:
    """Open a file from memory, at its first stream of sound. Raises `UnusableError`."""
    container = sniff(content)
    try:
        file = av.open(
            io.BytesIO(content),
            "r",
            format=container,
            options={**_OPTIONS},
            **ANY_TAGS,
        )
    except (av.FFmpegError, ValueError):
        raise UnusableError("broken") from None
    with file:
        stream = next(iter(file.streams.audio), None)
        if stream is None:
            raise UnusableError("no sound in it")
        _leave_out(file.streams, but=stream)
        # PyAV gives a stream of an unknown codec no context, whatever its types say.
        codec: AudioCodecContext | None = stream.codec_context
        if codec is None:
            raise UnusableError("not sound")
        _check(codec.sample_rate, codec.channels)
        codec.thread_count = 1
        yield Sound(container, codec.name, stream, len(file.streams) == 1, file)


def _leave_out(streams: Iterable[Stream], *, but: Stream) -> None:
    for stream in streams:
        if stream.index != but.index:
            stream.discard = Discard.all


def _check(rate: int, channels: int) -> None:
    if rate not in _RATES or channels not in _CHANNELS:
        raise UnusableError("broken")
