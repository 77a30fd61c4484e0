"""The assistant's Markdown as text and entities, cut into messages.

Nothing is lost: every word of the answer is in the parts, in its order; only signs of markup and
blanks where messages part are gone. Nothing is refused: lengths, counts, ranges and addresses are
what Telegram takes. Half an answer is as welcome as a whole one, and each takes time by its length,
whatever is in it. Text is read as CommonMark with GitHub's tables, tasks, alerts and strikethrough;
what that would hide stays visible:

- HTML is text: `List<int>` is what it says. Only `<br>` ends a line.
- Links lead to the web and show their host; others are words with the address behind them.
- References (`[1]`, `[1]: https://…`) and footnotes stay where they were written.
- Pictures are links. Formulas are code, as TeX. Tables are aligned in monospace.

A part of this house and not telegramify-markdown, because most of what that does had to be undone
or mended from outside (see docs/decisions/07-own-markup.md). The parser is the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyromark

from bot.telegram import tables
from bot.telegram.cutting import cut
from bot.telegram.links import INNER_SCHEME, hidden_host, is_web
from bot.telegram.parts import TEXT_LIMIT, Entity, Kind, Part
from bot.telegram.source import FORMULA, OPTIONS, Formula, Source, clean, is_maths, prepare
from bot.telegram.writer import Writer

__all__ = ["Entity", "Part", "render"]

_STYLES: Final[Mapping[str, Kind]] = {
    "Strong": "bold",
    "Emphasis": "italic",
    "Strikethrough": "strikethrough",
}

#: Words in which something is not a word: a formula, a footnote's mark, an address inside Telegram.
_IN_WORDS = re.compile(
    rf"{FORMULA}|\[\^(?P<note>[0-9]{{1,4}})\]|(?P<inner>{INNER_SCHEME}\S*)", re.IGNORECASE
)
#: Characters of what was heard that are shown.
_LONGEST_HEARD = 1000
_BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[\w+#./-]{1,32}")


def render(markdown: str, *, heard: str = "", limit: int = TEXT_LIMIT) -> list[Part]:
    """The parts of an answer, in order; none where it says nothing (yet).

    What was `heard` stands above it as it is, folded where it is long; of a whole hour only the
    beginning.

    No part is longer than `limit` UTF-16 code units, has more than a hundred entities, or is blank.
    What grows at its end changes only its last parts, unless the end changes what the beginning
    means (a table that widens, a style that closes).
    """
    source = prepare(markdown)
    renderer = _Renderer(source)
    if words := clean(heard).strip():
        renderer.out.write_folded(f"🎙 {_beginning(words)}")
    renderer.read()
    return cut(renderer.out.text, renderer.out.spans, limit=limit)


def _beginning(words: str) -> str:
    """Enough of what was heard to see whether it was understood."""
    if len(words) <= _LONGEST_HEARD:
        return words
    return words[:_LONGEST_HEARD].rpartition(" ")[0].rstrip() + " …"


@dataclass(frozen=True, slots=True)
class _Link:
    """A link or a picture whose words are being read."""

    url: str
    title: str
    is_live: bool
    #: Where its words begin: the length of the text, and a mark.
    start: int
    mark: int


class _Renderer:
    """Reads the parser's events and writes them down."""

    def __init__(self, source: Source) -> None:
        self.out = Writer()
        self._source = source
        self._links: list[_Link] = []
        #: The number of the next item of each open list; `None` where it has bullets.
        self._lists: list[int | None] = []
        self._code: list[str] | None = None
        self._info = ""
        self._alignments: list[tables.Alignment] = []
        self._rows: list[list[str]] = []
        #: Where a cell began in what is written, and ended in the source, in bytes.
        self._cell = 0
        self._cell_end = 0
        self._bytes = source.markdown.encode()
        self._around_table: Writer | None = None

    def read(self) -> None:
        """Write down the whole document."""
        markdown = self._source.markdown
        events = pyromark.events_with_range(markdown, options=OPTIONS, merge_text=True)
        for event, where in events:
            match event:
                case {"Text": str(text)} if self._code is not None:
                    self._code.append(text)
                case {"Text": str(text)}:
                    self._words(text)
                case {"Start": start}:
                    self._start(start)
                case {"End": "TableCell"}:
                    self._rows[-1].append(" ".join(self.out.since(self._cell).split()))
                    self._cell_end = where["end"]
                case {"End": "TableRow"}:
                    self._surplus(where["end"])
                case {"End": end}:
                    self._end(end)
                case {"Code": str(text)}:
                    self.out.write_code(self._source.raw(text))
                case "SoftBreak" | "HardBreak":
                    self.out.gap(1)
                case {"InlineHtml": str(html)} | {"Html": str(html)}:
                    self._html(html)
                case {"InlineMath": str(tex)}:
                    self._dollars(tex, "$")
                case {"DisplayMath": str(tex)}:
                    self._dollars(tex, "$$")
                case {"TaskListMarker": is_done}:
                    self.out.replace_marker("☑ " if is_done else "☐ ")
                case "Rule":
                    self.out.gap(2)
                    self.out.write("———")

    def _start(self, tag: object) -> None:
        match tag:
            case "Paragraph" | "HtmlBlock":
                self.out.gap(2)
            case "Strong" | "Emphasis" | "Strikethrough":
                self.out.begin(_STYLES[tag])
            case "Item":
                number = self._lists[-1]
                self.out.begin_item("• " if number is None else f"{number}. ")
                self._lists[-1] = None if number is None else number + 1
            case {"List": int() | None as number}:
                self.out.gap(1 if self._lists else 2)
                self._lists.append(number)
            case {"Heading": _}:
                self.out.gap(2)
                self.out.begin("bold")
            case {"Link": {"dest_url": str(url), "title": str(title)}}:
                self._begin_link(url, title)
            case {"Image": {"dest_url": str(url), "title": str(title)}}:
                self._begin_link(url, title)
            case {"CodeBlock": kind}:
                self._code = []
                self._info = str(kind["Fenced"]) if isinstance(kind, dict) else ""
            case {"BlockQuote": kind}:
                self.out.gap(2)
                self.out.begin_quote()
                if kind is not None:
                    self._alert(str(kind))
            case {"Table": alignments}:
                self._alignments = alignments
                self._rows = []
                # Cells are written apart, to be measured.
                self._around_table, self.out = self.out, Writer()
            case "TableHead" | "TableRow":
                self._rows.append([])
            case "TableCell":
                self._cell = self.out.mark()

    def _end(self, tag: object) -> None:
        match tag:
            case "Strong" | "Emphasis" | "Strikethrough":
                self.out.end(_STYLES[tag])
            case "Item":
                self.out.end_item()
            case {"List": _}:
                self._lists.pop()
            case {"Heading": _}:
                self.out.end("bold")
                self.out.gap(1 if self._lists else 2)
            case "Link" | "Image":
                self._end_link()
            case "CodeBlock":
                self._end_code()
            case {"BlockQuote": _}:
                self.out.end_quote()
            case "Table" if self._around_table:
                self.out, self._around_table = self._around_table, None
                self.out.gap(2)
                self.out.write_block(tables.align(self._rows, self._alignments))

    def _surplus(self, row_end: int) -> None:
        """Add to a row the cells beyond those of its table's head, which the parser drops."""
        left = self._bytes[self._cell_end : row_end].decode().strip("| \n")
        if left:
            self._rows[-1][-1] += f" | {self._source.raw(left)}"

    def _words(self, text: str) -> None:
        """Write words, and what stands between them and is none."""
        position = 0
        for found in _IN_WORDS.finditer(text):
            self.out.write(self._source.raw(text[position : found.start()]))
            position = found.end()
            if found["formula"]:
                self._formula(self._source.formulas[int(found["formula"])])
            elif found["note"]:
                self.out.write(f"[{found['note']}]")
            else:
                self.out.write_code(self._source.raw(found["inner"]))
        self.out.write(self._source.raw(text[position:]))

    def _html(self, html: str) -> None:
        if _BREAK.fullmatch(html):
            self.out.break_line()
            return
        line = html.rstrip("\n")
        self._words(line)
        if line != html:
            self.out.gap(1)

    def _dollars(self, tex: str, delimiter: str) -> None:
        source = f"{delimiter}{tex}{delimiter}"
        if is_maths(tex):
            self._formula(Formula(self._source.raw(tex), delimiter == "$$", source))
        else:
            self._words(source)

    def _formula(self, formula: Formula) -> None:
        if formula.is_display and self._around_table is None and not self._links:
            self.out.write_block(formula.tex, "latex")
        else:
            self.out.write_code(" ".join(formula.tex.split()))

    def _alert(self, kind: str) -> None:
        """The title of one of GitHub's alerts, `> [!NOTE]`."""
        self.out.begin("bold")
        self.out.write(kind)
        self.out.end("bold")

    def _end_code(self) -> None:
        """Write a block of code. A fence that says more than the language is shown above it."""
        code = self._source.raw("".join(self._code or ())).rstrip()
        self._code = None
        info = self._source.raw(self._info).strip()
        language, _, more = info.partition(" ")
        is_language = bool(_LANGUAGE.fullmatch(language))
        self.out.gap(1 if self._lists else 2)
        if more or not is_language or not code:
            self._words(info)
        if code:
            self.out.write_block(code, language if is_language else None)

    def _begin_link(self, url: str, title: str) -> None:
        url = self._source.raw(url)
        is_live = is_web(url) and not self._links and self._around_table is None
        if is_live:
            self.out.begin("text_link", url)
        title = self._source.raw(title)
        self._links.append(_Link(url, title, is_live, self.out.length, self.out.mark()))

    def _end_link(self) -> None:
        """Say behind the words of a link where it leads, unless they say so themselves."""
        link = self._links.pop()
        is_bare = self.out.length == link.start
        # A picture within another is not looked at: there may be thousands, each within the last.
        words = "" if self._links or is_bare else self.out.since(link.mark)
        if link.is_live and not is_bare:
            address = hidden_host(words, link.url)
        else:
            address = link.url.removeprefix("mailto:")
            address = "" if address in words else address
        notes = [note for note in (address, link.title) if note and note != words]
        for number, note in enumerate(notes):
            self.out.write(", " if number else "" if is_bare else " (")
            if note == link.url:
                # No link, and as code because Telegram might find another address in it.
                self.out.write_code(note)
            else:
                self.out.write(note)
        if notes and not is_bare:
            self.out.write(")")
        if link.is_live:
            self.out.end("text_link")
