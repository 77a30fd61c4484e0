"""Which entities Telegram takes with a text, and what becomes of text and entities.

The rules and words are those of TDLib, which the Bot API server hands every text to. Not simulated:
the splitting of entities that cross each other.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.telegram.detection import detect
from bot.sandbox.telegram.facts import API
from bot.sandbox.telegram.refusals import bad
from bot.sandbox.telegram.utf16 import places, units

Entity = Mapping[str, Any]

MOST = 100  # entities of a message; the rest is dropped without a word
_TYPES = frozenset(API["enums"]["MessageEntityType"])
# Inside these nothing is found: they already say what the text is.
_OPAQUE = {"code", "pre", "text_link", "text_mention", "custom_emoji"}
_INVISIBLE = " \t\r\n\x0b\x0c\x00\u200b"


def settle(
    text: str, entities: Sequence[Entity] = ()
) -> tuple[str, list[dict[str, Any]], list[str]]:
    """Return the text and entities as Telegram keeps them, and remarks on what it dropped.

    Space at both ends goes, with the entities moved; what Telegram finds by itself (links,
    mentions, commands …) joins; of more than 100 entities the first 100 stay. Raises `Refusal` for
    an entity that is no good, in the words of TDLib. The text may come out empty.
    """
    _check(text, entities)
    text, kept = _trim(text, entities)
    opaque = [k for k in kept if k["type"] in _OPAQUE]
    found = [e for e in detect(text) if not any(_cross(e, k) for k in opaque)]
    taken = {(e["type"], e["offset"], e["length"]) for e in kept}
    joined = kept + [e for e in found if (e["type"], e["offset"], e["length"]) not in taken]
    joined.sort(key=lambda e: (e["offset"], -e["length"]))
    remarks = []
    if len(entities) > MOST:
        remarks.append(f"{len(entities)} entities; Telegram keeps {MOST}")
    return text, joined[:MOST], remarks


def url_fault(url: str) -> str | None:
    """Return why Telegram does not take this URL in a link or on a button, in its words.

    >>> url_fault("localhost")
    'Wrong HTTP URL'
    """
    if not url:
        return "URL host is empty"
    scheme, colon, rest = url.partition(":")
    if colon and scheme.lower() in ("tg", "ton", "mailto") and rest:
        return None
    if colon and scheme.lower() not in ("http", "https") and not rest[:1].isdigit():
        return "Unsupported URL protocol"
    address = rest if colon and scheme.lower() in ("http", "https") else f"//{url}"
    host = re.split(r"[/?#]", address.removeprefix("//"), maxsplit=1)[0]
    host = host.rpartition("@")[2].partition(":")[0]
    if not host:
        return "URL host is empty"
    if not re.fullmatch(r"[^\s.]+(\.[^\s.]+)+", host):
        return "Wrong HTTP URL"
    return None


def _check(text: str, entities: Sequence[Entity]) -> None:
    if not entities:
        return
    steps = places(text)
    end, starts = steps[-1], frozenset(steps) if isinstance(steps, list) else steps
    for entity in entities:
        offset, length = entity["offset"], entity["length"]
        if entity["type"] not in _TYPES:
            raise bad("can't parse MessageEntity: Unsupported type specified")
        for needed, type_ in (("url", "text_link"), ("user", "text_mention")):
            if entity["type"] == type_ and needed not in entity:
                raise bad(f"can't parse MessageEntity: Can't find field \"{needed}\"")
        if not 0 <= offset <= 1_000_000:
            raise bad(f"receive an entity with incorrect offset {offset}")
        if not 0 <= length <= 1_000_000:
            raise bad(f"receive an entity with incorrect length {length}")
        if not length:
            continue
        if offset > end:
            raise bad(f"entity begins after the end of the text at UTF-16 offset {offset}")
        beginning = f"entity beginning at UTF-16 offset {offset} ends"
        if offset + length > end:
            after = f"after the end of the text at UTF-16 offset {offset + length}"
            raise bad(f"{beginning} {after}")
        if offset not in starts:
            raise bad(f"entity begins {_in_the_middle(text, offset)}")
        if offset + length not in starts:
            raise bad(f"{beginning} {_in_the_middle(text, offset + length)}")
        if entity["type"] == "text_link" and (fault := url_fault(entity["url"])):
            raise bad(f"entity URL '{entity['url']}' is invalid: {fault}")


def _in_the_middle(text: str, offset: int) -> str:
    """Say where an offset falls inside a character: at the byte behind that character."""
    size, place = 0, 0
    for character in text:
        if place > offset:
            break
        place += units(character)
        size += len(character.encode())
    return f"in a middle of a UTF-16 symbol at byte offset {size}"


def _trim(text: str, entities: Sequence[Entity]) -> tuple[str, list[dict[str, Any]]]:
    bare = text.lstrip(_INVISIBLE)
    gone = len(text) - len(bare)  # What is trimmed has one unit a character.
    bare = bare.rstrip(_INVISIBLE)
    end = units(bare)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - gone, 0)
        stop = min(entity["offset"] + entity["length"] - gone, end)
        if start < stop:
            kept.append({**entity, "offset": start, "length": stop - start})
    return bare, kept


def _cross(one: Entity, other: Entity) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )
