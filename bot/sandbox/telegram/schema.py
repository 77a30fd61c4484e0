"""Whether a call is what the Bot API says it should be: a pure function of the call.

Where the real server tolerates a mistake (an unknown parameter, a number that is out of its range)
we go on as it does and leave a *remark*, so that a test can see the mistake.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from bot.sandbox.telegram.facts import API
from bot.sandbox.telegram.readers import Reader, Reading, Upload, members_of, reader_of
from bot.sandbox.telegram.refusals import Refusal, bad

_MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "user_id": "invalid user_id specified",
    "action": "wrong parameter action in request",
    "file_id": "invalid file_id: file_id is empty",
    **{
        kind: f"there is no {kind.replace('_', ' ')} in the request"
        for kind in ("photo", "audio", "document", "video", "animation", "voice", "video_note")
    },
}
_MAY_BE_EMPTY = {"url"}  # An empty URL takes the webhook away.


def read_call(
    method: str, values: Mapping[str, Any], files: Mapping[str, Upload] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return the parameters of a call in their types, and remarks on what was tolerated.

    `method` is one of `METHODS`. Raises `Refusal` for what the real server would not take.
    """
    reading = Reading(files or {}, has_markup="parse_mode" in values)
    known = _parameters(method)
    read: dict[str, Any] = {}
    for name, value in {**values, **reading.files}.items():
        if name in known:
            read[name] = known[name][0](value, name, reading)
        elif not isinstance(value, Upload):
            reading.remarks.append(f"unknown parameter {name}")
    for name, (_, required) in known.items():
        if required and read.get(name, "") == "" and name not in _MAY_BE_EMPTY & read.keys():
            raise bad(_MISSING.get(name) or f'parameter "{name}" is required')
    return read, reading.remarks


def check(value: object, type_name: str) -> list[str]:
    """Return what is wrong with a value of a type of the Bot API: for what *we* send."""
    reading = Reading(has_markup=True)
    try:
        reader_of(type_name)(value, type_name, reading)
    except Refusal as refusal:
        return [*reading.remarks, str(refusal)]
    return reading.remarks


@cache
def _parameters(method: str) -> dict[str, tuple[Reader, bool]]:
    return members_of(API["methods"][method])
