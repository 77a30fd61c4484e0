"""Ogg pages, read and written. Nothing is decoded here, and nothing is believed.

A page holds packets of one stream of the file and the position of that stream when the last packet
that ends in it is over. Where a page is damaged its packets are left out, as decoders do it.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: A page holds this many segments at most, of 255 bytes each.
_SEGMENTS, _SEGMENT = 255, 255

#: A file is not read on after so many damaged places: each of them takes its time.
_DAMAGED = 1_000

_HEADER = struct.Struct("<4sBBqIIIB")
_MAGIC = b"OggS"
_CONTINUED, _FIRST, _LAST = 1, 2, 4
#: Ogg's checksum reads bits in the other order than zlib's, with the same polynomial.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it stands in a file."""

    serial: int
    #: Position of the stream at the end of the page, or -1 where no packet ends in it.
    position: int
    is_first: bool
    #: The first segments belong to a packet begun on an earlier page.
    is_continued: bool
    segments: bytes
    #: A view of the file: an hour of sound is not copied to be looked at.
    body: bytes | memoryview


def read(content: bytes) -> Iterator[Page | None]:
    """The pages of a file in order; None stands for a stretch of it that is no whole page."""
    at = damaged = 0
    while at < len(content) and damaged < _DAMAGED:
        page, end = _page_at(content, at)
        if page is None:
            yield None
            damaged += 1
            end = content.find(_MAGIC, at + 1)
            if end < 0:
                return
        else:
            yield page
        at = end


def _page_at(content: bytes, at: int) -> tuple[Page | None, int]:
    """The page that begins here and where it ends; no page where it is damaged."""
    if len(content) - at < _HEADER.size:
        return None, at
    magic, version, flags, position, serial, _, checksum, count = _HEADER.unpack_from(content, at)
    if magic != _MAGIC or version != 0:
        return None, at
    start = at + _HEADER.size
    segments = content[start : start + count]
    body = start + count
    end = body + sum(segments)
    if len(segments) < count or end > len(content):
        return None, at
    bare = content[at : at + 22] + bytes(4) + content[at + 26 : end]
    if _checksum(bare) != checksum:
        return None, at
    page = Page(
        serial=serial,
        position=position,
        is_first=bool(flags & _FIRST),
        is_continued=bool(flags & _CONTINUED),
        segments=segments,
        body=memoryview(content)[body:end],
    )
    return page, end


def _checksum(page: bytes) -> int:
    mirrored = ~zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) & 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")


def packets(pages: Iterable[Page]) -> Iterator[bytes]:
    """The packets of one stream's pages, in order. One whose beginning or end is missing is not."""
    begun: bytearray | None = None
    for page in pages:
        if not page.is_continued:
            begun = bytearray()
        at = 0
        for size in page.segments:
            if begun is not None:
                begun += page.body[at : at + size]
            at += size
            if size < _SEGMENT:
                if begun is not None:
                    yield bytes(begun)
                begun = bytearray()


class Writer:
    """Writes one stream as a file of its own."""

    def __init__(self, serial: int) -> None:
        self._serial = serial
        self._written = bytearray()
        self._number = 0
        self._segments = bytearray()
        self._body: list[bytes] = []
        self._position = 0

    def write(self, packet: bytes, position: int) -> None:
        """Add a packet, and say where the stream is when it is over."""
        sizes = bytes([_SEGMENT]) * (len(packet) // _SEGMENT) + bytes([len(packet) % _SEGMENT])
        if len(sizes) > _SEGMENTS:
            raise ValueError("a packet is to fit on a page")
        if len(self._segments) + len(sizes) > _SEGMENTS:
            self.end_page()
        self._segments += sizes
        self._body.append(packet)
        self._position = position

    def end_page(self, *, is_last: bool = False) -> None:
        """Close the page, so that the next packet begins another one."""
        flags = (0 if self._number else _FIRST) | (_LAST if is_last else 0)
        head = (_MAGIC, 0, flags, self._position, self._serial, self._number)
        rest = bytes(self._segments) + b"".join(self._body)
        bare = _HEADER.pack(*head, 0, len(self._segments)) + rest
        self._written += _HEADER.pack(*head, _checksum(bare), len(self._segments)) + rest
        self._number += 1
        self._segments.clear()
        self._body.clear()

    def file(self) -> bytes:
        """The whole file. Nothing can be added afterwards."""
        self.end_page(is_last=True)
        return bytes(self._written)
