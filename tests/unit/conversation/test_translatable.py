"""What of a text is translated, and what comes out of it as it went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.translatable import (
    Piece,
    as_markdown,
    directed,
    is_same,
    pieces_of,
    with_what_was_lost,
)
from bot.telegram.markup import render

CODE = "```python\nprint('hello')\n```"


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("Hello there.", ["Hello there."]),
        ("  Hello\n", ["Hello"]),
        (f"Look:\n{CODE}\nNice, or not?", ["Look:", "Nice, or not?"]),
        (CODE, []),
        ("```\nnever closed", []),
        ("🎉 !!!", []),
        ("", []),
    ],
    ids=["prose", "blanks", "code within", "only code", "open fence", "signs", "nothing"],
)
def test_code_and_signs_are_not_translated(text: str, translated: list[str]) -> None:
    """Only what is language is paid for, and nothing of the rest is lost."""
    pieces = pieces_of(text)

    assert [piece.text for piece in pieces if piece.is_translated] == translated
    assert "".join(piece.text for piece in pieces) == text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One is one. Two is two.", ["One is one.", " ", "Two is two."]),
        ("One and one\n\nTwo and two", ["One and one", "\n\n", "Two and two"]),
        ("一是一。二是二。三是三。四是四。", ["一是一。二是二。三是三。四是四。"]),
        ("abcdefghijklmnopqrstuvwxyz", ["abcdefghijklmnopqrst", "uvwxyz"]),
    ],
    ids=["at a sentence", "at a blank line", "fits", "anywhere at last"],
)
def test_a_long_text_is_cut_where_a_reader_would_pause(text: str, pieces: list[str]) -> None:
    """A translation of half a sentence would make no sense."""
    assert [piece.text for piece in pieces_of(text, longest=20)] == pieces


@given(st.text("ab .\n`。"), st.integers(2, 30))
def test_nothing_is_lost_between_pieces(text: str, longest: int) -> None:
    """Whatever I write, all of it is in the pieces, each of which fits."""
    pieces = pieces_of(text, longest=longest)

    assert "".join(piece.text for piece in pieces) == text
    assert all(len(piece.text) <= longest for piece in pieces if piece.is_translated)
    assert Piece("") not in pieces


@pytest.mark.parametrize(
    ("text", "translation", "whole"),
    [
        ("See https://a.example/b.", "Mira https://a.example/b.", "Mira https://a.example/b."),
        ("See https://a.example/b.", "Mira esto.", "Mira esto.\nhttps://a.example/b"),
        ("Run `make test`, @anna_k!", "¡Ejecuta!", "¡Ejecuta!\n`make test`\n@anna_k"),
        ("Write to a@b.example", "Escribe", "Escribe"),
    ],
)
def test_links_and_code_come_out_as_they_went_in(text: str, translation: str, whole: str) -> None:
    """Where a translation loses a link, it stands below."""
    assert with_what_was_lost(text, translation) == whole


@pytest.mark.parametrize(
    ("text", "translation", "same"),
    [
        ("OK, Porto!", "ok porto", True),
        ("Hello", "Hola", False),
        ("Ｐｏｒｔｏ", "Porto", True),
    ],
)
def test_a_text_that_reads_the_same_is_known_as_such(
    text: str, translation: str, same: bool
) -> None:
    """Nobody is shown what they have read already."""
    assert is_same(text, translation) is same


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ("Anna قالت مرحبا", "ar", "\u200fAnna قالت مرحبا"),
        ("مرحبا Anna", "ar", "مرحبا Anna"),
        ("שלום says hello", "en", "\u200eשלום says hello"),
        ("12:30\nPorto", "he", "12:30\n\u200fPorto"),
        ("Hello", "en", "Hello"),
    ],
    ids=["Latin name first", "Arabic first", "Hebrew first", "by lines", "plain"],
)
def test_each_line_runs_as_its_language_does(text: str, language: str, shown: str) -> None:
    """A name in other letters at the beginning does not turn the line around."""
    assert directed(text, language) == shown


@pytest.mark.parametrize(
    "text",
    [
        "1. one\n2. two\n\n- *three*\n    four",
        "a_b_c <b>no</b> [x](https://a.example) # no title",
        "\\ | ~~x~~ ||y||",
    ],
)
def test_words_of_people_are_shown_as_they_are(text: str) -> None:
    """No sign in them is taken for a format of ours."""
    (part,) = render(as_markdown(text))

    assert part.text == "\n".join(line.strip() for line in text.split("\n"))
    assert part.entities == ()


def test_code_is_shown_as_code() -> None:
    """Between backticks or fences."""
    (part,) = render(as_markdown(f"Run `make *`:\n{CODE}"))

    assert [entity.kind for entity in part.entities] == ["code", "pre"]
    assert part.text == "Run make *:\n\nprint('hello')"
