"""What of a text is translated, in which pieces, and what must come out of it as it went in.

Pure rules. A text is prose with code in it, between fences or backticks, as people and assistants
write it; code is never translated. Links, addresses and `code` within a sentence go with it, since
it makes no sense without them, and are put back where a translation has lost them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.conversation.lines import escaped
from bot.conversation.sentences import says_something

#: Characters that are translated in one call. OnDemand publishes no limit; a text of this length
#: takes some seconds.
LONGEST: Final = 2_000

_FENCED = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[ \t]*$|\Z)", re.M | re.S)
_CODE = re.compile(r"`[^`\n]+`")
#: What nobody translates, wherever it stands in a sentence.
_KEPT = re.compile(r"`[^`\n]+`|https?://[^\s<>()\"']+[^\s<>()\"'.,;:!?]|(?<!\w)@\w{3,}")
#: Where a long text may be cut, the best places first.
_JOINTS: Final = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…؟۔।][\"'»”’)\]]*\s+|[。！？]+[」』”）]*"),
    re.compile(r"\s+"),
)
_STRONG: Final = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_RUNS_FROM_RIGHT: Final = frozenset({"ar", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_MARKS: Final = {"ltr": "\N{LEFT-TO-RIGHT MARK}", "rtl": "\N{RIGHT-TO-LEFT MARK}"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text. Put together, the pieces of a text are the text."""

    text: str
    is_translated: bool = True


def pieces_of(text: str, *, longest: int = LONGEST) -> list[Piece]:
    """The text in pieces: code and blanks as they are, prose in as few calls as possible."""
    pieces: list[Piece] = []
    start = 0
    for fenced in _FENCED.finditer(text):
        pieces += _prose(text[start : fenced.start()], longest)
        pieces.append(Piece(fenced[0], is_translated=False))
        start = fenced.end()
    return [*pieces, *_prose(text[start:], longest)]


def with_what_was_lost(text: str, translation: str) -> str:
    """The translation, and below it the links, names and code of the text that are not in it."""
    there = translation.casefold()
    kept = dict.fromkeys(found[0] for found in _KEPT.finditer(text))
    lost = [each for each in kept if each.casefold() not in there]
    return "\n".join([translation, *lost])


def is_same(text: str, translation: str) -> bool:
    """Whether they say the same in the same words, signs and capitals aside."""
    return _bare(text) == _bare(translation)


def directed(text: str, language: str) -> str:
    """The text so that each of its lines runs as the language does.

    Apps look at the first letter of a line, and Arabic may well begin with a Latin name.
    """
    runs = "rtl" if language in _RUNS_FROM_RIGHT else "ltr"
    return "\n".join(_directed(line, runs) for line in text.split("\n"))


def as_markdown(text: str) -> str:
    """Words of people as Markdown that shows them as they are, lines and code included."""
    shown: list[str] = []
    start = 0
    for fenced in _FENCED.finditer(text):
        shown += [*_paragraphs(text[start : fenced.start()]), fenced[0]]
        start = fenced.end()
    return "\n\n".join([*shown, *_paragraphs(text[start:])])


def _prose(text: str, longest: int) -> Iterator[Piece]:
    for part in _cut(text, longest):
        bare = part.strip()
        if not says_something(bare):
            yield Piece(part, is_translated=False)
            continue
        before, _, after = part.partition(bare)
        if before:
            yield Piece(before, is_translated=False)
        yield Piece(bare)
        if after:
            yield Piece(after, is_translated=False)


def _cut(text: str, longest: int) -> Iterator[str]:
    start = 0
    while len(text) - start > longest:
        low, high = start + longest // 2, start + longest
        ends = (
            [found.end() for found in joint.finditer(text, low, high)][-1:] for joint in _JOINTS
        )
        end = next((found[0] for found in ends if found), high)
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _bare(text: str) -> str:
    kept = (c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
    return "".join(kept)


def _directed(line: str, runs: str) -> str:
    found = (_STRONG.get(unicodedata.bidirectional(character)) for character in line)
    first = next(filter(None, found), runs)
    return line if first == runs else _MARKS[runs] + line


def _paragraphs(text: str) -> list[str]:
    return [
        "\\\n".join(_line(line.strip()) for line in paragraph.strip().splitlines())
        for paragraph in re.split(r"\n\s*\n", text)
        if paragraph.strip()
    ]


def _line(line: str) -> str:
    start, shown = 0, ""
    for code in _CODE.finditer(line):
        shown += escaped(line[start : code.start()]) + code[0]
        start = code.end()
    return shown + escaped(line[start:])
