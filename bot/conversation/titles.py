"""What a conversation is called: made from its first question, or given by a person."""

import re
from typing import Final

from bot.conversation.lines import cut, one_line, tidy
from bot.conversation.sentences import sentences

#: Graphemes of the longest title.
LONGEST: Final = 60

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


def titled(question: str) -> str:
    """A title for a conversation that begins with this question; empty where it says nothing."""
    words = question[:_CONSIDERED]
    for unwanted in (_QUOTED, _FENCED):
        without = unwanted.sub("\n", words)
        words = without if one_line(without) else words
    plain = _STYLE.sub("", _LINE_BEGINS.sub("", _LINK.sub(r"\1", words)))
    lines = (one_line(line) for line in plain.splitlines())
    line = next(filter(None, lines), "") or one_line(words)
    first = next(sentences(line), line).strip()
    return cut(first.rstrip(".。 ") or first, LONGEST)


def named(words: str) -> str:
    """The title that a person gives with these words; empty where they say nothing."""
    return tidy(words, LONGEST)
