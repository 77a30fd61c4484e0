"""What somebody wants who writes `/translate` with some words behind it."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from bot.conversation.lines import folded
from bot.conversation.tongues import leading, name_of, nearest, own_name

#: How alike a word and the name of a language must be to be taken for a slip of the finger.
_ALIKE: Final = 0.8
#: Shorter words look like a language by chance.
_SHORTEST: Final = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be translated, and into what, as far as it was said."""

    #: The tongue that was named.
    language: str | None = None
    #: What follows it: the text, where it is not in another message.
    text: str = ""
    #: What may have been meant as a language and is none, and the tongues that look most like it.
    unknown: str = ""
    near: tuple[str, ...] = ()


def request_in(words: str, *, is_reply: bool, speaks: str) -> Request:
    """What these words ask for; `is_reply` where what is to be translated is in another message.

    Then all of them should name a language. Otherwise the first may, and one that nearly does is
    told, too: `/translate spansh Hello`. `speaks` is the language of whoever writes.
    """
    language, text = leading(words)
    if language is not None or not text:
        return Request(language, text)
    if is_reply:
        return Request(unknown=text, near=nearest(text))
    first, _, rest = text.partition(" ")
    near = tuple(code for code in nearest(first) if _is_like(first, code, speaks))
    if near and rest.strip():
        return Request(text=rest.strip(), unknown=first, near=near)
    return Request(text=text)


def _is_like(word: str, code: str, speaks: str) -> bool:
    names = {name_of(code, "en"), name_of(code, speaks), own_name(code)}
    return len(word) >= _SHORTEST and any(
        SequenceMatcher(None, folded(word), folded(name)).ratio() >= _ALIKE for name in names
    )
