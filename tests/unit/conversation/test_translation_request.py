"""What I mean with /translate and some words."""

import pytest

from bot.conversation.translation_request import Request, request_in


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("es Hello", Request("es", "Hello")),
        ("en español Hello there", Request("es", "Hello there")),
        ("日本語 Hello", Request("ja", "Hello")),
        ("allemand", Request("de")),
        ("Hello there", Request(text="Hello there")),
        ("Hello", Request(text="Hello")),
        ("", Request()),
        ("spansh Hello", Request(text="Hello", unknown="spansh", near=("es",))),
        ("Portugese: Hello", Request(text="Hello", unknown="Portugese:", near=("pt",))),
        ("Gremlin is here", Request(text="Gremlin is here")),
    ],
)
def test_the_first_word_may_name_a_language(words: str, request_: Request) -> None:
    """In whatever language I name it; and a slip of my finger is noticed."""
    assert request_in(words, is_reply=False, speaks="en") == request_


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ("fr", Request("fr")),
        ("nach Deutsch", Request("de")),
        ("", Request()),
    ],
)
def test_below_a_message_all_words_name_a_language(words: str, request_: Request) -> None:
    """I reply to what is to be translated, and say into what."""
    assert request_in(words, is_reply=True, speaks="en") == request_


def test_below_a_message_an_unknown_language_is_told() -> None:
    """The nearest ones are known, where there are any."""
    near = request_in("spanisch", is_reply=True, speaks="en")
    klingon = request_in("qqqqqq", is_reply=True, speaks="en")

    assert near == Request("es")
    assert klingon == Request(unknown="qqqqqq")
    assert request_in("germn", is_reply=True, speaks="en").near[0] == "de"
