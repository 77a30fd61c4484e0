"""What a conversation is called: made from its first question, or given by a person.

A title is one line of words: no Markdown, no control characters, nothing that turns the direction
of what stands beside it, and no longer than a button can bear.
"""

import re
import unicodedata
from typing import Final

from wcwidth import iter_graphemes

from bot.conversation.sentences import sentences

#: Graphemes of the longest title, and code points, since a grapheme can be made of thousands.
LONGEST: Final = 60
_MOST_POINTS: Final = 240

#: As much of a question as can matter to its title.
_CONSIDERED: Final = 2_000

#: What somebody else wrote, as it is put before a question about it.
_QUOTED = re.compile(r"\A[^\n]+ wrote:\n(?:>[^\n]*(?:\n|\Z))+")
_FENCED = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_LINE_BEGINS = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]|>|[-*+][ \t]|\d{1,9}[.)][ \t])+[ \t]*", re.MULTILINE
)
#: Signs of style hold on to a word; a lone star multiplies.
_STYLE = re.compile(r"`+|(?<![\w\\])[*_~]+(?=\S)|(?<=\S)[*_~]+(?!\w)|\*\*")

#: Characters without a look of their own that words need: joiners, and the tags of some flags.
_JOINERS = frozenset("\u200c\u200d") | frozenset(map(chr, range(0xE0020, 0xE0080)))
#: Kinds of characters that end a line or mean something to machines, and those that mean nothing.
_BLANKS = frozenset({"Cc", "Zl", "Zp", "Zs"})
_NOTHINGS = frozenset({"Cf", "Cs", "Cn", "Co"})

_SIGNS = re.compile(r"[!-/:-@\[-`{-~]")


def titled(question: str) -> str:
    """A title for a conversation that begins with this question; empty where it says nothing."""
    words = question[:_CONSIDERED]
    for unwanted in (_QUOTED, _FENCED):
        without = unwanted.sub("\n", words)
        words = without if _tidied(without) else words
    plain = _STYLE.sub("", _LINE_BEGINS.sub("", _LINK.sub(r"\1", words)))
    lines = (_tidied(line) for line in plain.splitlines())
    line = next(filter(None, lines), "") or _tidied(words)
    first = next(sentences(line), line).strip()
    return cut(first.rstrip(".。") or first, LONGEST)


def named(words: str) -> str:
    """The title that a person gives with these words; empty where they say nothing."""
    return cut(_tidied(words[:_CONSIDERED]), LONGEST)


def cut(title: str, most: int) -> str:
    """The title in at most so many graphemes, with a sign where it goes on."""
    kept: list[str] = []
    points = 0
    for grapheme in iter_graphemes(title):
        points += len(grapheme)
        if len(kept) == most or points > _MOST_POINTS:
            return "".join(kept[: most - 1]).rstrip() + "…"
        kept.append(grapheme)
    return title


def beside(title: str) -> str:
    """The title as it may stand beside other words: one that runs from the right stays whole."""
    runs_from_right = any(unicodedata.bidirectional(each) in {"R", "AL"} for each in title)
    return f"\u2068{title}\u2069" if runs_from_right else title


def escaped(words: str) -> str:
    """These words as Markdown that says them and nothing else."""
    return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", words)


def matches(title: str, words: str) -> bool:
    """Whether every one of these words is in the title, accents and capitals aside."""
    there = _folded(title)
    return all(word in there for word in _folded(words).split())


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if unicodedata.category(each) != "Mn")


def _tidied(words: str) -> str:
    """The words in one line, without what nobody sees."""
    return " ".join("".join(map(_seen, unicodedata.normalize("NFC", words))).split())


def _seen(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in _BLANKS:
        return " "
    return "" if kind in _NOTHINGS and character not in _JOINERS else character
