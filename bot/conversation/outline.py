"""Markdown that still streams in, cut where its parts can be read on their own.

A part is whatever a parser understands without the rest: a heading, a block of code, a table, a
quote, an item of a list; and of a paragraph, which may be long, as many sentences as are complete.
Nothing that has begun is cut: a part is given when its end is known, at the latest with the text's.
Where the rules of CommonMark are not followed to the letter, parts are rather too large than too
small: that only takes longer.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from bot.conversation.sentences import is_end

_Kind = Literal["prose", "heading", "rule", "fence", "table", "quote", "item", "indented"]

_OPENINGS: tuple[tuple[_Kind, re.Pattern[str]], ...] = (
    ("fence", re.compile(r"`{3,}|~{3,}")),
    ("heading", re.compile(r"#{1,6}(?:\s|$)")),
    ("rule", re.compile(r"(?:-{3,}|\*{3,}|_{3,})[ \t\r]*\n")),
    ("quote", re.compile(r">")),
    ("table", re.compile(r"\|")),
    ("item", re.compile(r"(?:[-*+]|\d{1,9}[.)])(?:\s|$)")),
)
_FIRST = re.compile(r"1[.)]")
_UNDERLINE = re.compile(r" {0,3}(?:-+|=+)[ \t\r]*\n")
_FENCE = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(?P<fence>`{3,}|~{3,})(?P<info>.*)")
_REASONING = re.compile(r" {0,3}<(?P<tag>think(?:ing)?)>", re.IGNORECASE)

#: A paragraph is cut behind so many characters at the earliest: shorter parts only cost time.
_SHORTEST = 40
#: Stands before the rest of a paragraph, lest it be taken for the beginning of something else.
_GUARD = "\u00a0"


class Outline:
    """Takes Markdown word by word and gives its parts, without reasoning (`<think>…</think>`).

    The words must be those of `Words`. What is given depends on nothing but the text.
    """

    def __init__(self) -> None:
        self._kind: _Kind | None = None
        #: The open part up to the line that is coming in, and that line.
        self._part: list[str] = []
        self._line: list[str] = []
        #: Characters of it.
        self._length = 0
        #: Whether it is known what the line belongs to.
        self._is_placed = False
        #: How far the lines of an item or of indented code are indented.
        self._hang = 0
        self._is_after_blank = False
        #: What ends the code or formula we are in, whatever else a line looks like.
        self._closing: re.Pattern[str] | None = None
        #: The tag that ends the reasoning we are in.
        self._reasoning: re.Pattern[str] | None = None
        self._marks = _Marks()

    def take(self, word: str, following: str) -> Iterator[str]:
        """The parts that are complete with this word, when this character follows it."""
        word = self._without_reasoning(word)
        if not word:
            return
        self._line.append(word)
        if not self._is_placed and not self._closing and word.strip():
            yield from self._place("".join(self._line))
        self._length += len(word)
        if self._kind == "prose":
            self._marks.read(word)
        if word.endswith("\n"):
            yield from self._end_line()
        if self._may_cut() and is_end(word, following):
            yield from self._cut()

    def finish(self) -> Iterator[str]:
        """What is open ends here."""
        self._part += self._line
        self._line.clear()
        yield from self._give()

    def _without_reasoning(self, word: str) -> str:
        """What of a word is answer. Only a tag that begins a line outside code opens reasoning."""
        while True:
            if self._reasoning:
                closing = self._reasoning.search(word)
                if not closing:
                    return ""
                word = word[closing.end() :]
                self._reasoning = None
            if self._is_placed or self._closing:
                return word
            begun = "".join(self._line) + word
            opening = _REASONING.match(begun)
            if not opening:
                return word
            self._line.clear()
            word = begun[opening.end() :]
            self._reasoning = re.compile(f"</{opening['tag']}>", re.IGNORECASE)

    def _place(self, line: str) -> Iterator[str]:
        """Find out by its first word whether a line goes on with the open part or begins one."""
        self._is_placed = True
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        kind = self._opening(line, indent)
        is_more = (
            (self._kind in ("item", "indented") and indent >= self._hang)
            or (kind == "prose" and self._kind is not None and not self._is_after_blank)
            or (kind == self._kind and kind in ("quote", "table"))
        )
        if not is_more:
            yield from self._give()
            self._kind = kind
            self._length = 0
            # Behind the mark of an item, and a blank.
            self._hang = 4 if kind == "indented" else indent + len(line.strip()) + 1
        self._is_after_blank = False

    def _opening(self, line: str, indent: int) -> _Kind:
        """What a line begins, by its first word."""
        is_in_prose = self._kind == "prose"
        if is_in_prose and (indent >= 4 or _UNDERLINE.match(line)):
            return "prose"
        text = line.lstrip()
        if indent >= 4 and self._kind != "item":
            return "indented"
        for kind, opening in _OPENINGS:
            if opening.match(text):
                # In the middle of a paragraph only a list that begins at 1 is meant as one.
                is_number = kind == "item" and text[0].isdigit() and not _FIRST.match(text)
                return "prose" if is_number and is_in_prose else kind
        return "prose"

    def _end_line(self) -> Iterator[str]:
        line = "".join(self._line)
        is_blank = not self._is_placed and not line.strip()
        self._part.append(line)
        self._line.clear()
        self._is_placed = False
        if self._closing:
            if self._closing.search(line):
                self._closing = None
                if self._kind == "fence":
                    yield from self._give()
        elif is_blank:
            self._is_after_blank = True
            if self._kind not in ("item", "indented"):
                yield from self._give()
        elif self._kind in ("heading", "rule") or (
            self._kind == "prose" and _UNDERLINE.match(line)
        ):
            yield from self._give()
        else:
            self._open(line)

    def _open(self, line: str) -> None:
        """Notice code or a formula that goes on after this line."""
        if self._kind == "quote":
            return  # Its lines say themselves that they belong to it.
        fence = _FENCE.match(line)
        if (
            fence
            and self._kind != "prose"
            and (fence["fence"][0] == "~" or "`" not in fence["info"])
        ):
            mark = fence["fence"]
            self._closing = re.compile(rf"^\s*{mark[0]}{{{len(mark)},}}\s*$")
        elif line.rfind(r"\[") > line.rfind(r"\]"):
            self._closing = re.compile(r"\\\]|^\s*$")
        elif line.count("$$") % 2:
            self._closing = re.compile(r"\$\$|^\s*$")
        elif self._kind == "fence":
            self._kind = "prose"  # It was code in a line.
            self._marks.read(line)

    def _may_cut(self) -> bool:
        return (
            self._kind == "prose"
            and self._length >= _SHORTEST
            and not self._closing
            and self._marks.are_closed
        )

    def _cut(self) -> Iterator[str]:
        """Give what there is of a paragraph; the rest goes on."""
        yield "".join(self._part) + "".join(self._line)
        self._part = [_GUARD]
        self._line.clear()
        self._length = 0

    def _give(self) -> Iterator[str]:
        part = "".join(self._part)
        self._kind = None
        self._part = []
        self._closing = None
        self._is_after_blank = False
        self._marks = _Marks()
        if part.strip():
            yield part


_MARK = re.compile(r"\\[\[\]()]|\\.|`+|\$\$|\*+|_+|~~|\[|\]\(?|[()]", re.DOTALL)


class _Marks:
    """What stands open in a paragraph: styles, code, links, formulas.

    What merely could be an opening mark counts as one, so a lone asterisk lets the paragraph wait.
    """

    def __init__(self) -> None:
        #: How many characters of each mark of style are open.
        self._styles = {"*": 0, "_": 0, "~": 0}
        self._brackets = 0
        #: Parentheses within the address of a link.
        self._address = 0
        #: What ends the code or the formula we are in.
        self._until = ""
        self._before = " "

    @property
    def are_closed(self) -> bool:
        """Whether nothing is open."""
        return not (self._until or self._brackets or self._address or any(self._styles.values()))

    def read(self, word: str) -> None:
        """Read on. A mark is never parted by the end of a word."""
        for found in _MARK.finditer(word):
            mark = found[0]
            before = word[found.start() - 1] if found.start() else self._before
            after = word[found.end()] if found.end() < len(word) else " "
            if self._until:
                # In code a backslash is only itself.
                if mark in (self._until, f"\\{self._until}"):
                    self._until = ""
            elif mark[0] == "`":
                self._until = mark
            elif mark in _MATHS:
                self._until = _MATHS[mark]
            elif mark[0] in self._styles:
                self._style(mark, before, after)
            elif self._address:
                self._address += {"(": 1, ")": -1}.get(mark, 0)
            elif mark == "[":
                self._brackets += 1
            elif mark[0] == "]" and self._brackets:
                self._brackets -= 1
                self._address = len(mark) - 1
        self._before = word[-1:] or self._before

    def _style(self, mark: str, before: str, after: str) -> None:
        kind = mark[0]
        opens = not after.isspace() and (not _is_sign(after) or not before.isalnum())
        closes = not before.isspace() and (not _is_sign(before) or not after.isalnum())
        if kind == "_" and before.isalnum() and after.isalnum():
            return
        left = len(mark)
        if closes:
            closed = min(left, self._styles[kind])
            self._styles[kind] -= closed
            left -= closed
        if opens:
            self._styles[kind] += left


_MATHS = {r"\(": r"\)", r"\[": r"\]", "$$": "$$"}


def _is_sign(character: str) -> bool:
    """Whether it is punctuation or a symbol, next to which styles follow rules of their own."""
    return unicodedata.category(character)[0] in "PS"
