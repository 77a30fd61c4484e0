"""An answer as it is read out: what a person would say who has the Markdown before their eyes.

Words are read. What is looked at rather than read is named: code, tables, formulas, pictures and
addresses. What only serves the eye is left out: marks of style, rules, emoji, citations, HTML, and
the assistant's reasoning. Headings, items and paragraphs end as sentences do.

Takes time by the length of the text, whatever is in it.
"""

from collections.abc import Iterator

import pyromark

from bot.conversation.outline import Outline
from bot.conversation.sentences import Pieces, Words, close, says_something, sentences
from bot.conversation.wording import (
    DISPLAY,
    Names,
    clean,
    is_citation,
    is_web,
    name_code,
    name_link,
    prepare,
    without_inline_tag,
    without_tags,
    word_code,
)

__all__ = ["LONGEST", "Names", "Reader", "for_the_ear"]

#: Characters a voice takes in one call, if nothing else is said.
LONGEST = 1000

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_GFM
)


def for_the_ear(markdown: str, names: Names) -> str:
    """What a voice should say; nothing where there is nothing to say."""
    words, outline = Words(), Outline()
    parts = [part for word in words.feed(markdown) for part in outline.take(*word)]
    parts += [part for word in words.finish() for part in outline.take(*word)]
    parts += outline.finish()
    return " ".join(said for part in parts if (said := _Part(names).say(part)))


class Reader:
    """Gives an answer for the ear in pieces while its Markdown still comes in.

    The same text gives the same pieces, however it came, and together they say what `for_the_ear`
    says. A piece ends with a sentence, is at most `longest` characters, and has a letter or digit
    in it. The first one is short, the later ones grow.
    """

    def __init__(self, names: Names, *, longest: int = LONGEST) -> None:
        self._names = names
        self._words = Words()
        self._outline = Outline()
        self._pieces = Pieces(longest)

    def feed(self, piece: str) -> list[str]:
        """More of the answer came; what can be spoken now."""
        return [
            spoken
            for word in self._words.feed(piece)
            for part in self._outline.take(*word)
            for spoken in self._speak(part)
        ]

    def finish(self) -> list[str]:
        """The answer is over; the rest of what is to be spoken."""
        rest = [
            spoken
            for word in self._words.finish()
            for part in self._outline.take(*word)
            for spoken in self._speak(part)
        ]
        rest += [spoken for part in self._outline.finish() for spoken in self._speak(part)]
        return rest + list(self._pieces.finish())

    def _speak(self, part: str) -> Iterator[str]:
        said = _Part(self._names).say(part)
        for sentence in sentences(f"{said} " if said else ""):
            yield from self._pieces.add(sentence)


class _Part:
    """Reads one part of an answer from the parser's events."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._said: list[str] = []
        #: The words of the sentence that is being read, and the number of its item.
        self._words: list[str] = []
        self._number = ""
        #: The number of the next item of each open list; `None` where it has bullets.
        self._lists: list[int | None] = []
        #: Where the words of the open links begin.
        self._links: list[tuple[int, str]] = []
        self._picture = 0
        self._depth_of_pictures = 0
        #: What is not read word by word: the language of code, a table, lines of HTML.
        self._code: str | None = None
        self._is_in_table = False

    def say(self, markdown: str) -> str:
        """The sentences of this part."""
        for event in pyromark.events(prepare(markdown), options=_OPTIONS, merge_text=True):
            if self._is_in_table and event != {"End": "Table"}:
                continue
            match event:
                case {"Text": str(text)} if self._code is None:
                    self._words.append(text)
                case {"Start": start}:
                    self._start(start)
                case {"End": end}:
                    self._end(end)
                case {"Code": str(code)}:
                    self._words.append(word_code(code) or self._names.code)
                case "SoftBreak" | "HardBreak":
                    self._words.append(" ")
                case {"InlineHtml": str(html)}:
                    self._words.append(without_inline_tag(html))
                case {"Html": str(html)}:
                    self._words.append(html)
        self._flush()
        return " ".join(self._said)

    def _start(self, tag: object) -> None:
        match tag:
            case "Paragraph" | {"Heading": _} | {"BlockQuote": _} | "HtmlBlock":
                self._flush()
            case {"List": int() | None as number}:
                self._flush()
                self._lists.append(number)
            case "Item":
                self._flush()
                number = self._lists[-1]
                self._number = "" if number is None else f"{number}: "
                self._lists[-1] = None if number is None else number + 1
            case {"Link": {"dest_url": str(url)}}:
                self._links.append((len(self._words), url))
            case {"Image": _}:
                if not self._depth_of_pictures:
                    self._picture = len(self._words)
                self._depth_of_pictures += 1
            case {"CodeBlock": kind}:
                self._flush()
                self._code = str(kind["Fenced"]) if isinstance(kind, dict) else ""
            case {"Table": _}:
                self._flush()
                self._is_in_table = True

    def _end(self, tag: object) -> None:
        match tag:
            case "Paragraph" | {"Heading": _} | {"BlockQuote": _} | "Item":
                self._flush()
            case "HtmlBlock":
                self._name(without_tags("".join(self._words)))
            case {"List": _}:
                self._flush()
                self._lists.pop()
            case "Link":
                self._end_link()
            case "Image":
                self._depth_of_pictures -= 1
                if not self._depth_of_pictures:
                    self._end_picture()
            case "CodeBlock":
                self._name(name_code(self._code or "", self._names))
                self._code = None
            case "Table":
                self._is_in_table = False
                self._name(self._names.table)

    def _name(self, name: str) -> None:
        """Say this as a sentence of its own."""
        self._words = [name]
        self._flush()

    def _end_link(self) -> None:
        start, url = self._links.pop()
        if self._depth_of_pictures:
            return
        words = "".join(self._words[start:])
        if is_citation(words):
            self._words[start:] = ["[1]"]  # A citation, as others are written.
        elif not words.strip():
            self._words.append(name_link(url, self._names) if is_web(url) else "")

    def _end_picture(self) -> None:
        words = "".join(self._words[self._picture :]).strip()
        del self._words[self._picture :]
        self._words.append(f"{self._names.picture}: {words}" if words else self._names.picture)

    def _flush(self) -> None:
        """End a sentence."""
        if not self._words:
            return
        first, *others = "".join(self._words).split(DISPLAY)
        self._words.clear()
        self._sentence(clean(first, self._names))
        for other in others:
            self._sentence(self._names.formula)
            self._sentence(clean(other, self._names))

    def _sentence(self, text: str) -> None:
        if says_something(text):
            self._said.append(close(self._number + text))
            self._number = ""
