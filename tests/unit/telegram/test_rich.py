"""The assistant's Markdown as a rich message, which Telegram itself reads."""

import pyromark
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.telegram.links import is_web
from bot.telegram.markup import render
from bot.telegram.rich import MOST_CHARACTERS, enrich
from bot.telegram.source import OPTIONS

SIGNS = st.text(alphabet="ab \n`*_~[]()!<>|$=-#:\\\"'/&;0123é日👩")
PIECES = st.lists(
    st.sampled_from(
        [
            *("<b>", "</b>", "<tg-button>", "<!--", "-->", "<br>", "<div>\n", "\n\n", "- ", "> "),
            *("![a](http://a.example/p)", "[b](tg://user?id=1)", "[c](https://c.example)", "`d`"),
            *("```\n", "||e||", "==f==", "$g$", "$5 and $6", "\\(h^2\\)"),
            *("| j | k |\n|---|---|\n| l | m |\n", "[![n](http://n.example)](javascript:o)"),
            *("[1]: https://i.example\n", "p "),
        ]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("markdown", "rich"),
    [
        ("# A\n\n**b** `c`", "# A\n\n**b** `c`"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("\\(x^2\\) and \\[x_1\\]", "$x^2$ and \n\n$$\nx_1\n$$"),
        ("$5 and $6", "$5 and $6"),
        ("List<int> <b>x</b>", "List\\<int> \\<b>x\\</b>"),
        ("| a |\n|---|\n| b<br>c |", "| a |\n|---|\n| b<br>c |"),
        ("<div>\n![a](http://a.example/)\n</div>",
         "\\<div>\n[a](http://a.example/) (a.example)\n\\</div>"),
        ("![a](https://evil.example/?q=b)", "[a](https://evil.example/?q=b) (evil.example)"),
        ("[a.example](https://a.example/b)", "[a.example](https://a.example/b)"),
        ("[bank](https://evil.example)", "[bank](https://evil.example) (evil.example)"),
        ("[me](tg://user?id=1)", "me (`tg://user?id=1`)"),
        ("Go to tg://proxy?server=x now", "Go to `tg://proxy?server=x` now"),
        ("<javascript:a>", "`javascript:a`"),
        ("[![a.example](http://a.example)](javascript:b)",
         "[a.example](http://a.example) (`javascript:b`)"),
        ("[](https://a.example)", "<https://a.example>"),
        ("a || b || c == d", "a \\|\\| b \\|\\| c \\=\\= d"),
        ("`a || b`", "`a || b`"),
        ("[1]: https://a.example", "[1]\\: https://a.example"),
        ("```py\na[1]: b\n```", "```py\na[1]: b\n```"),
        ("<think>no</think>Yes", "Yes"),
        ("", None),
        ("a" * (MOST_CHARACTERS + 1), None),
        ("- a\n" * 501, None),
        ("|" + "a|" * 21 + "\n|" + "-|" * 21, None),
        (">" * 17 + "a", None),
    ],
)  # fmt: skip
def test_what_telegram_is_given(markdown: str, rich: str | None) -> None:
    """Tables and formulas are drawn; what nobody should run, load or overlook is words."""
    part = enrich(markdown)
    assert (part and part.markdown) == rich


def test_what_was_heard_stands_above() -> None:
    """My own words are quoted, and mean nothing."""
    part = enrich("Yes.", heard="Is **this**\nit?")
    assert part is not None
    assert part.markdown == "> 🎙 Is \\*\\*this\\*\\* it\\?\n\nYes."


@given(PIECES | SIGNS)
@example("$5 and $6[1]\n![a](http://a.example)$5 and $6")
@example("a" + "![" * 60)
@example("<" * 50 + "![](" * 9)
def test_nothing_is_left_that_acts_or_loads(markdown: str) -> None:
    """Whatever the assistant was talked into: no HTML, no picture, and links to the web alone."""
    part = enrich(markdown)
    for event in pyromark.events(part.markdown if part else "", options=OPTIONS):
        match event:
            case {"InlineHtml": str(html)} | {"Html": str(html)}:
                assert html.strip().startswith("<br")
            case {"Start": {"Image": _}}:
                raise AssertionError
            case {"Start": {"Link": {"dest_url": url}}}:
                assert is_web(url)


@given(PIECES)
def test_no_word_is_lost(markdown: str) -> None:
    """What the classic message says is said here, too."""
    part = enrich(markdown)
    if part is None:
        return
    letters = iter(part.markdown)
    for word in "".join(each.text for each in render(markdown)):
        if word.isalnum():
            assert word in letters
