"""What the assistant writes, and what a reader gets."""

import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from bot.telegram.markup import render
from bot.telegram.parts import Entity, Part
from tests import tdlib

TAGS = {
    "blockquote": "quote",
    "bold": "b",
    "code": "code",
    "italic": "i",
    "pre": "pre",
    "strikethrough": "s",
    "text_link": "a",
}


def cut_at(part: Part, offset: int, end: int | None = None) -> str:
    """A piece of a text, by UTF-16 code units."""
    data = part.text.encode("utf-16-le")
    return data[2 * offset : None if end is None else 2 * end].decode("utf-16-le")


def shown(part: Part) -> str:
    """A message as a reader sees it, its entities written as tags."""
    tags = []
    for number, entity in enumerate(part.entities):
        detail = entity.url or entity.language
        name = TAGS[entity.kind]
        tags.append((entity.offset, 1, number, f"<{name} {detail}>" if detail else f"<{name}>"))
        tags.append((entity.offset + entity.length, 0, -number, f"</{name}>"))
    text, position = "", 0
    for at, _, _, tag in sorted(tags):
        text += cut_at(part, position, at) + tag
        position = at
    return text + cut_at(part, position)


CASES = [
    ("plain words", "Hello, world.", "Hello, world."),
    ("nothing", "", ""),
    ("blanks", " \n\t\n ", ""),
    ("invisible", "\u200b\u2060", ""),
    ("two paragraphs", "one\n\ntwo", "one\n\ntwo"),
    ("many blank lines", "one\n\n\n\n\ntwo", "one\n\ntwo"),
    ("line break", "one\ntwo", "one\ntwo"),
    ("hard break", "one  \ntwo\\\nthree", "one\ntwo\nthree"),
    ("html break", "one<br>two<br/><br />three", "one\ntwo\n\nthree"),
    (
        "bold italic strike",
        "**b** *i* ~~s~~ ***bi***",
        "<b>b</b> <i>i</i> <s>s</s> <i><b>bi</b></i>",
    ),
    ("nested", "**a *b* c**", "<b>a <i>b</i> c</b>"),
    ("same within the same", "**a __b__ c**", "<b>a b c</b>"),
    ("snake case", "a snake_case_name and 2*3*4", "a snake_case_name and 2<i>3</i>4"),
    ("unfinished bold", "**half", "**half"),
    ("unfinished link", "[half](http://exa", "[half](http://exa"),
    ("unfinished code", "a `half", "a `half"),
    ("unfinished fence", "```py\nx = 1", "<pre py>x = 1</pre>"),
    ("only a fence", "```py\n", "py"),
    ("code", "`x = 1`", "<code>x = 1</code>"),
    ("code in bold", "**a `b` c**", "<b>a</b> <code>b</code> <b>c</b>"),
    ("tick in code", "`` a`b ``", "<code>a`b</code>"),
    ("heading", "# Title\ntext", "<b>Title</b>\n\ntext"),
    ("heading with styles", "## A **b** *c* `d`", "<b>A b <i>c</i></b> <code>d</code>"),
    ("underlined heading", "Title\n---\ntext", "<b>Title</b>\n\ntext"),
    ("html stays", "Use List<int> or <b>x</b>", "Use List<int> or <b>x</b>"),
    ("comparison", "if x<y and y>z", "if x<y and y>z"),
    (
        "details",
        "<details>\n<summary>More</summary>\n\n**hidden**\n\n</details>",
        "<details>\n<summary>More</summary>\n\n<b>hidden</b>\n\n</details>",
    ),
    ("comment", "<!-- note -->\n\ntext", "<!-- note -->\n\ntext"),
    ("entities", "&lt;b&gt; &amp; &copy; &bogus;", "<b> & © &bogus;"),
    (
        "link",
        "[the docs](https://docs.python.org/3/)",
        "<a https://docs.python.org/3/>the docs (docs.python.org)</a>",
    ),
    (
        "host shown",
        "[python.org](https://www.python.org/x)",
        "<a https://www.python.org/x>python.org</a>",
    ),
    (
        "phishing",
        "[bank.com](https://evil.com/bank.com)",
        "<a https://evil.com/bank.com>bank.com (evil.com)</a>",
    ),
    (
        "phishing with query",
        "[bank.com/?evil.com](https://evil.com)",
        "<a https://evil.com>bank.com/?evil.com (evil.com)</a>",
    ),
    ("autolink", "<https://a.example/x>", "<a https://a.example/x>https://a.example/x</a>"),
    ("bare url", "see https://a.example/x_y_z.", "see https://a.example/x_y_z."),
    (
        "link with title",
        '[a](https://b.example "Read me")',
        "<a https://b.example>a (b.example, Read me)</a>",
    ),
    ("parentheses", "[a](https://b.example/x_(y))", "<a https://b.example/x_(y)>a (b.example)</a>"),
    ("idn", "[a](https://пример.рф/путь)", "<a https://пример.рф/путь>a (пример.рф)</a>"),
    ("port", "[a](https://b.example:8443/x)", "<a https://b.example:8443/x>a (b.example)</a>"),
    ("wrong port", "[a](https://b.example:99999/x)", "a (<code>https://b.example:99999/x</code>)"),
    ("user name", "[a](https://bank.com@evil.com/)", "a (<code>https://bank.com@evil.com/</code>)"),
    ("localhost", "[a](http://localhost:8080)", "a (<code>http://localhost:8080</code>)"),
    ("relative", "[a](docs/x.md)", "a (<code>docs/x.md</code>)"),
    ("anchor", "[a](#part)", "a (<code>#part</code>)"),
    ("phone", "[call](tel:+123)", "call (<code>tel:+123</code>)"),
    ("mail", "[write](mailto:a@b.example)", "write (a@b.example)"),
    ("mail autolink", "<a@b.example>", "a@b.example"),
    ("script", "[x](javascript:alert(1))", "x (<code>javascript:alert(1)</code>)"),
    ("inner address", "[join](tg://join?invite=x)", "join (<code>tg://join?invite=x</code>)"),
    (
        "inner address in words",
        "open tg://resolve?domain=x now",
        "open <code>tg://resolve?domain=x</code> now",
    ),
    ("inner address in pieces", "tg:*//resolve*", "tg:<i>\u2060//resolve</i>"),
    ("empty link", "[](https://a.example)", "<a https://a.example>https://a.example</a>"),
    ("nowhere", "[a]()", "a"),
    ("code in a link", "[`f()`](https://a.example)", "<a https://a.example>f() (a.example)</a>"),
    ("bold link", "**[a](https://a.example)**", "<b><a https://a.example>a (a.example)</a></b>"),
    (
        "picture",
        "![a cat](https://a.example/cat.png)",
        "<a https://a.example/cat.png>a cat (a.example)</a>",
    ),
    (
        "picture without words",
        "![](https://a.example/cat.png)",
        "<a https://a.example/cat.png>https://a.example/cat.png</a>",
    ),
    (
        "badge",
        "[![ci](https://a.example/b.svg)](https://b.example)",
        "<a https://b.example>ci (https://a.example/b.svg) (b.example)</a>",
    ),
    ("relative picture", "![cat](cat.png)", "cat (<code>cat.png</code>)"),
    (
        "references",
        'As shown [1][2].\n\n[1]: https://a.example\n[2]: https://b.example "B"',
        'As shown [1][2].\n\n[1]: https://a.example\n[2]: https://b.example "B"',
    ),
    (
        "footnotes",
        "So[^1] and[^note].\n\n[^1]: *Why*\n[^note]: Because",
        "So[1] and[^note].\n\n[1]: <i>Why</i>\n[^note]: Because",
    ),
    ("list", "- a\n- b\n* c", "• a\n• b\n\n• c"),
    ("list after words", "Buy:\n- milk\n- bread\n\nThanks", "Buy:\n\n• milk\n• bread\n\nThanks"),
    ("nested list", "- a\n  - b\n    1. c\n- d", "• a\n   • b\n      1. c\n• d"),
    ("ordered", "3. a\n4. b", "3. a\n4. b"),
    ("loose", "1. a\n\n   more\n\n2. b", "1. a\n\n   more\n\n2. b"),
    ("tasks", "- [ ] open\n- [x] done", "☐ open\n☑ done"),
    ("empty item", "- \n- b", "• \n• b"),
    ("list in list", "- - a", "• • a"),
    (
        "code in list",
        "1. Run\n   ```sh\n   ls\n   ```\n2. Done",
        "1. Run\n<pre sh>ls</pre>\n2. Done",
    ),
    ("quote", "> a\n> b\n\nc", "<quote>a\nb</quote>\n\nc"),
    ("nested quote", "> a\n>> b\n>> c\n\n> d", "<quote>a\n\n> b\n> c</quote>\n\n<quote>d</quote>"),
    ("code in quote", "> ```py\n> x\n> ```", "<quote><pre py>x</pre></quote>"),
    ("list in quote", "> - a\n> - b", "<quote>• a\n• b</quote>"),
    ("alert", "> [!WARNING]\n> hot", "<quote><b>Warning</b>\n\nhot</quote>"),
    ("fence", "```python\nif x:\n\n    y\n```", "<pre python>if x:\n\n    y</pre>"),
    ("c++", "```c++\nx\n```", "<pre c++>x</pre>"),
    ("fence title", '```py title="a.py"\nx\n```', 'py title="a.py"\n<pre py>x</pre>'),
    ("tildes", "~~~\na\n```\nb\n~~~", "<pre>a\n```\nb</pre>"),
    ("indented code", "    a\n      b", "<pre>a\n  b</pre>"),
    ("tab in code", "```\nif:\n\tx\n```", "<pre>if:\n    x</pre>"),
    (
        "markup in code",
        "```\n**a** <b> [c](d) \\[x\\] [e]: f\n```",
        "<pre>**a** <b> [c](d) \\[x\\] [e]: f</pre>",
    ),
    ("indented first line", "```\n    a\nb\n```", "<pre>    a\nb</pre>"),
    (
        "table",
        "| Name | N |\n|:--|--:|\n| Apple | 3 |\n| Melon | 12 |",
        "<pre>Name  |  N\n------+---\nApple |  3\nMelon | 12</pre>",
    ),
    (
        "chinese table",
        "| 名 | n |\n|-|:-:|\n| 日本語 | x |\n| é | yyy |",
        "<pre>名     |  n\n-------+----\n日本語 |  x\né      | yyy</pre>",
    ),
    (
        "table with markup",
        "| a |\n|-|\n| **b** `c` [d](https://e.example) x<br>y |",
        "<pre>a\n-----------------------------\nb c d (https://e.example) x y</pre>",
    ),
    (
        "table with too many cells",
        "| a |\n|-|\n| b | *c* | d |",
        "<pre>a\n-----------\nb | *c* | d</pre>",
    ),
    ("table with too few cells", "| a | b |\n|-|-|\n| c |", "<pre>a | b\n--+--\nc</pre>"),
    ("table without head words", "| | |\n|-|-|\n| a | b |", "<pre>--+--\na | b</pre>"),
    (
        "display maths",
        "So\n\\[\nx_1 = \\frac{a}{b}\n- y\n\\]\ndone",
        "So\n<pre latex>x_1 = \\frac{a}{b}\n- y</pre>\ndone",
    ),
    ("inline maths", "where \\(a_b * c_d\\) is", "where <code>a_b * c_d</code> is"),
    ("dollars", "$$E = mc^2$$ and $x_1$", "<pre latex>E = mc^2</pre>\n and <code>x_1</code>"),
    ("prices", "It costs $5 or 6$, maybe $7.", "It costs $5 or 6$, maybe $7."),
    ("escaped brackets", "\\[1\\] and \\(a note\\)", "[1] and (a note)"),
    ("maths in code", "`\\(x\\)` and `$$x$$`", "<code>\\(x\\)</code> and <code>$$x$$</code>"),
    ("unfinished maths", "\\[ x = 1", "[ x = 1"),
    ("maths in a table", "| f |\n|-|\n| \\(x_1\\) |", "<pre>f\n---\nx_1</pre>"),
    ("reasoning", "<think>\nhm\n```\n</think>\n\nHi", "Hi"),
    ("reasoning goes on", "<think>\nhm", ""),
    ("reasoning twice", "<think>a</think>\nb\n<thinking>c</thinking>d", "b\nd"),
    (
        "about the tag",
        "The `<think>` tag and <think> too",
        "The <code><think></code> tag and <think> too",
    ),
    ("tag in code", "```\n<think>\n```\nend", "<pre><think></pre>\n\nend"),
    ("rule", "a\n\n---\n\nb", "a\n\n———\n\nb"),
    ("escapes", "\\*a\\* \\# 1\\. \\`", "*a* # 1. `"),
    (
        "emoji",
        "**\U0001f469\u200d\U0001f469\u200d\U0001f467** ok",
        "<b>\U0001f469\u200d\U0001f469\u200d\U0001f467</b> ok",
    ),
    ("surrogates", "\ud83d\ude00 \ud800", "\U0001f600 \ufffd"),
    ("rtl", "**שלום** *עולם*", "<b>שלום</b> <i>עולם</i>"),
    ("direction override", "a\u202egnp.exe", "agnp.exe"),
    ("ring", "Ångström", "Ångström"),
    ("controls", "a\x00b\x07c\r\nd\u2028e", "a b c\nd\ne"),
    ("spoiler", "||x||", "||x||"),
    ("cjk bold", "这是**重点**内容", "这是<b>重点</b>内容"),
    ("html block", "<div>\n  <p>hi</p>\n</div>\n\nok", "<div>\n  <p>hi</p>\n</div>\n\nok"),
    ("heading in list", "- # a\n  b", "• <b>a</b>\n   b"),
    ("just a fence tick", "```", ""),
    ("just #", "#", ""),
    ("rule only", "***", "———"),
]


