"""A long text cut into messages where a reader would pause.

The best place is between paragraphs, then between lines, sentences, words, and at last between what
a reader takes for characters: a family of emoji or a syllable of Hindi is never torn. Styles that
reach over a cut go on behind it. Of the text only blanks at the cuts are dropped.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from wcwidth import iter_graphemes

from bot.telegram.parts import ENTITY_LIMIT, TEXT_LIMIT, Entity, Part
from bot.telegram.writer import Span

#: A cut leaves at least this share of a message filled, or a worse kind of place is taken.
_FILLED = 0.5

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SENTENCE = re.compile(r"[.!?…][\"'»”’)\]]*(?=\s)|[。！？]+[」』”）]*")
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)+")
_BLANKS = re.compile(r"\s+")
#: What nobody sees: control and format characters, separators …
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
#: … and three that are blank although Unicode calls them otherwise.
_BLANK_SYMBOLS = frozenset("\u2800\u3164\ufffc")


def cut(text: str, spans: Sequence[Span], *, limit: int = TEXT_LIMIT) -> list[Part]:
    """The text as parts of at most `limit` UTF-16 code units and a hundred entities, none blank.

    The spans must nest properly, fewer than a hundred deep, inner ones before outer ones. Raises
    `ValueError` for a limit no emoji fits into.
    """
    if limit < 2:
        raise ValueError("a part has room for two code units at least")
    return list(_Cutter(text, spans, limit).parts())


class _Cutter:
    """Walks through a text once, from cut to cut."""

    def __init__(self, text: str, spans: Sequence[Span], limit: int) -> None:
        self._text = text
        self._limit = limit
        # Of two alike the outer one, which was ended last, comes first.
        self._spans = list(reversed(spans))
        self._spans.sort(key=lambda span: (span.start, -span.end))
        self._blocks = [span for span in self._spans if span.kind == "pre"]
        self._block_starts = [span.start for span in self._blocks]
        #: Characters that count as two in UTF-16.
        self._astral = [found.start() for found in _ASTRAL.finditer(text)]

    def parts(self) -> Iterator[Part]:
        """The parts, in order."""
        position = self._skip_blanks(0)
        within: list[Span] = []
        begun = 0
        while position < len(self._text):
            while begun < len(self._spans) and self._spans[begun].start <= position:
                within.append(self._spans[begun])
                begun += 1
            within = [span for span in within if span.end > position]
            ahead = self._spans[begun : begun + ENTITY_LIMIT - len(within) + 1]
            end = self._furthest(position)
            if len(within) + len(ahead) > ENTITY_LIMIT:
                end = min(end, ahead.pop().start)
            at = end if end == len(self._text) else self._pause(position, end)
            words = self._text[position:at].rstrip()
            if _is_visible(words):
                yield self._part(position, position + len(words), [*within, *ahead])
            position = self._skip_blanks(at)

    def _units(self, position: int) -> int:
        """How many code units stand before this character."""
        return position + bisect_left(self._astral, position)

    def _furthest(self, position: int) -> int:
        """Where a message that begins here is full."""
        full = self._units(position) + self._limit
        ends = range(position, min(position + self._limit, len(self._text)) + 1)
        return ends[bisect_right(ends, full, key=self._units) - 1]

    def _part(self, start: int, end: int, spans: Sequence[Span]) -> Part:
        """The text between two places, and what dresses it there."""
        origin = self._units(start)
        entities = []
        for span in spans:
            first, last = max(span.start, start), min(span.end, end)
            words = self._text[first:last]
            if span.kind not in {"pre", "code"}:
                last -= len(words) - len(words.rstrip())
                first += len(words) - len(words.lstrip())
            if first < last:
                offset = self._units(first)
                entities.append(
                    Entity(
                        span.kind,
                        offset - origin,
                        self._units(last) - offset,
                        url=span.detail if span.kind == "text_link" else None,
                        language=span.detail if span.kind == "pre" else None,
                    )
                )
        return Part(self._text[start:end], tuple(entities))

    def _block_at(self, position: int) -> Span | None:
        """The block of code this character stands in."""
        nearest = bisect_right(self._block_starts, position) - 1
        if nearest < 0 or position >= self._blocks[nearest].end:
            return None
        return self._blocks[nearest]

    def _skip_blanks(self, position: int) -> int:
        """Where the next words begin. The indentation of code is kept."""
        blanks = _BLANK_LINES if self._block_at(position) else _BLANKS
        found = blanks.match(self._text, position)
        return found.end() if found else position

    def _pause(self, start: int, end: int) -> int:
        """The best place to cut, behind `start` and not behind `end`."""
        low = start + max(1, int((end - start) * _FILLED))
        for places in (self._paragraphs, self._lines, self._sentences, self._words):
            for place in places(low, end):
                if len(list(iter_graphemes(self._text[place - 1 : place + 1]))) == 2:
                    return place
        place = previous = start
        # One character more than fits tells whether the last one is complete.
        for grapheme in iter_graphemes(self._text[start : end + 1]):
            previous = place
            place += len(grapheme)
        place = place if place <= end else previous
        return place if place > start else end

    def _paragraphs(self, low: int, end: int) -> Iterator[int]:
        """Where a paragraph ends, outside code; the last one first."""
        while (place := self._text.rfind("\n\n", low, end + 2)) >= 0:
            block = self._block_at(place)
            if block is None:
                yield place
            end = (block.start if block else place) - 1

    def _lines(self, low: int, end: int) -> Iterator[int]:
        place = self._text.rfind("\n", low, end + 1)
        if place >= 0:
            yield place

    def _sentences(self, low: int, end: int) -> Iterator[int]:
        found = _SENTENCE.finditer(self._text, low, end + 1)
        yield from reversed([sentence.end() for sentence in found if sentence.end() <= end])

    def _words(self, low: int, end: int) -> Iterator[int]:
        return (place for place in range(end, low - 1, -1) if self._text[place].isspace())


def _is_visible(text: str) -> bool:
    """Whether a reader sees anything. Telegram refuses a message that shows nothing."""
    return any(
        unicodedata.category(character) not in _INVISIBLE and character not in _BLANK_SYMBOLS
        for character in text
    )
