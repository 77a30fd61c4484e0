"""What a conversation is called."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from bot.conversation.lines import escaped
from bot.conversation.titles import LONGEST, named, titled
from bot.telegram.markup import render

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is a monad?", "What is a monad?"),
        ("Tell me about Porto. I go there in May.", "Tell me about Porto"),
        ("Who was Dr. Who? Tell me.", "Who was Dr. Who?"),
        ("\n\n  Hello\tthere  \nAnd more", "Hello there"),
        ("## **Porto** in `May`", "Porto in May"),
        ("- [the map](https://example.org/x) of *Porto*", "the map of Porto"),
        ("What is 2 * 3 in snake_case_words?", "What is 2 * 3 in snake_case_words?"),
        ("```python\nprint(1)\n```\nWhat does it do?", "What does it do?"),
        ("```\nprint(1)\n```", "print(1)"),
        ("Bruno wrote:\n> Saudade cannot be translated.\n\nIs that true?", "Is that true?"),
        ("Bruno wrote:\n> Saudade.", "Bruno wrote:"),
        ("👍🏽👍🏽", "👍🏽👍🏽"),
        ("***", "***"),
        ("你好。我叫安娜。", "你好"),
        ("מה זה מונאד?", "מה זה מונאד?"),
        ("a\0b\u202ec\u200bd", "a bcd"),
        ("", ""),
        (" \0\n\u202e ", ""),
        ("a" * 4000, "a" * 59 + "…"),
        (FAMILY * 100, FAMILY * 34 + "…"),
        ("e" + "\u0301" * 4000, "…"),
    ],
    ids=[
        "as it is",
        "the first sentence",
        "an abbreviation",
        "blanks",
        "a heading",
        "a link in a list",
        "what only looks like Markdown",
        "a question about code",
        "code alone",
        "somebody else's words",
        "nothing but those",
        "emoji",
        "nothing but signs",
        "Chinese",
        "Hebrew",
        "what nobody sees",
        "nothing",
        "nothing one can see",
        "4000 letters",
        "long emoji",
        "one endless letter",
    ],
)
def test_a_conversation_is_called_after_its_first_question(question: str, title: str) -> None:
    """I find it again by how it began."""
    assert titled(question) == title


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("Porto. In May!", "Porto. In May!"),
        ("one\ntwo", "one two"),
        ("**as I write it**", "**as I write it**"),
        (" \0 ", ""),
    ],
)
def test_a_person_calls_it_as_they_like(words: str, title: str) -> None:
    """My title is kept as I write it, in one line."""
    assert named(words) == title


@given(st.text())
@example("0\t.")
def test_a_title_is_one_short_line(words: str) -> None:
    """Whatever is asked, the title fits on a button and turns nothing around."""
    for title in (titled(words), named(words)):
        assert len(list(iter_graphemes(title))) <= LONGEST
        assert title == title.strip()
        assert not {unicodedata.category(each) for each in title} & {"Cc", "Zl", "Zp", "Cs"}
        assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(title)


@given(st.text(min_size=1).filter(named))
def test_a_title_is_shown_as_it_is(words: str) -> None:
    """Nothing in a title is taken for Markdown."""
    title = named(words)

    shown = "".join(part.text for part in render(f"**{escaped(title)}**, so it is called."))

    assert shown == render(f"{escaped(title)}, so it is called.")[0].text
    if title.isascii():
        assert shown == f"{title}, so it is called."
