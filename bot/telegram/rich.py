"""The assistant's Markdown as one of Telegram's rich messages, which draw tables and formulas.

Telegram reads the Markdown itself there (https://core.telegram.org/bots/api#sendrichmessage), and
takes HTML, pictures, spoilers, marked words and buttons in it, too. So what the assistant may have
been talked into is made words first, by the rules of `bot.telegram.markup`: HTML is text, pictures
are links, links lead to the web and show their host, and nothing is hidden that was to be read.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import pyromark

from bot.telegram.links import INNER_SCHEME, hidden_host, is_web
from bot.telegram.source import FORMULA, NOTHING, OPTIONS, Source, clean, is_maths, prepare

#: Characters, blocks, columns of a table, and how deep blocks may stand in each other.
MOST_CHARACTERS: Final = 32_768
MOST_BLOCKS: Final = 500
MOST_COLUMNS: Final = 20
DEEPEST: Final = 16

#: What was HTML or stood between dollars can be something else as words, which is looked at anew.
#: Who hides it deeper gets a classic message.
_PASSES = 4

#: A picture is within a link, and words within a picture.
_DEEPEST_LINK = 3

_MARK: Final = NOTHING.encode()

#: In words: what would be a spoiler or marked there and is only letters here, and addresses that
#: act inside Telegram.
_IN_WORDS = re.compile(rf"\|\||==|(?P<inner>{INNER_SCHEME}\S*)", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
_BACKTICKS = re.compile("`+")
_SIGNS = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class RichPart:
    """What goes out as one rich message."""

    markdown: str

    @property
    def text(self) -> str:
        """The words, as they are written."""
        return self.markdown


def enrich(markdown: str, *, heard: str = "") -> RichPart | None:
    """The whole answer as one rich message; `None` where it says nothing or does not fit into one.

    What was `heard` stands above it, quoted.
    """
    source = prepare(markdown)
    text = source.markdown
    for _ in range(_PASSES):
        reading = _Reading(text)
        if not reading.is_fitting:
            return None
        if not reading.first:
            break
        text = _edited(text, reading.first)
    else:
        return None
    text = _written(_edited(text, reading.edits), source).strip()
    if not _is_harmless(text):
        return None  # One change has made something of another.
    if words := " ".join(clean(heard).split()):
        spoken = _SIGNS.sub(r"\\\1", words)
        text = f"> 🎙 {spoken}\n\n{text}"
    return RichPart(text) if text and len(text) <= MOST_CHARACTERS else None


@dataclass(frozen=True, slots=True)
class _Edit:
    """Other text instead of these bytes."""

    start: int
    end: int
    text: str


class _Reading:
    """What is to be changed in a Markdown text, by the parser's events."""

    def __init__(self, text: str) -> None:
        self.edits: list[_Edit] = []
        #: What has to be done before the rest can be read.
        self.first: list[_Edit] = []
        #: Whether Telegram takes as much and as deep.
        self.is_fitting = True
        self._bytes = text.encode()
        self._blocks = self._depth = 0
        #: Open links and pictures, each with where its words end.
        self._links: list[tuple[str, bool, str, int]] = []
        self._words_end = 0
        self._is_code = False
        for event, where in pyromark.events_with_range(text, options=OPTIONS, merge_text=True):
            self._read(event, where["start"], where["end"])
        self.is_fitting &= self._blocks <= MOST_BLOCKS

    def _read(self, event: Any, start: int, end: int) -> None:
        match event:
            case {"Start": {"Link": link}}:
                self._begin_link(link, start, is_picture=False)
                return
            case {"Start": {"Image": image}}:
                self._begin_link(image, start, is_picture=True)
                return
            case {"End": "Link" | "Image"}:
                self._end_link(end)
            case {"Start": tag}:
                self._begin(tag)
            case {"End": tag}:
                self._end(tag)
            case {"Text": _} if not self._is_code:
                self._words(start, end)
            case {"Code": _} | {"Text": _}:
                self._raw(start, end)
            case {"InlineHtml": str(html)} | {"Html": str(html)} if not _BREAK.fullmatch(html):
                self._html(start, end)
            case {"InlineMath": str(tex)}:
                self._dollars(tex, start, end, 1)
            case {"DisplayMath": str(tex)}:
                self._dollars(tex, start, end, 2)
        self._words_end = max(self._words_end, end)

    def _begin(self, tag: Any) -> None:
        if _is_within_a_line(tag):
            return
        match tag:
            case {"CodeBlock": _}:
                self._is_code = True
            case {"Table": columns}:
                self.is_fitting &= len(columns) <= MOST_COLUMNS
        self._blocks += 1
        self._depth += 1
        self.is_fitting &= self._depth <= DEEPEST

    def _end(self, tag: Any) -> None:
        if not _is_within_a_line(tag):
            self._depth -= 1
        if tag == "CodeBlock":
            self._is_code = False

    def _words(self, start: int, end: int) -> None:
        text = self._bytes[start:end].decode()
        for found in _IN_WORDS.finditer(text):
            begins = start + len(text[: found.start()].encode())
            words = _code(found[0]) if found["inner"] else "".join(f"\\{sign}" for sign in found[0])
            self.edits.append(_Edit(begins, begins + len(found[0].encode()), words))

    def _raw(self, start: int, end: int) -> None:
        """Code says what it says: the mark against definitions of links goes out of it."""
        at = self._bytes.find(_MARK, start, end)
        while at >= 0:
            self.edits.append(_Edit(at, at + len(_MARK), ""))
            at = self._bytes.find(_MARK, at + 1, end)

    def _html(self, start: int, end: int) -> None:
        at = self._bytes.find(b"<", start, end)
        while at >= 0:
            self.first.append(_Edit(at, at, "\\"))
            at = self._bytes.find(b"<", at + 1, end)

    def _dollars(self, tex: str, start: int, end: int, width: int) -> None:
        """What stands between dollars is a formula, or prices."""
        if is_maths(tex):
            self._raw(start, end)
            return
        for at in (*range(start, start + width), *range(end - width, end)):
            self.first.append(_Edit(at, at, "\\"))

    def _begin_link(self, link: Any, start: int, *, is_picture: bool) -> None:
        self._links.append((link["dest_url"], is_picture, link["link_type"], start))
        self._words_end = start + (2 if is_picture else 1)
        self.is_fitting &= len(self._links) <= _DEEPEST_LINK

    def _end_link(self, end: int) -> None:
        """A link to the web shows its host; every other is words, and its address is code."""
        url, is_picture, kind, start = self._links.pop()
        words_end, self._words_end = self._words_end, end
        if kind != "Inline":
            if not is_web(url):
                self.edits.append(_Edit(start, end, _code(url.removeprefix("mailto:"))))
            return
        opening = start + (2 if is_picture else 1)
        words = self._bytes[opening:words_end].decode(errors="replace")
        is_nested = "](" in words
        if not words.strip() or is_nested or not is_web(url):
            # The words stay with the edits in them, the rest becomes an address.
            self.edits.append(_Edit(start, opening, ""))
            shown = f"<{url}>" if is_web(url) and not words.strip() else f" ({_code(url)})"
            self.edits.append(_Edit(words_end, end, shown if url else ""))
            return
        if is_picture:
            self.edits.append(_Edit(start, opening, "["))
        if host := hidden_host(words, url):
            self.edits.append(_Edit(end, end, f" ({host})"))


