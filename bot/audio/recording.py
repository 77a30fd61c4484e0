"""What somebody recorded or sent, made ready for speech to text. A worker's work.

The cheapest way that does is taken: as it is, else the sound copied out of its file, else encoded
as MP3.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.audio.stream import AudioStream
from av.packet import Packet

from bot.audio import coding, guard, opus
from bot.audio.errors import UnusableError
from bot.audio.sound import How, Recording


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file that services take."""

    name: str
    content_type: str
    #: The demuxer that reads it, and the muxer that writes it.
    container: guard.Container
    muxer: str

    def holding(self, content: bytes, seconds: float, how: How) -> Recording:
        return Recording(content, self.name, self.content_type, seconds, how)


_OGG = _Kind("voice.ogg", "audio/ogg", "ogg", "ogg")
_MP3 = _Kind("audio.mp3", "audio/mpeg", "mp3", "mp3")
_M4A = _Kind("audio.m4a", "audio/mp4", "mov", "ipod")
_WAV = _Kind("audio.wav", "audio/wav", "wav", "wav")
_FLAC = _Kind("audio.flac", "audio/flac", "flac", "flac")

#: By codec.
_KINDS = {
    "opus": _OGG,
    "mp3": _MP3,
    "mp3float": _MP3,
    "aac": _M4A,
    "pcm_s16le": _WAV,
    "flac": _FLAC,
}
#: In these every packet is as long as the first one, whatever the file says.
_EVEN = frozenset({"mp3", "mp3float", "aac"})
#: A file whose first packets cannot be decoded is not copied.
_FIRST = 50


def prepare(content: bytes, *, longest: float, accepts: frozenset[str]) -> Recording:
    """Make a recording ready for a service that accepts files with these endings, or MP3.

    Raises `UnusableError` for what is no sound, has none, or plays longer than `longest` seconds,
    which is found out before anything is encoded.
    """
    found = opus.find(content, longest=longest) if guard.sniff(content) == "ogg" else None
    kept = _opus(content, found) if found else _kept(content, longest, accepts)
    if kept and kept.seconds < coding.SHORTEST:
        raise UnusableError("no sound in it")
    if kept and _ending(kept.name) in accepts:
        return kept
    with guard.opened(kept.content if kept else content) as sound:
        return _MP3.holding(*coding.as_mp3(sound.frames(longest=longest)), "encoded")


def _opus(content: bytes, found: opus.Found) -> Recording | None:
    """Ogg with Opus as it is, or mended where players would not agree about it."""
    if found.is_plain:
        return _OGG.holding(content, found.seconds, "as it is")
    mended = found.mended()
    return _OGG.holding(*mended, "copied out") if mended else None


def _kept(content: bytes, longest: float, accepts: frozenset[str]) -> Recording | None:
    """The recording as it is or copied out, where it can stay encoded as it is.

    Every packet is looked at in any case, since the sum of them tells how long it plays.
    """
    with guard.opened(content) as sound:
        tally = _Tally(sound, longest)
        kind = _KINDS.get(sound.codec)
        if kind is None or _ending(kind.name) not in accepts:
            tally.finish()
            return None
        if sound.container == kind.container and sound.is_alone:
            tally.finish()
            return kind.holding(content, tally.seconds, "as it is") if tally.is_sound else None
        copied = _copied(tally, sound.stream, kind.muxer)
        if copied is None or not tally.is_sound:
            return None
        return kind.holding(copied, tally.seconds, "copied out")


def _copied(tally: "_Tally", sound: AudioStream, muxer: str) -> bytes | None:
    """The packets in a file of their own, if the muxer takes them."""
    written = io.BytesIO()
    try:
        with av.open(written, "w", format=muxer) as file:
            stream = file.add_stream_from_template(sound)
            for packet in tally.packets():
                if packet.dts is not None:
                    packet.stream = stream
                    file.mux(packet)
    except (av.FFmpegError, ValueError):
        return None
    return written.getvalue()


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


class _Tally:
    """Adds up the lengths of packets on their way.

    Where a file could lie about them the packets are asked: Opus tells by itself, and of kinds
    whose packets are all alike one is decoded.
    """

    def __init__(self, sound: guard.Sound, longest: float) -> None:
        self._sound = sound
        self._longest = longest
        self._unit = float(sound.stream.time_base or 0)
        self._told = 0.0
        self._number = 0
        self._each: float | None = None
        self.seconds = 0.0

    @property
    def is_sound(self) -> bool:
        """Whether what came was sound: it could be decoded, and there was some."""
        return self._each is not None and self.seconds > 0

    def packets(self) -> Iterator["Packet[AudioStream]"]:
        """Hand the packets on. Raises `UnusableError` when they play for too long."""
        for packet in self._sound.packets():
            self._number += 1
            if self._each is None and self._number <= _FIRST:
                self._each = self._decoded(packet)
            self._told += self._length(packet)
            self.seconds = self._told
            if self._sound.codec in _EVEN and self._each is not None:
                self.seconds = max(self.seconds, self._number * self._each)
            if self.seconds > self._longest:
                raise UnusableError("too long")
            yield packet

    def finish(self) -> None:
        """Let the packets pass."""
        for _ in self.packets():
            pass

    def _length(self, packet: "Packet[AudioStream]") -> float:
        if self._sound.codec == "opus":
            return opus.length_of(bytes(packet)) / opus.RATE
        return max(packet.duration or 0, 0) * self._unit

    def _decoded(self, packet: "Packet[AudioStream]") -> float | None:
        """How long one packet plays, if it can be decoded."""
        frames = guard.decode(packet) or ()
        return sum(frame.samples / frame.sample_rate for frame in frames) or None
