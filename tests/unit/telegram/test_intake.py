"""Which lane an update belongs to."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.intake import command_of, moment_of, read, topic_of

PRIVATE = {"id": 5, "type": "private"}
GROUP = {"id": -100, "type": "supergroup"}


def lane(**update: Any) -> str:
    """The lane of an update."""
    arrival = read({"update_id": 1, **update})
    assert arrival is not None
    return arrival.lane


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"message": {"chat": PRIVATE, "text": "hi"}}, "talk:5:0"),
        ({"message": {"chat": PRIVATE, "voice": {}}}, "talk:5:0"),
        ({"edited_message": {"chat": PRIVATE, "text": "hi"}}, "talk:5:0"),
        ({"message": {"chat": PRIVATE, "text": "/stop"}}, "menu:5:0"),
        ({"message": {"chat": GROUP, "text": "/STOP@the_bot now"}}, "menu:-100:0"),
        ({"message": {"chat": GROUP, "text": "/ask why"}}, "talk:-100:0"),
        ({"message": {"chat": GROUP, "text": "/ask@the_bot why"}}, "talk:-100:0"),
        ({"message": {"chat": GROUP, "text": "/translate es"}}, "translate:-100:0"),
        ({"message": {"chat": PRIVATE, "text": "/"}}, "talk:5:0"),
        (
            {
                "message": {
                    "chat": GROUP,
                    "text": "hi",
                    "message_thread_id": 7,
                    "is_topic_message": True,
                }
            },
            "hear:-100:7",
        ),
        ({"message": {"chat": GROUP, "text": "hi", "message_thread_id": 7}}, "hear:-100:0"),
        ({"edited_message": {"chat": GROUP, "text": "hi"}}, "hear:-100:0"),
        ({"message": {"chat": GROUP, "caption": "hi", "photo": []}}, "talk:-100:0"),
        (
            {"message": {"chat": GROUP, "text": "@x hi", "entities": [{"type": "mention"}]}},
            "talk:-100:0",
        ),
        (
            {
                "message": {
                    "chat": GROUP,
                    "text": "hi",
                    "reply_to_message": {"from": {"is_bot": True}},
                }
            },
            "talk:-100:0",
        ),
        (
            {
                "message": {
                    "chat": GROUP,
                    "text": "hi",
                    "reply_to_message": {"from": {"is_bot": True}, "forum_topic_created": {}},
                }
            },
            "hear:-100:0",
        ),
        (
            {
                "callback_query": {
                    "message": {"chat": GROUP},
                    "from": {"id": 5},
                    "data": "translate",
                }
            },
            "read:5",
        ),
        ({"callback_query": {"message": {"chat": PRIVATE}}}, "menu:5:0"),
        ({"callback_query": {"id": "1"}}, "menu:0:0"),
        ({"my_chat_member": {"chat": GROUP}}, "menu:-100:0"),
        ({"telepathy": {"thought": "?"}}, "menu:0:0"),
        ({"message": "nonsense"}, "menu:0:0"),
        ({"message": {"chat": {"id": "5"}}}, "menu:0:0"),
        ({"message": {"chat": {"id": -100, "type": []}}}, "talk:-100:0"),
        ({"message": {"chat": GROUP, "text": "Hi", "entities": [{"type": {}}]}}, "hear:-100:0"),
        ({"message": {"chat": {"id": 2**70}}}, "menu:0:0"),
        ({}, "menu:0:0"),
    ],
)
def test_what_must_happen_in_order_shares_a_lane(update: dict[str, Any], expected: str) -> None:
    """Questions of one place wait for each other; commands and buttons wait for none of them."""
    assert lane(**update) == expected


@pytest.mark.parametrize("number", [None, "1", True, 2**63, 1.5])
def test_an_update_without_a_number_cannot_be_taken_in(number: object) -> None:
    """Nobody could say that it was accepted before."""
    assert read({"update_id": number, "message": {}}) is None


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
_BODIES = st.dictionaries(
    st.sampled_from(
        [
            "chat",
            "date",
            "entities",
            "from",
            "id",
            "is_topic_message",
            "message",
            "message_thread_id",
            "reply_to_message",
            "text",
        ]
    ),
    _JSON | st.dictionaries(st.sampled_from(["id", "type", "chat"]), _JSON),
)
_UPDATES = st.fixed_dictionaries(
    {"update_id": st.integers(-(2**64), 2**64) | _JSON},
    optional={
        "message": _BODIES | _JSON,
        "callback_query": _BODIES | _JSON,
        "edited_message": _BODIES | _JSON,
        "my_chat_member": _BODIES | _JSON,
    },
) | st.dictionaries(st.text(), _JSON)


@settings(max_examples=150, deadline=None)
@given(_UPDATES)
def test_any_json_at_all_is_taken_in_or_refused(update: dict[str, Any]) -> None:
    """Whatever comes, the bot goes on; what it takes in it keeps as it came, and can store."""
    arrival = read(update)
    moment_of(update)

    if arrival is not None:
        assert abs(arrival.update_id) < 2**63
        assert len(arrival.kind) <= 40
        assert len(arrival.lane) <= 64
        assert json.dumps(json.loads(arrival.payload)) == arrival.payload


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start", "start"),
        ("/Start@Bot x", "start"),
        ("/ask\nwhy", "ask"),
        ("/ask: why", "ask"),
        ("/stop!", "stop"),
        ("/etc/fstab explained?", None),
        ("/foo-bar explained?", None),
        ("/foo.txt explained?", None),
        ("/" + "a" * 33, None),
        ("hi /start", None),
        ("/", None),
        (7, None),
    ],
)
def test_a_command_is_what_a_message_begins_with(text: object, command: str | None) -> None:
    """Only the first word can be a command, whoever it names and however it is written.

    A path waits with the questions.
    """
    assert command_of({"text": text}) == command


@pytest.mark.parametrize(
    ("update", "moment"),
    [
        ({"message": {"date": 1_700_000_000}}, 1_700_000_000),
        ({"edited_message": {"date": 1_700_000_000, "edit_date": 1_700_000_060}}, 1_700_000_060),
        ({"callback_query": {"message": {"date": 1_700_000_000}}}, None),
        ({"message": {"date": "yesterday"}}, None),
        ({"message": {"date": True}}, None),
        ({"message": {"date": -1}}, None),
        ({"message": {"date": 2**60}}, None),
        ({"message": None}, None),
    ],
)
def test_when_something_happened_is_known_where_it_makes_sense(
    update: dict[str, Any], moment: int | None
) -> None:
    """An edit happened when it was edited; a button was pressed nobody knows when."""
    assert moment_of({"update_id": 1_600_000_000, **update}) == moment


def test_threads_of_plain_groups_are_no_topics() -> None:
    """Only a message that says so belongs to a topic."""
    assert topic_of({"message_thread_id": 7}) == 0
    assert topic_of({"message_thread_id": 7, "is_topic_message": True}) == 7
    assert topic_of({"message_thread_id": "7", "is_topic_message": True}) == 0