def _is_within_a_line(tag: Any) -> bool:
    return isinstance(tag, str) and tag in {"Strong", "Emphasis", "Strikethrough", "TableCell"}


def _edited(text: str, edits: list[_Edit]) -> str:
    """The text with all of these done. What overlaps an earlier one is left out."""
    data = text.encode()
    kept: list[bytes] = []
    copied = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start >= copied:
            kept += data[copied : edit.start], edit.text.encode()
            copied = edit.end
    return b"".join([*kept, data[copied:]]).decode()


def _written(text: str, source: Source) -> str:
    """Formulas in Telegram's dollars, and what looks like the definition of a link kept visible."""

    def formula(mark: re.Match[str]) -> str:
        found = source.formulas[int(mark["formula"])]
        return f"\n\n$$\n{found.tex}\n$$\n\n" if found.is_display else f"${found.tex}$"

    return re.sub(FORMULA, formula, text.replace(NOTHING, "\\"))


def _is_harmless(text: str) -> bool:
    """Whether nothing in it acts, loads or hides where it leads to."""
    for event in pyromark.events(text, options=OPTIONS):
        match event:
            case {"InlineHtml": str(html)} | {"Html": str(html)} if not _BREAK.fullmatch(html):
                return False
            case {"Start": {"Image": _}}:
                return False
            case {"Start": {"Link": {"dest_url": str(url)}}} if not is_web(url):
                return False
    return True


def _code(words: str) -> str:
    """Words as code in a line, whatever is in them."""
    longest = max((len(each) for each in _BACKTICKS.findall(words)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{pad}{words}{pad}{fence}"
