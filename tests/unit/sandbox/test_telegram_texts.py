"""Texts, entities, markup and keyboards as Telegram judges them."""

from typing import Any

import pytest

from bot.sandbox.telegram.detection import detect
from bot.sandbox.telegram.entities import settle, url_fault
from bot.sandbox.telegram.keyboards import check_keyboard
from bot.sandbox.telegram.markup import check_markup
from bot.sandbox.telegram.refusals import Refusal
from bot.sandbox.telegram.utf16 import part, units


def bold(offset: int, length: int) -> dict[str, Any]:
    """Return an entity."""
    return {"type": "bold", "offset": offset, "length": length}


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("é", 1), ("😀", 2), ("👩‍👩‍👧", 8)]
)
def test_lengths_are_those_of_utf16(text: str, length: int) -> None:
    """An emoji counts two, a family of three eight."""
    assert units(text) == length
    assert part(f"x{text}y", 1, length) == text


@pytest.mark.parametrize(
    ("text", "given", "kept_text", "kept"),
    [
        ("hello", [bold(0, 5)], "hello", [bold(0, 5)]),
        ("  hello \n", [bold(0, 4)], "hello", [bold(0, 2)]),
        ("hello  ", [bold(3, 4)], "hello", [bold(3, 2)]),
        ("hello", [bold(0, 0)], "hello", []),
        ("😀 hi", [bold(3, 2)], "😀 hi", [bold(3, 2)]),
        ("   ", [], "", []),
    ],
    ids=["as it is", "space in front", "space behind", "empty entity", "behind an emoji", "blank"],
)
def test_a_text_is_kept_without_space_around_it(
    text: str, given: list[Any], kept_text: str, kept: list[Any]
) -> None:
    """Telegram trims a text and moves the entities with it."""
    assert settle(text, given) == (kept_text, kept, [])


@pytest.mark.parametrize(
    ("text", "entity", "words"),
    [
        ("hello", bold(100, 1), "entity begins after the end of the text at UTF-16 offset 100"),
        (
            "hello",
            bold(0, 100),
            "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 "
            "offset 100",
        ),
        ("👉 x", bold(1, 1), "entity begins in a middle of a UTF-16 symbol at byte offset 4"),
        (
            "👉 x",
            bold(0, 1),
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte "
            "offset 4",
        ),
        ("hello", bold(-1, 1), "receive an entity with incorrect offset -1"),
        ("hello", bold(0, -1), "receive an entity with incorrect length -1"),
        (
            "hello",
            {**bold(0, 1), "type": "blink"},
            "can't parse MessageEntity: Unsupported type specified",
        ),
        (
            "click",
            {"type": "text_link", "offset": 0, "length": 5, "url": "not-a-url"},
            "entity URL 'not-a-url' is invalid: Wrong HTTP URL",
        ),
    ],
    ids=["begins behind", "ends behind", "begins inside", "ends inside", "negative offset",
         "negative length", "unknown type", "bad link"],
)  # fmt: skip
def test_a_bad_entity_is_refused(text: str, entity: dict[str, Any], words: str) -> None:
    """An entity that does not fit its text costs the whole message."""
    with pytest.raises(Refusal) as caught:
        settle(text, [entity])

    assert str(caught.value) == words


def test_more_than_a_hundred_entities_are_dropped_and_remarked() -> None:
    """Telegram keeps the first hundred and says nothing; we say it."""
    text, kept, remarks = settle("x" * 150, [bold(i, 1) for i in range(150)])

    assert (len(text), len(kept)) == (150, 100)
    assert remarks == ["150 entities; Telegram keeps 100"]


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://example.com/a?b#c", None),
        ("example.com", None),
        ("http://user@example.com:8080/", None),
        ("tg://user?id=5", None),
        ("mailto:anna@example.com", None),
        ("", "URL host is empty"),
        ("https://", "URL host is empty"),
        ("localhost", "Wrong HTTP URL"),
        ("http://localhost:8080/", "Wrong HTTP URL"),
        ("../docs", "Wrong HTTP URL"),
        ("#anchor", "URL host is empty"),
        ("ftp://example.com", "Unsupported URL protocol"),
        ("javascript:alert(1)", "Unsupported URL protocol"),
        ("tel:+123", "Unsupported URL protocol"),
    ],
)
def test_links_telegram_takes(url: str, fault: str | None) -> None:
    """A link must lead to a host with a dot, or into Telegram."""
    assert url_fault(url) == fault


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hello", []),
        ("/start now", [("bot_command", "/start")]),
        ("/ask@my_bot what", [("bot_command", "/ask@my_bot")]),
        ("and/or 1/2", []),
        ("hi @anna_b!", [("mention", "@anna_b")]),
        ("see https://example.com/x_(y).", [("url", "https://example.com/x_(y")]),
        ("go to example.com, please", [("url", "example.com")]),
        ("a.b@example.org", [("email", "a.b@example.org")]),
        ("#news $USD", [("hashtag", "#news"), ("cashtag", "$USD")]),
        ("😀 /new", [("bot_command", "/new")]),
        ("v1.2 and e.g. that", []),
    ],
)
def test_what_telegram_finds_by_itself(text: str, found: list[tuple[str, str]]) -> None:
    """Commands, mentions and links in what people write are marked."""
    entities = detect(text)

    assert [(e["type"], part(text, e["offset"], e["length"])) for e in entities] == found


