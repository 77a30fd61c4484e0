"""Telegram's own judgement of a message: TDLib, which the Bot API server is built on, offline.

`td_execute` answers some requests without an account and a network. One of them checks a text and
its entities first, as the server does when a bot sends them.
"""

import json
from collections.abc import Sequence

import tdjson

from bot.telegram.parts import Entity, Part

_TYPES = {
    "blockquote": "textEntityTypeBlockQuote",
    "expandable_blockquote": "textEntityTypeExpandableBlockQuote",
    "bold": "textEntityTypeBold",
    "code": "textEntityTypeCode",
    "italic": "textEntityTypeItalic",
    "strikethrough": "textEntityTypeStrikethrough",
    "text_link": "textEntityTypeTextUrl",
}

#: It would write every request to stderr.
_SILENT = {"@type": "setLogVerbosityLevel", "new_verbosity_level": 0}


def _execute(request: dict[str, object]) -> dict[str, object]:
    tdjson.td_execute(json.dumps(_SILENT).encode())
    answer = tdjson.td_execute(json.dumps(request).encode())
    assert answer is not None
    decoded: dict[str, object] = json.loads(answer)
    return decoded


def _entity(entity: Entity) -> dict[str, object]:
    if entity.kind == "pre":
        kind = {"@type": "textEntityTypePreCode", "language": entity.language or ""}
    else:
        kind = {"@type": _TYPES[entity.kind]}
    if entity.url is not None:
        kind["url"] = entity.url
    return {
        "@type": "textEntity",
        "offset": entity.offset,
        "length": entity.length,
        "type": kind,
    }


def complaints(parts: Sequence[Part]) -> list[str]:
    """What Telegram says against sending these messages; nothing when it takes them as they are."""
    return [complaint for part in parts for complaint in _complaints(part)]


def _complaints(part: Part) -> list[str]:
    text: dict[str, object] = {
        "@type": "formattedText",
        "text": part.text,
        "entities": [_entity(entity) for entity in part.entities],
    }
    answer = _execute({"@type": "getMarkdownText", "text": text})
    plain = _execute({"@type": "getMarkdownText", "text": {**text, "entities": []}})
    units = len(part.text.encode("utf-16-le")) // 2
    said = []
    if answer["@type"] == "error":
        said.append(str(answer["message"]))
    if plain.get("text") != part.text:
        said.append("The text would be changed")
    if not part.text.strip():
        said.append("The text is blank")
    if units > 4096:
        said.append(f"The text has {units} units")
    if len(part.entities) > 100:
        said.append(f"There are {len(part.entities)} entities")
    if any(entity.length < 1 or entity.offset < 0 for entity in part.entities):
        said.append("An entity is empty")
    return said


def addresses(text: str) -> list[str]:
    """What Telegram would make links of by itself in a plain text."""
    return _found(text, "textEntityTypeUrl")


def commands(text: str) -> list[str]:
    """What people could press as a command in a plain text."""
    return _found(text, "textEntityTypeBotCommand")


def _found(text: str, kind: str) -> list[str]:
    found = _execute({"@type": "getTextEntities", "text": text})
    data = text.encode("utf-16-le")
    entities: object = found["entities"]
    assert isinstance(entities, list)
    return [
        data[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
        for entity in entities
        if entity["type"]["@type"] == kind
    ]
