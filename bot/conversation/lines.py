"""Words that somebody else chose, as one line among ours: seen, short, and no Markdown of ours.

They are titles, names and what is searched for. Nothing in them ends the line, hides, or turns the
direction of what stands beside it.
"""

import re
import string
import unicodedata
from typing import Final

from wcwidth import iter_graphemes

#: Code points of the longest line, since a grapheme can be made of thousands.
_MOST_POINTS: Final = 240

#: As many characters as are looked at.
_CONSIDERED: Final = 2_000

#: Characters without a look of their own that words need: joiners, and the tags of some flags.
_JOINERS = frozenset("\u200c\u200d") | frozenset(map(chr, range(0xE0020, 0xE0080)))
#: Kinds of characters that end a line or mean something to machines, and those that mean nothing.
_BLANKS = frozenset({"Cc", "Zl", "Zp", "Zs"})
_NOTHINGS = frozenset({"Cf", "Cs", "Cn", "Co"})

_SIGNS = re.compile(f"[{re.escape(string.punctuation)}]")


def one_line(words: str) -> str:
    """The words in one line, without what nobody sees."""
    return " ".join("".join(map(_seen, unicodedata.normalize("NFC", words))).split())


def cut(line: str, most: int) -> str:
    """The line in at most so many graphemes, with a sign where it goes on."""
    kept: list[str] = []
    points = 0
    for grapheme in iter_graphemes(line):
        points += len(grapheme)
        if len(kept) == most or points > _MOST_POINTS:
            return "".join(kept[: most - 1]).rstrip() + "…"
        kept.append(grapheme)
    return line


def tidy(words: str, most: int) -> str:
    """The words as one line of at most so many graphemes; empty where they say nothing."""
    return cut(one_line(words[:_CONSIDERED]), most)


def escaped(words: str) -> str:
    """These words as Markdown that says them and nothing else.

    References and not backslashes: within an address a backslash would be a part of it.
    """
    return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", words)


def isolated(words: str) -> str:
    """The words as they may stand beside others: what runs from the right stays in its place."""
    runs_from_right = any(unicodedata.bidirectional(each) in {"R", "AL"} for each in words)
    return f"\u2068{words}\u2069" if runs_from_right else words


def quoted(words: str) -> str:
    """The words in the midst of our Markdown, shown as they are."""
    return isolated(escaped(words))


def matches(line: str, words: str) -> bool:
    """Whether every one of these words is in the line, accents and capitals aside."""
    there = folded(line)
    return all(word in there for word in folded(words).split())


def folded(text: str) -> str:
    """The text without accents and capitals, for comparing."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if unicodedata.category(each) != "Mn")


def _seen(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in _BLANKS:
        return " "
    return "" if kind in _NOTHINGS and character not in _JOINERS else character
