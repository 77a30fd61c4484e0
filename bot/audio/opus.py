"""Opus in Ogg, packet by packet: how long it really is, and joined without encoding it again.

A packet tells its own length in its first two bytes, so adding them up gives what a decoder will
play. Positions in the file, which players show, may say anything.
"""

import itertools
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Self

from bot.audio import ogg
from bot.audio.errors import UnusableError

RATE = 48_000  # Opus counts in this, whatever was recorded.
#: A packet of 20 milliseconds, as we make them.
FRAME = RATE // 50
#: Twenty milliseconds of silence, the same for every decoder.
SILENCE = b"\xf8\xff\xfe"

_HEAD = struct.Struct("<8sBBHIHB")
_TAGS = b"OpusTags" + bytes(8)  # No vendor, no comments.
_LONGEST_PACKET = RATE * 120 // 1000
_LARGEST_PACKET = 61_440  # bytes
#: Samples of a frame, by the configuration in the upper five bits of a packet.
_FRAMES = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4
#: The end of a stream may be cut this much before the end of its last packet.
_TRIMMED_AT_MOST = RATE
_PAGE = 50  # packets, which is a second


@dataclass(frozen=True, slots=True)
class Head:
    """What the first packet of a stream says."""

    channels: int
    #: Samples a player leaves out at the beginning.
    skip: int
    #: How channels are laid out; 0 is one or two of them, and needs no saying.
    family: int = 0

    @classmethod
    def read(cls, packet: bytes) -> Self | None:
        """The head, where this is one."""
        if len(packet) < _HEAD.size or not packet.startswith(b"OpusHead"):
            return None
        _, version, channels, skip, _, _, family = _HEAD.unpack_from(packet)
        return cls(channels, skip, family) if version < 16 and 1 <= channels <= 8 else None


@dataclass(slots=True)
class _Link:
    """A stream of Opus in a file. A chained file has several, one after the other."""

    head: Head
    serial: int
    #: The last position, as far as it was read.
    end: int = 0
    has_begun: bool = False


class _Reading:
    """A walk through an Ogg file, one page at a time, for the Opus in it."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        #: So far there was nothing else in the file.
        self.is_alone = True

    def links(self) -> Iterator[tuple[_Link, Iterator[bytes]]]:
        """Each stream with its packets of sound, which are to be read before the next stream."""
        for link, pages in itertools.groupby(self._pages(), key=itemgetter(0)):
            packets = ogg.packets(page for _, page in pages)
            yield link, itertools.islice(packets, 2, None)  # Behind the head and the tags.

    def _pages(self) -> Iterator[tuple[_Link, ogg.Page]]:
        link: _Link | None = None
        for page in ogg.read(self._content):
            if page is None:
                self.is_alone = False
            elif page.is_first:
                head = Head.read(bytes(page.body))
                # Streams that begin together play together, and of those the first one counts.
                if head and (link is None or link.has_begun):
                    link = _Link(head, page.serial)
                    yield link, page
                else:
                    self.is_alone = False
            elif link and page.serial == link.serial:
                link.has_begun = True
                link.end = page.position
                yield link, page
            else:
                self.is_alone = False


@dataclass(frozen=True, slots=True)
class Found:
    """The Opus in a file."""

    #: How long it plays, whatever the file says.
    seconds: float
    #: It is one whole stream with true positions, and nothing else is there, so that every player
    #: will agree.
    is_plain: bool
    _content: bytes
    _heads: frozenset[Head]

    def mended(self) -> tuple[bytes, float] | None:
        """What is whole of it as one plain file, packets copied, and its seconds.

        None where the channels are laid out in a way of their own.
        """
        if any(head.family for head in self._heads):
            return None
        packets = (packet for _, packets in _Reading(self._content).links() for packet in packets)
        return write(
            filter(length_of, packets),
            skip=min(head.skip for head in self._heads),
            channels=max(head.channels for head in self._heads),
        )


def length_of(packet: bytes) -> int:
    """Samples at 48 kHz that a packet decodes to; 0 for one that no decoder takes."""
    if not 0 < len(packet) <= _LARGEST_PACKET:
        return 0
    count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[packet[0] & 3]
    length = _FRAMES[packet[0] >> 3] * count
    return length if length <= _LONGEST_PACKET else 0


def find(content: bytes, *, longest: float) -> Found | None:
    """The Opus in an Ogg file, if there is any, measured packet by packet.

    Raises `UnusableError` as soon as it has seen more sound than `longest` seconds.
    """
    reading = _Reading(content)
    total = played = links = 0
    heads = set()
    is_true = True
    for link, packets in reading.links():
        links += 1
        heads.add(link.head)
        before = total
        for packet in packets:
            total += length_of(packet)
            if total > longest * RATE:
                raise UnusableError("too long")
        end = total - before
        if 0 <= end - link.end <= _TRIMMED_AT_MOST:
            end = link.end
        else:
            is_true = False
        played += max(end - link.head.skip, 0)
    if not links:
        return None
    is_plain = is_true and reading.is_alone and links == 1
    return Found(played / RATE, is_plain, content, frozenset(heads))


def write(
    packets: Iterable[bytes], *, skip: int, trim: int = 0, channels: int = 1
) -> tuple[bytes, float]:
    """Packets as a plain file, and the seconds it plays.

    A player leaves out `skip` samples at the beginning and `trim` at the end.
    """
    writer = ogg.Writer(serial=1)
    writer.write(_HEAD.pack(b"OpusHead", 1, channels, skip, RATE, 0, 0), 0)
    writer.end_page()
    writer.write(_TAGS, 0)
    writer.end_page()
    end = 0
    held: bytes | None = None  # The last packet is where the end is cut.
    for number, packet in enumerate(packets):
        if held is not None:
            end += length_of(held)
            writer.write(held, end)
            if number % _PAGE == 0:
                writer.end_page()
        held = packet
    if held is not None:
        end += length_of(held) - trim
        writer.write(held, end)
    return writer.file(), max(end - skip, 0) / RATE


def join(pieces: Sequence[bytes], *, gap: float) -> tuple[bytes, float]:
    """Pieces of one channel as one file, packets copied, and the seconds it plays.

    Between two of them stand packets of silence, as many as come nearest to `gap` seconds. Each
    piece is to begin and end in silence, so that a decoder comes to its first word as it would have
    come to it in the piece alone.
    """
    packets: list[bytes] = []
    skip = trim = 0
    for number, piece in enumerate(pieces):
        head, sound, trim = _piece(piece)
        if number:
            packets += [SILENCE] * round(gap * RATE / FRAME)
        else:
            skip = head.skip
        packets += sound
    if not packets:
        raise UnusableError("empty")
    return write(packets, skip=skip, trim=trim)


def _piece(content: bytes) -> tuple[Head, list[bytes], int]:
    """The head of a piece, its packets, and how much of the last one is not played."""
    reading = _Reading(content)
    links = [(link, list(packets)) for link, packets in reading.links()]
    if len(links) != 1 or not reading.is_alone or links[0][0].head.channels != 1:
        raise UnusableError("not sound")
    ((link, packets),) = links
    return link.head, packets, max(sum(map(length_of, packets)) - link.end, 0)