@pytest.mark.parametrize(
    ("markdown", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_an_answer_reads_as_it_was_meant(markdown: str, expected: str) -> None:
    """I read what the assistant wrote, dressed as it wanted, and Telegram takes it."""
    parts = render(markdown)

    assert "\n✂\n".join(map(shown, parts)) == expected
    assert tdlib.complaints(parts) == []


def test_an_entity_is_what_the_bot_api_wants() -> None:
    """Kinds, units and optional fields go out by Telegram's names."""
    (part,) = render("😀 [a](https://b.example)\n```py\nx\n```")

    assert [entity.to_json() for entity in part.entities] == [
        {"type": "text_link", "offset": 3, "length": 13, "url": "https://b.example"},
        {"type": "pre", "offset": 18, "length": 1, "language": "py"},
    ]


@pytest.mark.parametrize(
    ("markdown", "limit", "expected"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("aaa bbb\n\nccc ddd", 14, ["aaa bbb", "ccc ddd"]),
        ("aaa bbb\nccc ddd eee", 12, ["aaa bbb", "ccc ddd eee"]),
        ("Aaa bb. Ccc dd", 12, ["Aaa bb.", "Ccc dd"]),
        ("甲乙丙。丁戊己庚辛", 6, ["甲乙丙。", "丁戊己庚辛"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("😀😀😀", 4, ["😀😀", "😀"]),
        ("ab👩‍👩‍👧cd", 9, ["ab", "👩‍👩‍👧c", "d"]),
        ("abe\u0301\u0323cd", 4, ["ab", "e\u0301\u0323c", "d"]),
        ("\u1100\u1161\u11a8" * 2, 4, ["\u1100\u1161\u11a8"] * 2),
        ("क्षिक्षि", 5, ["क्षि", "क्षि"]),
        ("🇩🇪🇫🇷", 6, ["🇩🇪", "🇫🇷"]),
        ("**aaa bbb**", 5, ["<b>aaa</b>", "<b>bbb</b>"]),
        ("> aaa\n> bbb", 5, ["<quote>aaa</quote>", "<quote>bbb</quote>"]),
        ("- aaa\n- bbb", 7, ["• aaa", "• bbb"]),
        ("```py\na = 1\n\n  b = 2\n```", 9, ["<pre py>a = 1</pre>", "<pre py>  b = 2</pre>"]),
        (
            "intro words\n\n```py\na\n\nb\n```",
            15,
            ["intro words", "<pre py>a\n\nb</pre>"],
        ),
        (
            "[aaa bbb](https://aaa.bb)",
            10,
            ["<a https://aaa.bb>aaa bbb</a>", "<a https://aaa.bb>(aaa.bb)</a>"],
        ),
        ("aaaa \u200b\u200b\u200b\u200b\u200b bbbb", 5, ["aaaa", "bbbb"]),
    ],
    ids=[
        "words",
        "paragraphs",
        "lines",
        "sentences",
        "Chinese sentences",
        "letters",
        "surrogates",
        "a family",
        "accents",
        "Hangul",
        "Devanagari",
        "flags",
        "bold goes on",
        "a quote goes on",
        "a list goes on",
        "code goes on",
        "code stays whole",
        "a link goes on",
        "nothing to see",
    ],
)
def test_a_long_answer_is_cut_where_a_reader_would_pause(
    markdown: str, limit: int, expected: list[str]
) -> None:
    """A long answer comes in parts that begin and end where I would take a breath."""
    assert list(map(shown, render(markdown, limit=limit))) == expected


def test_more_entities_than_a_message_carries_make_another_message() -> None:
    """A dense list keeps every style, since Telegram ignores what comes after a hundred."""
    parts = render("\n".join(f"- **word {number}**" for number in range(250)))

    assert [len(part.entities) for part in parts] == [100, 100, 50]
    assert tdlib.complaints(parts) == []


def test_an_address_inside_telegram_is_never_a_link() -> None:
    """No answer makes me join, pay or open anything in Telegram by a tap on a harmless word."""
    address = "tg://resolve?domain=x"
    written = [f"[a]({address})", f"<{address}>", f"`tg:`{address[3:]}", f"tg:*{address[3:]}*"]

    parts = render("\n\n".join(written))

    assert all(entity.kind != "text_link" for part in parts for entity in part.entities)
    assert tdlib.addresses(without_code(parts)) == []


def without_code(parts: list[Part]) -> str:
    """What Telegram looks for addresses in."""
    text = ""
    for part in parts:
        position = 0
        for entity in part.entities:
            if entity.kind in {"code", "pre"}:
                text += cut_at(part, position, entity.offset) + " "
                position = entity.offset + entity.length
        text += cut_at(part, position)
    return text


ANSWER = r"""<think>The reader wants *everything*.</think>
# Sorting in **Python** 🐍

Use `sorted()` from the [docs](https://docs.python.org/3/howto/sorting.html), with `List<int>`:

```python
def by_length(words: list[str]) -> list[str]:
	return sorted(words, key=len)  # O(n log n)
```

1. *Stable*: equal items keep their order[^1]
   - [x] done
   - [ ] ~~todo~~ 👩‍👩‍👧
2. Fast: \(O(n \log n)\), and $5 or $6

> "Simple is **better**" 日本語
>> nested

| Name | 名前 | Price |
|:-----|:----:|------:|
| `a`  | 日本 | $1    |

\[
T(n) = 2 T(n/2) + n
\]

[^1]: See [1].
[1]: https://en.wikipedia.org/wiki/Timsort
"""


def test_every_beginning_of_an_answer_is_taken() -> None:
    """While an answer grows, whatever has arrived is a message Telegram takes."""
    for length in range(len(ANSWER) + 1):
        assert tdlib.complaints(render(ANSWER[:length])) == [], ANSWER[:length]


def test_what_is_full_stays_as_it_is_while_the_answer_grows() -> None:
    """A message I am reading does not change because the next one is being written."""
    paragraphs = [f"Paragraph {number}. " + "Some *more* words. " * 30 for number in range(40)]
    whole = render("\n\n".join(paragraphs))

    for number in range(1, 40):
        *full, _ = render("\n\n".join(paragraphs[:number]))
        assert full == whole[: len(full)]


def test_a_part_with_no_room_for_an_emoji_is_refused() -> None:
    """A limit that cannot be kept is a mistake of ours, and no endless work."""
    with pytest.raises(ValueError, match="two code units"):
        render("x", limit=1)


#: Letters that stand in the words below, and in no piece of markup.
WORDS = ["Wörd", "ß", "日本語", "क्षि", "👩‍👩‍👧", "🇩🇪", "e\u0301", "שלום", "2", "N_m", "ko", "😀"]
MARKUP = [
    " ", "\n", "\n\n", "\n   ", "\t", "*", "**", "***", "_", "~~", "~", "`", "```\n", "~~~\n",
    "```c\n", "# ", "- ", "1. ", "> ", "- [x] ", "|", "|-|-|\n", "---\n", "===\n", "[", "]", "](",
    ")", "](https://h.ia)", "![", "<", ">", "</", "<!-", "[^", "]:", ": ", "\\", "\\(", "\\)",
    "\\[", "\\]", "$", "$$", "://", "tg", "x^", "{", "}", "&", ".", "!", "。",
]  # fmt: skip
#: List numbers are counted, a ticked box is drawn, the language of code is an entity.
IN_MARKUP = "1xc"

documents = st.lists(st.sampled_from([*WORDS, *MARKUP]), max_size=60).map("".join)


def said(parts: list[Part]) -> str:
    """All that reaches a reader: the words, and behind those of a link where it leads."""
    told = ""
    for part in parts:
        position = 0
        for entity in sorted(part.entities, key=lambda entity: entity.offset + entity.length):
            end = entity.offset + entity.length
            told += cut_at(part, position, end) + (entity.url or "")
            position = end
        told += cut_at(part, position)
    return told


def letters(text: str) -> str:
    """What makes words: letters, digits and emoji, but not those that are markup."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFC", text)
        if (letter.isalnum() or unicodedata.category(letter) == "So") and letter not in IN_MARKUP
    )


def lost(markdown: str, parts: list[Part]) -> str:
    """The letters from the first one on that did not arrive in their order; nothing, if all did."""
    wanted = letters(markdown)
    arrived = iter(letters(said(parts)))
    for position, letter in enumerate(wanted):
        if letter not in arrived:
            return wanted[position:]
    return ""


@settings(max_examples=400, deadline=None)
@given(markdown=documents, limit=st.sampled_from([20, 50, 4096]))
@example("|a|\n|-|\n|ko|ß|", 4096)
@example("- [x] ko\n   ---\n", 4096)
def test_nothing_is_lost_and_nothing_refused(markdown: str, limit: int) -> None:
    """Every letter of whatever the assistant writes reaches me, in its order."""
    parts = render(markdown, limit=limit)

    assert tdlib.complaints(parts) == []
    assert lost(markdown, parts) == ""
    assert all(len(part.text.encode("utf-16-le")) <= 2 * limit for part in parts)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
@example("&#xFDD1;0&#xfdd2;&#8238;&#10;&#x30a;&#9999999;&Tab;&NewLine;x")
@example("\u030a")
def test_any_text_at_all_is_taken(text: str) -> None:
    """There is no text, however strange, that Telegram refuses from us."""
    assert tdlib.complaints(render(text, limit=64)) == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, " ", ". ", "\n"]), max_size=60).map("".join))
def test_no_character_is_torn(text: str) -> None:
    """What I take for one character is never half in one message and half in the next."""
    parts = render(text, limit=16)

    whole = set(iter_graphemes("".join(render(text)[0].text if parts else "")))
    pieces = {piece for part in parts for piece in iter_graphemes(part.text)}
    assert pieces <= whole


@settings(max_examples=100, deadline=None)
@given(documents, st.sampled_from([30, 4096]))
def test_entities_nest(markdown: str, limit: int) -> None:
    """Styles lie within each other or beside each other, and code stands alone."""
    for part in render(markdown, limit=limit):
        open_until: list[Entity] = []
        for entity in part.entities:
            while open_until and entity.offset >= end_of(open_until[-1]):
                open_until.pop()
            outer = {other.kind for other in open_until}
            assert all(end_of(entity) <= end_of(other) for other in open_until)
            assert entity.kind not in outer
            assert not outer & {"code", "pre"}
            assert entity.kind not in {"code", "pre"} or outer <= {"blockquote"}
            open_until.append(entity)


def end_of(entity: Entity) -> int:
    """Where an entity ends."""
    return entity.offset + entity.length


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("abAB.-:/@?#_%é中 \\[]"), max_size=20))
def test_every_link_is_one_telegram_takes(rest: str) -> None:
    """No address the assistant makes up costs me the whole message."""
    parts = render(f"[word](<https://{rest}>) [word](<http://a.{rest}>)")

    assert tdlib.complaints(parts) == []


@pytest.mark.parametrize(
    "repeated",
    [
        *(">", "> - ", "- ", "[", "![", "[a](", "[^", "`a` ", "**", "|a", "<a ", "\\(", "$$"),
        *("<think>\n", "tg://a ", "e\u0301", "👩\u200d", "\u200b", "a"),
    ],
)
def test_a_bomb_takes_no_longer_than_its_length(repeated: str) -> None:
    """Nobody stops the bot by making the assistant repeat a sign: work grows with length alone."""
    short, long = (count_calls(repeated * (size // len(repeated))) for size in (16_000, 64_000))

    assert long <= 5 * short


def count_calls(markdown: str) -> int:
    """How much work it is to render this: lines of Python run, which no busy machine changes."""
    count = 0

    def trace(*_: object) -> Any:
        nonlocal count
        count += 1
        return trace

    sys.settrace(trace)
    try:
        render(markdown)
    finally:
        sys.settrace(None)
    return count


def test_what_was_heard_stands_folded_above_the_answer() -> None:
    """I see what was understood, word by word, before I read on."""
    (part,) = render("**Yes.**", heard="Is 2 * 3 * 4 = 24?\nReally?")

    assert part.text == "🎙 Is 2 * 3 * 4 = 24?\nReally?\n\nYes."
    assert part.entities == (
        Entity("expandable_blockquote", 0, 29),
        Entity("bold", 31, 4),
    )
    assert tdlib.complaints([part]) == []


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_was_heard_telegram_takes_it(heard: str, markdown: str) -> None:
    """Nothing that can be said breaks the message it stands in."""
    assert tdlib.complaints(render(markdown, heard=heard)) == []
