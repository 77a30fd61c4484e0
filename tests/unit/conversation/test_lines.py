"""Words that somebody else chose, as one line among ours."""

import pytest

from bot.conversation.lines import cut, isolated, matches, tidy


@pytest.mark.parametrize(
    ("words", "tidied"),
    [
        ("Weather", "Weather"),
        ("  two\n\tlines\x00 ", "two lines"),
        ("a" * 41, "a" * 39 + "…"),
        ("👩‍👩‍👧" * 40, "👩‍👩‍👧" * 40),
        ("👩‍👩‍👧" * 41, "👩‍👩‍👧" * 39 + "…"),
        ("\u202eevil\u2066", "evil"),
        ("טיולים", "טיולים"),
        ("\ud800", ""),
        ("", ""),
    ],
    ids=[
        "short",
        "blanks",
        "long",
        "families",
        "too many",
        "turned",
        "Hebrew",
        "half a sign",
        "empty",
    ],
)
def test_tidy(words: str, tidied: str) -> None:
    """A name is one line that a button holds."""
    assert tidy(words, 40) == tidied


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Porto", "Porto"), ("שלום", "\u2068שלום\u2069"), ("a ا", "\u2068a ا\u2069")],
)
def test_a_title_from_the_right_leaves_the_date_in_its_place(title: str, shown: str) -> None:
    """What runs from the right is set apart from what stands beside it."""
    assert isolated(title) == shown


def test_a_cut_title_says_so() -> None:
    """I see that it goes on."""
    assert cut("A monad is a burrito", 8) == "A monad…"


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("porto", True),
        ("PORTO", True),
        ("sao", True),
        ("são porto", True),
        ("porto lisbon", False),
        ("ort", True),
        ("", True),
    ],
)
def test_a_title_is_found(words: str, is_found: bool) -> None:
    """I need not remember capitals, accents or the order."""
    assert matches("Porto or São Paulo?", words) is is_found
