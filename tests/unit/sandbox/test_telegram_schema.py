"""Calls as bots make them, against the facts of the Bot API."""

import json
from typing import Any

import pytest

from bot.sandbox.telegram.facts import API, METHODS
from bot.sandbox.telegram.readers import Upload
from bot.sandbox.telegram.refusals import Refusal
from bot.sandbox.telegram.schema import check, read_call

HELLO = {"chat_id": 5, "text": "hello"}


def test_every_method_of_the_bot_api_is_known() -> None:
    """All 185 methods of Bot API 10.3 are there, whatever the case they are called in."""
    assert len(METHODS) == 185
    assert METHODS["sendmessage"] == "sendMessage"


def test_every_type_that_is_named_is_known() -> None:
    """No parameter and no field has a type the facts do not explain."""
    for method in METHODS.values():
        read_call(method, {}) if not _required(method) else None

    assert all(check({}, name) is not None for name in API["types"])


def _required(method: str) -> bool:
    return any(required for _, required, *_ in API["methods"][method].values())


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (HELLO, HELLO),
        ({"chat_id": "5", "text": "hello"}, HELLO),
        ({**HELLO, "chat_id": "@anna"}, {**HELLO, "chat_id": "@anna"}),
        ({**HELLO, "protect_content": "true"}, {**HELLO, "protect_content": True}),
        (
            {**HELLO, "reply_parameters": '{"message_id": 7}'},
            {**HELLO, "reply_parameters": {"message_id": 7}},
        ),
        (
            {**HELLO, "entities": [{"type": "bold", "offset": "0", "length": 5, "url": None}]},
            {**HELLO, "entities": [{"type": "bold", "offset": 0, "length": 5}]},
        ),
        ({**HELLO, "text": "x" * 4096 + "  "}, {**HELLO, "text": "x" * 4096 + "  "}),
        ({**HELLO, "text": "😀" * 2048}, {**HELLO, "text": "😀" * 2048}),
    ],
    ids=["JSON", "form", "username", "spoken boolean", "nested JSON", "null and text number",
         "space is no length", "UTF-16 fits"],
)  # fmt: skip
def test_a_good_call_is_read(values: dict[str, Any], read: dict[str, Any]) -> None:
    """A call comes out in the types of the API, however its values were written."""
    assert read_call("sendMessage", values) == (read, [])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"text": "hello"}, "chat_id is empty"),
        ({"chat_id": "", "text": "hello"}, "chat_id is empty"),
        ({"chat_id": 5}, "message text is empty"),
        ({"chat_id": 5, "text": ""}, "message text is empty"),
        ({**HELLO, "text": "x" * 4097}, "message is too long"),
        ({**HELLO, "text": "😀" * 2049}, "message is too long"),
        ({**HELLO, "text": 5}, 'Field "text" must be of type String'),
        ({**HELLO, "message_thread_id": "seven"}, 'Field "message_thread_id" must be a valid'),
        ({**HELLO, "reply_markup": "{"}, "object expected as reply markup"),
        (
            {**HELLO, "entities": [{"type": "bold", "offset": 0}]},
            "can't parse MessageEntity: Can't find field \"length\"",
        ),
        (
            {**HELLO, "reply_markup": {"inline_keyboard": [[{"callback_data": "x"}]]}},
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            {
                **HELLO,
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
    ],
    ids=["no chat", "empty chat", "no text", "empty text", "too long", "too long in UTF-16",
         "number for text", "text for number", "broken JSON", "entity without length",
         "button without text", "66 bytes of callback data"],
)  # fmt: skip
def test_a_bad_call_is_refused_in_telegrams_words(values: dict[str, Any], words: str) -> None:
    """Whoever calls wrongly hears what Telegram would say."""
    with pytest.raises(Refusal) as caught:
        read_call("sendMessage", values)

    assert caught.value.description.startswith(f"Bad Request: {words}")


@pytest.mark.parametrize(
    ("method", "values", "remark"),
    [
        ("sendMessage", {**HELLO, "reply_to": 5}, "unknown parameter reply_to"),
        (
            "sendMessage",
            {**HELLO, "reply_parameters": {"message_id": 1, "chat": 2}},
            "unknown field chat of ReplyParameters",
        ),
        ("getUpdates", {"limit": 500}, "limit must be 1 to 100"),
    ],
    ids=["parameter", "nested field", "out of range"],
)
def test_what_telegram_tolerates_is_remarked(
    method: str, values: dict[str, Any], remark: str
) -> None:
    """A mistake Telegram says nothing about is found all the same."""
    _, remarks = read_call(method, values)

    assert remarks == [remark]


def test_a_file_is_found_by_the_name_it_was_attached_with() -> None:
    """`attach://` in a nested object is the file of that name in the same request."""
    song = Upload("song.mp3", b"ID3")
    media = json.dumps([{"type": "audio", "media": "attach://one"}])

    read, _ = read_call("sendMediaGroup", {"chat_id": 5, "media": media}, {"one": song})

    assert read["media"] == [{"type": "audio", "media": song}]


def test_a_file_that_is_not_there_is_missed() -> None:
    """Naming an attachment that did not come is an error."""
    with pytest.raises(Refusal, match="there is no voice in the request"):
        read_call("sendVoice", {"chat_id": 5, "voice": "attach://lost"})


def test_a_scope_of_commands_is_told_by_its_type() -> None:
    """Each scope has fields of its own; those of another are missed."""
    commands = [{"command": "new", "description": "Start anew"}]

    with pytest.raises(Refusal, match="can't parse BotCommandScopeChat"):
        read_call("setMyCommands", {"commands": commands, "scope": {"type": "chat"}})


def test_our_own_objects_can_be_checked_too() -> None:
    """A message without a date is none."""
    message = {"message_id": 1, "chat": {"id": 5, "type": "private"}}

    assert check({**message, "date": 0}, "Message") == []
    assert check(message, "Message") == ["can't parse Message: Can't find field \"date\""]
