"""Reading JSON from a server that keeps its promises loosely.

Absent, null and empty mean the same there; numbers come where strings should be; dates carry up
to nine fractional digits (all observed live, 2026). These readers never raise: what cannot be
read becomes the empty value of its type.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def parse(text: str | bytes) -> object:
    """The JSON value of a text. Raises ValueError for all else, absurd nesting included."""
    try:
        value: object = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def mapping(value: object) -> Mapping[str, object]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[object]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else ()


def text(value: object) -> str:
    """The string, a number as one, or an empty one. Always encodable."""
    return mended(raw_text(value))


def raw_text(value: object) -> str:
    """The same as it came: it may begin or end in half of a surrogate pair."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def mended(value: str) -> str:
    """The string with surrogate pairs joined, and lone halves replaced.

    JSON may spell half a character (`"\\ud83d"`); Python reads it, and then no database and no
    socket will take it.
    """
    if value.isascii() or not _SURROGATE.search(value):
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def texts(value: object) -> tuple[str, ...]:
    """The strings of a list. A single string counts as a list of one."""
    if isinstance(value, str):
        value = [value]
    return tuple(found for each in items(value) if (found := text(each)))


def first_text(source: Mapping[str, object], *keys: str) -> str:
    """The first of these fields that holds a text."""
    return next((found for key in keys if (found := text(source.get(key)))), "")


def number(value: object) -> float:
    """The finite number, also from a string, or 0."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return 0.0
    return found if math.isfinite(found) else 0.0


def instant(value: object) -> datetime | None:
    """The moment, in UTC, exact to the microsecond; None where there is none.

    Year 1 is how their servers write "never".
    """
    try:
        found = datetime.fromisoformat(text(value))
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year > 1 else None
