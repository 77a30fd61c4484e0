"""Reading values by their type of the Bot API: one reader for each type, made when first needed.

Values may come as JSON or as the text of a form, nested ones as JSON inside that text, as the real
server takes them.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bot.sandbox.telegram.facts import API
from bot.sandbox.telegram.refusals import Refusal, bad
from bot.sandbox.telegram.utf16 import units


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    content: bytes
    mime_type: str = "application/octet-stream"


@dataclass(slots=True)
class Reading:
    """One call being read: the files that came with it, and what was tolerated."""

    files: Mapping[str, Upload] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    #: The length of a text with markup is known only after parsing it.
    has_markup: bool = False


#: Takes a value, the name of its place, and the reading. Gives the value as Python has it.
Reader = Callable[[Any, str, Reading], Any]


def members_of(facts: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Reader, bool]]:
    """Return the readers of parameters or fields, each with whether it is required."""
    members = {}
    for name, (type_, required, *limits) in facts.items():
        # A file inside an object is told as text: an id, a URL, or the name it was attached by.
        told = name in _ATTACHED and type_ == "String"
        members[name] = (_limited(_file if told else reader_of(type_), *limits), bool(required))
    return members


@cache
def reader_of(type_name: str) -> Reader:
    """Return the reader of a type, as the documentation writes it: `Array of Integer`."""
    if type_name in _PLAIN:
        return _PLAIN[type_name]
    if type_name.startswith("Array of "):
        return _array(reader_of(type_name.removeprefix("Array of ")))
    if type_name in API["unions"]:
        return _union(type_name, API["unions"][type_name])
    if len(members := re.split(r" or |, | and ", type_name)) > 1:
        return _union(type_name, members)
    return _object(type_name)


def _string(value: Any, name: str, _reading: Reading) -> str:
    if not isinstance(value, str):
        raise bad(f'Field "{name}" must be of type String')
    return value


def _integer(value: Any, name: str, _reading: Reading) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise bad(f'Field "{name}" must be of type Number')
    try:
        return int(value)
    except ValueError:
        raise bad(f'Field "{name}" must be a valid Number') from None


def _float(value: Any, name: str, _reading: Reading) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise bad(f'Field "{name}" must be of type Number') from None


def _boolean(value: Any, name: str, _reading: Reading) -> bool:
    if isinstance(value, str) and value.lower() in _SPOKEN:
        return _SPOKEN[value.lower()]
    if not isinstance(value, bool):
        raise bad(f'Field "{name}" must be of type Boolean')
    return value


def _file(value: Any, name: str, reading: Reading) -> str | Upload:
    if isinstance(value, Upload):
        return value
    text = _string(value, name, reading)
    if text.startswith("attach://"):
        upload = reading.files.get(text.removeprefix("attach://"))
        if upload is None:
            raise bad(f"there is no {name} in the request")
        return upload
    return text


def _array(read_item: Reader) -> Reader:
    def read(value: Any, name: str, reading: Reading) -> list[Any]:
        value = _from_json(value, name)
        if not isinstance(value, list):
            raise bad(f'Field "{name}" must be of type Array')
        return [read_item(item, name, reading) for item in value]

    return read


def _object(type_name: str) -> Reader:
    label = _LABELS.get(type_name, type_name)
    members: dict[str, tuple[Reader, bool]] = {}  # Types refer to each other: read when needed.

    def read(value: Any, name: str, reading: Reading) -> dict[str, Any]:
        if not members:
            members.update(members_of(API["types"][type_name]))
        value = _from_json(value, name)
        if not isinstance(value, dict):
            raise bad(f"can't parse {label}: Object expected")
        result = {}
        for key, item in value.items():
            if key not in members:
                reading.remarks.append(f"unknown field {key} of {type_name}")
            elif item is not None:
                result[key] = _read_member(members[key][0], item, key, reading, label)
        for key, (_, required) in members.items():
            if required and key not in result:
                raise bad(f"can't parse {label}: Can't find field \"{key}\"")
        return result

    return read


def _read_member(reader: Reader, item: Any, key: str, reading: Reading, label: str) -> Any:
    try:
        return reader(item, key, reading)
    except Refusal as refusal:
        if str(refusal).startswith("Field "):
            raise bad(f"can't parse {label}: {refusal}") from None
        raise


def _union(name: str, members: Sequence[str]) -> Reader:
    tags = {_tag(member, name): member for member in members}

    def read(value: Any, place: str, reading: Reading) -> Any:
        if isinstance(value, str) and members[0] not in _PLAIN:
            value = _from_json(value, place)
        tag = value.get("type") if isinstance(value, dict) else None
        candidates = [tags[tag]] if tag in tags else members
        # The best reading leaves the fewest remarks; `Integer or String` is settled by the first.
        best: tuple[int, Any, list[str]] | None = None
        fault: Refusal | None = None
        for member in candidates:
            trial = Reading(reading.files, has_markup=reading.has_markup)
            try:
                result = reader_of(member)(value, place, trial)
            except Refusal as refusal:
                fault = fault or refusal
                continue
            if best is None or len(trial.remarks) < best[0]:
                best = (len(trial.remarks), result, trial.remarks)
            if not trial.remarks:
                break
        if best is None:
            raise fault or bad(f'Field "{place}" has a wrong type')
        reading.remarks.extend(best[2])
        return best[1]

    return read


def _tag(member: str, union: str) -> str:
    """Return the `type` a member of a union says of itself: its own name without the common part.

    >>> _tag("BotCommandScopeAllPrivateChats", "BotCommandScope")
    'all_private_chats'
    """
    own = re.sub(f"^({union}|InputMedia|InlineQueryResult(Cached)?)", "", member)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", own).lower()


def _limited(reader: Reader, limits: Mapping[str, int] | None = None) -> Reader:
    if not limits:
        return reader

    def read(value: Any, name: str, reading: Reading) -> Any:
        result = reader(value, name, reading)
        if isinstance(result, int):
            low, high = limits.get("minimum", result), limits.get("maximum", result)
            if not low <= result <= high:
                reading.remarks.append(f"{name} must be {low} to {high}")
            return min(max(result, low), high)
        if not isinstance(result, str):
            return result
        size = len(result.encode()) if "max_bytes" in limits else units(result.strip())
        low = limits.get("min_bytes", limits.get("min_length", 0))
        high = limits.get("max_bytes", limits.get("max_length", size))
        if size > high and not (reading.has_markup and name in ("text", "caption")):
            raise bad(_TOO_LONG.get(name) or f'Field "{name}" must be at most {high} long')
        if size < low and name not in _MAY_SEEM_EMPTY:
            raise bad(f'Field "{name}" must be at least {low} long')
        return result

    return read


def _from_json(value: Any, name: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad(_BROKEN.get(name) or f"can't parse {name} JSON object") from None


_PLAIN: dict[str, Reader] = {
    "String": _string,
    "Integer": _integer,
    "Float": _float,
    "Boolean": _boolean,
    "True": _boolean,
    "InputFile": _file,
    "InputFile or String": _file,
}
_ATTACHED = {"media", "thumbnail", "cover", "photo", "video", "animation", "sticker"}
_SPOKEN = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_LABELS = {
    "InlineKeyboardButton": "inline keyboard button",
    "KeyboardButton": "keyboard button",
}
# What is empty is said better by whoever knows what it is for.
_MAY_SEEM_EMPTY = {"text", "callback_data"}
_TOO_LONG = {
    "text": "message is too long",
    "caption": "message caption is too long",
    "callback_data": "BUTTON_DATA_INVALID",
    "command": "BOT_COMMAND_INVALID",
}
_BROKEN = {"reply_markup": "object expected as reply markup"}
