"""Lengths and places in a text as Telegram counts them: in UTF-16 code units."""

from collections.abc import Sequence


def units(text: str) -> int:
    """Return the length of a text in UTF-16 code units; an astral character has two.

    >>> units("a😀")
    3
    """
    return len(text) if _is_plain(text) else len(text) + sum(c > "\uffff" for c in text)


def places(text: str) -> Sequence[int]:
    """Return where each character begins, in units, and last where the text ends."""
    if _is_plain(text):
        return range(len(text) + 1)
    found, place = [], 0
    for character in text:
        found.append(place)
        place += 2 if character > "\uffff" else 1
    return [*found, place]


def part(text: str, offset: int, length: int) -> str:
    """Return a stretch of a text, given in units. Nothing may begin or end inside a character."""
    raw = text.encode("utf-16-le")
    return raw[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def _is_plain(text: str) -> bool:
    return text.isascii() or max(text) <= "\uffff"
