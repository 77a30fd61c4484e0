"""Where a voice may pause: words, the ends of sentences, and pieces that are spoken in one breath.

A missed end costs a moment of waiting, a false one is heard as a stumble. So whatever looks like an
abbreviation, an initial or an ordinal (`am 3. Mai`) in any language is taken for one.
"""

import re
from collections.abc import Iterator

#: What ends a sentence of a script that puts no blank behind it.
_WIDE_STOPS = "。！？｡．"
_STOPS = f".!?…؟۔।॥։።។။{_WIDE_STOPS}"
#: What may stand between the end of a sentence and the blank: quotes, brackets, marks of style.
_CLOSERS = "\"'”’»›)]}」』）】*_~`"
#: Behind these a word is over although no blank follows.
_JOINTS = frozenset(f"{_WIDE_STOPS}」』）】")
#: After these a sentence can go on, but nothing need be added for a pause.
_PAUSES = ",;:，；：、"

_END = re.compile(rf"[{_STOPS}][{re.escape(_CLOSERS)}]*$")
_WIDE_END = re.compile(rf"[{_WIDE_STOPS}][{re.escape(_CLOSERS)}]*$")
#: An initial, `e.g.`, `U.S.`, a number of a day or a king.
_SHORT = re.compile(r"[^\W\d_]\.|(?:[^\W\d_]{1,3}\.){2,}|\d{1,2}\.|[IVX]+\.")
#: Written without their stops.
_ABBREVIATIONS = frozenset(
    """
    abb abs al approx apr art aufl aug ave bd bsp bspw bzw ca cap cf ch co corp dec dept dez dott
    dr dra ed eds engl etc evtl exx ecc feb fig fr frz gen ggf gov hg hr hrsg inc incl inkl jan jr
    jul jun lt ltd max min mio mr mrs ms mt nat no nos nov nr núm num okt oct op orig pág pag par
    ph pos pp pr prof prov rd ref rep rev sec sen sep sept sig sog sr sra srta st sta str tel usw
    vgl vol vs zzgl av avv bibl
    гг др им кв коп куб млн млрд напр обл оз пер пл пос пр просп проф рис род руб ред см соц ср ст
    стр табл тел тыс ул чел
    """.split()  # noqa: SIM905 - One a line would be a hundred lines.
)

#: Letters from here on stand side by side without blanks: kana, Chinese characters, full width.
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_COMMA = re.compile(r"[,;:–—] |[，；：、]")

#: Characters after which a piece is given at the next end of a sentence. The first is short so that
#: speech begins early; the later ones grow, for fewer calls and a smoother melody.
_GROWTH = (40, 150, 250, 350, 450)


class Words:
    """Cuts a text that comes in pieces into words, each with the blanks behind it.

    How the text was cut before makes no difference: everything that reads words instead of pieces
    is free of chance. A line's end is always the end of a word.
    """

    def __init__(self) -> None:
        self._word: list[str] = []

    def feed(self, piece: str) -> Iterator[tuple[str, str]]:
        """The words that are complete now, each with the character that follows it."""
        for character in piece:
            if self._word and _parts(self._word[-1], character):
                word = "".join(self._word)
                self._word.clear()
                self._word.append(character)
                yield word, character
            else:
                self._word.append(character)

    def finish(self) -> Iterator[tuple[str, str]]:
        """The last word."""
        if self._word:
            yield "".join(self._word), ""
            self._word.clear()


def is_end(word: str, following: str) -> bool:
    """Whether a sentence ends with this word, when this character follows it."""
    bare = word.rstrip()
    if not _END.search(bare) or following.islower():
        return False
    if bare == word and following and not _WIDE_END.search(bare):
        return False
    bare = re.sub(r"^\W+", "", bare.rstrip(_CLOSERS))
    return not _SHORT.fullmatch(bare) and bare.rstrip(".").lower() not in _ABBREVIATIONS


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, each with the blanks behind it and with a letter or digit in it.

    Signs without any go with the next sentence, and at the end of the text with none.
    """
    words = Words()
    begun: list[str] = []
    is_said = False
    for word, following in (*words.feed(text), *words.finish()):
        begun.append(word)
        is_said = is_said or says_something(word)
        if is_said and (is_end(word, following) or not following):
            yield "".join(begun)
            begun.clear()
            is_said = False


def says_something(text: str) -> bool:
    """Whether there is a letter or digit in it. Some voices refuse a text without any."""
    return any(map(str.isalnum, text))


def close(text: str) -> str:
    """The text as a sentence of its own: with a full stop where nothing else ends it."""
    bare = text.rstrip(_CLOSERS)
    if not bare or bare[-1] in _STOPS or bare[-1] in _PAUSES:
        return text
    return text + ("。" if _CJK.match(bare[-1]) else ".")


class Pieces:
    """Puts sentences together until they are worth a call of the voice."""

    def __init__(self, longest: int) -> None:
        """Raises `ValueError` where no piece has room for a character."""
        if longest < 1:
            raise ValueError("a piece has room for one character at least")
        self._longest = longest
        self._given = 0
        self._piece = ""

    def add(self, sentence: str) -> Iterator[str]:
        """Add a sentence; gives the pieces that are complete with it."""
        for part in _parts_of(sentence, self._longest):
            if len((self._piece + part).rstrip()) > self._longest:
                yield from self.finish()
            self._piece += part
            if len(self._piece.rstrip()) >= _GROWTH[min(self._given, len(_GROWTH) - 1)]:
                yield from self.finish()

    def finish(self) -> Iterator[str]:
        """What is left."""
        piece, self._piece = self._piece.strip(), ""
        if says_something(piece):
            self._given += 1
            yield piece


def _parts(before: str, after: str) -> bool:
    """Whether a word ends between these two characters."""
    if before.isspace():
        return before == "\n" or not after.isspace()
    return before in _JOINTS and after not in _CLOSERS and not (after in _STOPS or after.isspace())


def _parts_of(sentence: str, longest: int) -> Iterator[str]:
    """A sentence, cut at commas, blanks or at last anywhere where it is too long."""
    start = 0
    while len(sentence) - start > longest:
        low, end = start + longest // 2, start + longest
        commas = [found.end() for found in _COMMA.finditer(sentence, low, end)]
        blank = sentence.rfind(" ", start + 1, end)
        cut = commas[-1] if commas else blank + 1 if blank > 0 else end
        yield sentence[start:cut]
        start = cut
    yield sentence[start:]
