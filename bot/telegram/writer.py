"""A text written from its beginning to its end, with the spans that dress it.

Positions are those of Python's strings; `cutting` turns them into Telegram's.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.telegram.links import INNER_SCHEME
from bot.telegram.parts import Kind

#: Deeper lists and quotes are indented no further, so that depth cannot multiply a text.
_DEEPEST = 24  # characters

_INNER_SCHEME = re.compile(INNER_SCHEME, re.IGNORECASE)
_LONGEST_SCHEME = len("tonsite://")


@dataclass(frozen=True, slots=True)
class Span:
    """A dressed stretch of the text, from the first character to the one behind the last."""

    kind: Kind
    start: int
    end: int
    #: The target of a link, or the language of code.
    detail: str | None = None


class Writer:
    """Writes text line by line: blank lines, indentation and list markers come by themselves.

    Spans nest properly, and an inner one comes before the outer one. Code stands alone, as Telegram
    wants it: other styles pause for it.
    """

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.length = 0
        self._pieces: list[str] = []
        self._tail = ""
        #: Line ends due before the next word.
        self._gap = 0
        self._is_new_line = True
        self._indents = [""]
        #: Markers of items without a word yet: `- 1. x` has two on its line.
        self._markers: list[str] = []
        self._marker_indent = ""
        self._quotes = 0
        self._quote_start: int | None = None
        #: Inline styles by where they began, and how often each was opened.
        self._open: dict[Kind, tuple[int, str | None]] = {}
        self._depths: dict[Kind, int] = {}

    @property
    def text(self) -> str:
        """Everything written so far."""
        return "".join(self._pieces)

    def mark(self) -> int:
        """This place, for `since`."""
        return len(self._pieces)

    def since(self, mark: int) -> str:
        """What was written after a mark."""
        return "".join(self._pieces[mark:])

    def gap(self, lines: int) -> None:
        """End the line before the next word; 2 leaves a line empty. The larger wish counts."""
        self._gap = max(self._gap, lines)
        self._is_new_line = True

    def break_line(self) -> None:
        """End the line before the next word; twice leaves a line empty."""
        self.gap(min(self._gap + 1, 2))

    def write(self, text: str) -> None:
        """Add words. Their own line ends are kept and indented."""
        if not text:
            return
        self._begin_line()
        seam = self._tail + text[:_LONGEST_SCHEME]
        if "//" in seam and any(
            f.start() < len(self._tail) < f.end() for f in _INNER_SCHEME.finditer(seam)
        ):
            # An inner address spread over two styles: an invisible joiner keeps it from being one.
            self._append("\u2060")
        # Telegram makes a blank of a tab.
        self._append(text.replace("\t", " ").replace("\n", "\n" + self._indents[-1]))

    def write_code(self, text: str) -> None:
        """Add code in a line. In a link it is plain words, as a link it would be none."""
        if "text_link" in self._open:
            self.write(text)
        elif text:
            self._begin_line()
            with self._alone("code"):
                self.write(text)

    def write_block(self, code: str, language: str | None = None) -> None:
        """Add lines of code, on lines of their own and not indented, with blanks for tabs."""
        if self._markers:
            self._begin_line()
        self.gap(1)
        self._begin_line(indent=False)
        with self._alone("pre", language):
            self._append(code.expandtabs(4))
        self.gap(1)

    def begin(self, kind: Kind, detail: str | None = None) -> None:
        """Dress what follows. The same style within itself changes nothing."""
        self._begin_line()
        self._depths[kind] = self._depths.get(kind, 0) + 1
        if self._depths[kind] == 1:
            self._open[kind] = (self.length, detail)

    def end(self, kind: Kind) -> None:
        """End the style that was begun last."""
        self._depths[kind] -= 1
        if not self._depths[kind]:
            self._close(kind)
            del self._open[kind]

    def begin_item(self, marker: str) -> None:
        """Begin an item of a list on a line of its own, or after the marker of the outer one."""
        self.gap(1)
        if not self._markers:
            self._marker_indent = self._indents[-1]
        self._markers.append(marker)
        self._indent(" " * 3)

    def replace_marker(self, marker: str) -> None:
        """Give the item that was just begun another marker."""
        if self._markers:
            self._markers[-1] = marker
        else:
            # The item is a heading, and has begun its line already.
            self.write(marker)

    def end_item(self) -> None:
        """End an item. An empty one shows its marker."""
        if self._markers:
            self._begin_line()
        self._indents.pop()

    def write_folded(self, text: str) -> None:
        """Add a quote that is folded where it is long, and end the line behind it."""
        start = self.length
        self.write(text)
        self._add("expandable_blockquote", start)
        self.gap(1)

    def begin_quote(self) -> None:
        """Begin a quote. Telegram knows no quote within a quote, so the inner keeps its `>`."""
        if self._markers:
            self._begin_line()
        self.gap(1)
        self._quotes += 1
        if self._quotes == 1:
            self._quote_start = None
            self._indents.append("")
        else:
            self._indent("> ")

    def end_quote(self) -> None:
        """End a quote."""
        self._indents.pop()
        self._quotes -= 1
        if not self._quotes and self._quote_start is not None:
            self._add("blockquote", self._quote_start)

    def _indent(self, by: str) -> None:
        indent = self._indents[-1]
        self._indents.append(indent + by if len(indent) < _DEEPEST else indent)

    def _begin_line(self, *, indent: bool = True) -> None:
        if not self._is_new_line:
            return
        if self.length:
            self._append("\n" * self._gap)
        self._gap = 0
        self._is_new_line = False
        if self._quotes and self._quote_start is None:
            self._quote_start = self.length
        if self._markers:
            self._append(self._marker_indent + "".join(self._markers))
            self._markers.clear()
        elif indent:
            self._append(self._indents[-1])

    def _append(self, text: str) -> None:
        self._pieces.append(text)
        self.length += len(text)
        self._tail = (self._tail + text[-_LONGEST_SCHEME:])[-_LONGEST_SCHEME:]

    @contextmanager
    def _alone(self, kind: Kind, detail: str | None = None) -> Iterator[None]:
        """Dress what is written in this style alone; the others go on behind it."""
        for other in self._open:
            self._close(other)
        start = self.length
        yield
        self._add(kind, start, detail)
        self._open = {other: (self.length, at) for other, (_, at) in self._open.items()}

    def _close(self, kind: Kind) -> None:
        start, detail = self._open[kind]
        self._add(kind, start, detail)

    def _add(self, kind: Kind, start: int, detail: str | None = None) -> None:
        if start < self.length:
            self.spans.append(Span(kind, start, self.length, detail))