def test_nothing_is_found_inside_code() -> None:
    """A command inside a code block is just code."""
    code = {"type": "code", "offset": 0, "length": 6}

    assert settle("/start /new", [code])[1] == [
        code,
        {"type": "bot_command", "offset": 7, "length": 4},
    ]


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("<b>fine</b> &amp; <i>well</i>", "HTML", None),
        ("<b>unclosed", "html", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a <br> b", "HTML", 'Unsupported start tag "br" at byte offset 2'),
        ("1 < 2", "HTML", 'Unsupported start tag "" at byte offset 2'),
        (
            "<b><i>x</b></i>",
            "HTML",
            'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("*fine* \\. [link](https://example.com)", "MarkdownV2", None),
        ("`code. with! dots`", "MarkdownV2", None),
        ("*unclosed", "MarkdownV2", "Can't find end of Bold entity at byte offset 0"),
        (
            "Hello.",
            "MarkdownV2",
            "Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
    ],
)
def test_broken_markup_is_refused(text: str, mode: str, why: str | None) -> None:
    """A text with a parse mode that does not parse is refused."""
    if why is None:
        check_markup(text, mode)
        return

    with pytest.raises(Refusal) as caught:
        check_markup(text, mode)

    assert str(caught.value) == f"can't parse entities: {why}"


def test_an_unknown_parse_mode_is_refused() -> None:
    """There are three parse modes."""
    with pytest.raises(Refusal, match="unsupported parse_mode"):
        check_markup("hello", "BBCode")


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"text": "Go", "callback_data": "go"}, None),
        ({"text": "Go", "url": "https://example.com"}, None),
        ({"text": "Go", "switch_inline_query": ""}, None),
        ({"text": "Go"}, "can't parse inline keyboard button: Text buttons are unallowed in the "
                         "inline keyboard"),
        ({"text": "Go", "callback_data": ""}, "can't parse inline keyboard button: Text buttons "
                                              "are unallowed in the inline keyboard"),
        ({"text": "Go", "callback_data": "a", "url": "https://example.com"},
         "can't parse inline keyboard button: callback_data and url exclude each other"),
        ({"text": " ", "callback_data": "a"}, "BUTTON_TEXT_INVALID"),
        ({"text": "Go", "callback_data": "a", "style": "loud"}, "BUTTON_STYLE_INVALID"),
        ({"text": "Go", "url": "ftp://example.com"},
         "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol"),
    ],
)  # fmt: skip
def test_a_button_does_exactly_one_thing(button: dict[str, Any], words: str | None) -> None:
    """Buttons without an action, or with two, are refused."""
    keyboard = {"inline_keyboard": [[button]]}
    if words is None:
        assert check_keyboard(keyboard) == keyboard
        return

    with pytest.raises(Refusal) as caught:
        check_keyboard(keyboard)

    assert str(caught.value) == words


def test_a_keyboard_without_buttons_is_none() -> None:
    """Empty rows take the keyboard away."""
    assert check_keyboard({"inline_keyboard": [[], []]}) is None


def test_a_keyboard_has_an_end() -> None:
    """More than a hundred buttons are refused."""
    row = [{"text": "x", "callback_data": "x"}]

    with pytest.raises(Refusal, match="REPLY_MARKUP_TOO_LONG"):
        check_keyboard({"inline_keyboard": [row] * 101})
