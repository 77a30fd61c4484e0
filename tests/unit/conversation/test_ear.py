"""What the assistant writes, and what a listener hears."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.ear import LONGEST, Names, Reader, for_the_ear

ENGLISH = Names(
    code="code",
    code_in="code in {language}",
    table="a table",
    link="a link to {host}",
    picture="a picture",
    formula="a formula",
)
GERMAN = Names(
    code="Code",
    code_in="Code in {language}",
    table="eine Tabelle",
    link="ein Link zu {host}",
    picture="ein Bild",
    formula="eine Formel",
)

CASES = [
    ("nothing", "", ""),
    ("blanks", " \n\t\n ", ""),
    ("only signs", "***\n\n… !?\n\n---", ""),
    ("words", "Hello, world.", "Hello, world."),
    ("no full stop", "Hello", "Hello."),
    ("two paragraphs", "One\n\nTwo!", "One. Two!"),
    ("line breaks", "one\ntwo  \nthree", "one two three."),
    ("styles", "**Bold**, *italic*, ~~struck~~ and ***both***.", "Bold, italic, struck and both."),
    ("a sentence in bold", "**Careful. It is hot.** Wait.", "Careful. It is hot. Wait."),
    ("unfinished style", "This is **half", "This is half."),
    ("snake case", "A snake_case name", "A snake_case name."),
    ("times", "e.g. 5 * 3 or 2*3", "e.g. 5 * 3 or 2*3."),
    ("comparison", "if x<y and y>z, or a < b", "if x<y and y>z, or a < b."),
    ("heading", "# The *title*\nText.", "The title. Text."),
    ("underlined heading", "The title\n===\nText.", "The title. Text."),
    ("heading that asks", "## Why?\nText.", "Why? Text."),
    ("rule", "One.\n\n---\n\nTwo.\n***\nThree.", "One. Two. Three."),
    ("bullets", "Buy:\n- milk\n- eggs", "Buy: milk. eggs."),
    ("nested bullets", "- one\n  - two\n\n  more\n- three", "one. two. more. three."),
    ("numbers", "1. Stir.\n2. Bake\n\n3) Eat", "1: Stir. 2: Bake. 3: Eat."),
    (
        "code between numbers",
        "1. Run\n```sh\nls\n```\n2. Look",
        "1: Run. code in Shell. 2: Look.",
    ),
    (
        "code in an item",
        "1. Run\n\n   ```\n   - ls\n\n   ```\n\n   twice\n2. Look",
        "1: Run. code. twice. 2: Look.",
    ),
    ("tasks", "- [x] done\n- [ ] to do", "done. to do."),
    ("a year is no item", "It was in\n1986. A good year.", "It was in 1986. A good year."),
    ("block of code", "Look:\n```python\nx = 1\n\n# y\n```\nDone.", "Look: code in Python. Done."),
    ("code of no language", "~~~\n```\nx\n~~~\nDone.", "code. Done."),
    ("code of plain text", "```text\nx\n```", "code."),
    ("code by its short name", "```js\nx\n```", "code in JavaScript."),
    ("code of a rare language", "```zig\nx\n```", "code in Zig."),
    ("unfinished code", "Look:\n```py\nx = 1.\nMore. And", "Look: code in Python."),
    ("indented code", "Look:\n\n    x = 1\n\n    y = 2\n\nDone.", "Look: code. Done."),
    ("words in code", "Call `print()` or use `my_var`.", "Call print or use my var."),
    ("a call in code", "`fact(5)` is 120.", "fact 5 is 120."),
    ("code in a line", "Write `x = [1, 2]` here.", "Write code here."),
    ("fence in a line", "```a``` is a word.", "a is a word."),
    ("table", "Prices:\n| a | b |\n|---|---|\n| 1 | 2 |\n\nDone.", "Prices: a table. Done."),
    ("bare link", "See https://www.example.org/x_y_z?a=1. Bye.", "See a link to example.org. Bye."),
    ("www", "See www.example.org, please.", "See a link to example.org, please."),
    ("pointed link", "See <https://example.org/>.", "See a link to example.org."),
    ("link in brackets", "Rome (https://a.example/x_(y)).", "Rome (a link to a.example)."),
    ("words of a link", "See [the docs](https://example.org).", "See the docs."),
    ("link without words", "See [](https://example.org).", "See a link to example.org."),
    ("reference", "See [the docs][1].\n\n[1]: https://example.org", "See the docs."),
    ("no address", "See https://[x", "See a link to."),
    ("picture", "![A cat](cat.png)", "a picture: A cat."),
    ("picture without words", "Look ![](cat.png) here", "Look a picture here."),
    ("picture in a link", "[![A cat](cat.png)](https://a.example)", "a picture: A cat."),
    ("citations", "So it is [1], they say[2, 3]【4†source】.", "So it is, they say."),
    ("citations side by side", "So it is [1][2].", "So it is."),
    ("linked citations", "So it is [1](https://a.example).", "So it is."),
    ("notes", "So it is[^a].\n\n[^a]: They say so.", "So it is. They say so."),
    ("wide brackets", "【注意】请看。", "【注意】请看。"),
    ("emoji", "Great! 😀 Go on 👍🏽. Bye 👨‍👩‍👧", "Great! Go on. Bye."),
    ("emoji between words", "one 😀 two", "one two."),
    ("emoji of a number", "1️⃣ First", "1 First."),
    ("degrees", "20 °C, ½, 5 €", "20 °C, ½, 5 €."),
    ("html", "<b>Bold</b><br>and <span class='x'>red</span>", "Bold and red."),
    ("block of html", "<div>\nText\n</div>\n\n<!-- x\ny -->\n\nMore", "Text. More."),
    ("references to characters", "Tom &amp; Jerry &lt;3", "Tom & Jerry <3."),
    ("quote", "> Be. Or\nnot.\n\nHe said.", "Be. Or not. He said."),
    ("code in a quote", "> So:\n> ```py\n> x\n> ```\n> Done", "So: code in Python. Done."),
    ("formula", "Let $a^2 + b$ be \\(x_1\\).", "Let a formula be a formula."),
    ("letter", "Let $n$ be odd.", "Let n be odd."),
    ("prices", "From $5 to $6, or $7-$8.", "From $5 to $6, or $7-$8."),
    ("display formula", "So:\n\\[\na\n+ b = c\n\\]\nDone.", "So: a formula. Done."),
    ("formula with dollars", "$$\nx = 1\n$$", "a formula."),
    ("dollars in code", "`$a^2$` costs $5", "code costs $5."),
    ("reasoning", "<think>\nHm. Well.\n\n```\n</think>\n\nYes.", "Yes."),
    ("reasoning in a line", "<think>Hm.</think>Yes. <think>", "Yes."),
    ("unfinished reasoning", "<thinking>Hm. Well.", ""),
    ("reasoning in code", "```html\n<think>\n```\nYes.", "code in HTML. Yes."),
]


@pytest.mark.parametrize(
    ("markdown", "heard"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_is_heard(markdown: str, heard: str) -> None:
    """I hear what a person would say who has the answer before their eyes."""
    assert for_the_ear(markdown, ENGLISH) == heard


def test_things_are_named_in_my_language() -> None:
    """What is not read out to me is named in my language."""
    markdown = "Siehe https://a.example:\n```py\nx\n```\n|a|\n|-|\n\n![](x.png) und $x^2$"

    assert for_the_ear(markdown, GERMAN) == (
        "Siehe ein Link zu a.example: Code in Python. eine Tabelle. ein Bild und eine Formel."
    )


def pieces_of(*chunks: str, longest: int = LONGEST) -> list[str]:
    """What is spoken of an answer that comes like this."""
    reader = Reader(ENGLISH, longest=longest)
    pieces = [piece for chunk in chunks for piece in reader.feed(chunk)]
    return pieces + reader.finish()


#: Longer than the first piece must be.
LEAD = "This is a sentence that is long enough to be spoken"


@pytest.mark.parametrize(
    "text",
    [
        "Pi is 3.14 and it costs 1,000.50 dollars today",
        "It is so, e.g. here and i.e. there, as anybody can see",
        "This morning I have met Dr. Smith and Mrs. Jones in town",
        "He was a long time in the U.S. Army, and in Ph.D. Programs",
        "Wir sehen uns dann also am 3. Mai oder am 24. Dezember",
        "Das gilt z. B. Ende Mai bzw. Anfang Juni, vgl. S. 5 und Nr. 7 dort",
        "Nach dem II. Weltkrieg und unter Karl V. Habsburg war es anders",
        "Voilà M. Dupont et sa femme, qui sont là depuis hier",
        "Ayer he visto al Sr. García y a la Sra. López en la calle",
        "Он живёт на ул. Ленина, т. е. Рядом, см. Рис. 5 на стр. 12 там",
        "Really? he asked, and wait... what, and Yahoo! is a company",
        "See [the long. And winding. Address](https://a.example/x. Y) here",
        "This is **very bold. And Strong** and here `code. With Stops. In it`",
        "This is *slanted. And _More_ of* it and ~~gone. Away~~ now",
        "A formula \\(x. Y. Z\\) and $$a. B. C$$ are never taken apart",
    ],
    ids=[
        "numbers",
        "e.g.",
        "titles",
        "initials",
        "German dates",
        "German abbreviations",
        "kings",
        "French",
        "Spanish",
        "Russian",
        "small letters",
        "link",
        "bold and code",
        "nested styles",
        "formulas",
    ],
)
def test_no_sentence_ends_within(text: str) -> None:
    """Where no sentence ends the voice does not stop."""
    assert len(pieces_of(f"{text}.", " And more of it.")) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"{LEAD}. ", "And more"),
        (f"{LEAD}! ", "More"),
        (f"{LEAD}? ", "More"),
        (f"{LEAD}… ", "More"),
        (f"“{LEAD}.” ", "More"),
        (f"**{LEAD}.** ", "More"),
        (f"{LEAD} in 1986. ", "More"),
        ("这是一个足够长的句子，" * 5 + "可以开始朗读了。", "然后"),
        ("「" + "これは話し始めるのに十分な長さの文です、" * 3 + "」！", "次"),
        ("هل هذه جملة طويلة بما يكفي لبدء القراءة بصوت عال؟ ", "نعم"),
        ("यह एक वाक्य है जो बोलना शुरू करने के लिए काफी लंबा है। ", "हाँ"),
        (f"{LEAD}.\n", "More"),
        (f"{LEAD}\n\n", "More"),
        (f"# {LEAD}\n", "More"),
        (f"{LEAD}:\n", "- more"),
        (f"- {LEAD}\n", "- more"),
        (f"```\nx\n```\n{LEAD}. ", "More"),
        (f"<think>Hm. Hm.</think>{LEAD}. ", "M"),
    ],
    ids=[
        "full stop",
        "exclamation",
        "question",
        "ellipsis",
        "quote",
        "bold",
        "year",
        "Chinese",
        "Japanese",
        "Arabic",
        "Hindi",
        "line",
        "paragraph",
        "heading",
        "before a list",
        "item",
        "behind code",
        "reasoning",
    ],
)
def test_a_sentence_is_spoken_when_it_is_complete(first: str, second: str) -> None:
    """I hear the first sentence while the second one is still being written."""
    pieces = Reader(ENGLISH).feed(f"{first}{second} ")

    assert pieces == [for_the_ear(first, ENGLISH)]


@pytest.mark.parametrize(
    "markdown",
    [
        f"**{LEAD}. And",
        f"[{LEAD}. And",
        f"`{LEAD}. And",
        f"```\n{LEAD}. And\n\n{LEAD}. And",
        f"| {LEAD}. And | b |\n| {LEAD}. And | b |\n",
        f"- {LEAD}. And\n  - {LEAD}. And\n\n  {LEAD}. And",
        f"> {LEAD}. And\n> {LEAD}. And",
        f"\\[\n{LEAD}. And",
        f"# {LEAD}. And",
    ],
    ids=["bold", "link", "code", "fence", "table", "item", "quote", "formula", "heading"],
)
def test_what_has_begun_waits_for_its_end(markdown: str) -> None:
    """Nothing is spoken of what may still turn out to be something else."""
    reader = Reader(ENGLISH)

    assert reader.feed(markdown) == []
    assert reader.finish() == pieces_of(markdown)


def test_the_first_piece_is_short_and_the_later_ones_grow() -> None:
    """The voice begins early, and then stops less and less often."""
    pieces = pieces_of("This sentence has exactly fifty characters, blank. " * 60)

    assert [len(piece) // 51 + 1 for piece in pieces] == [1, 3, 5, 7, 9, 9, 9, 9, 8]


def test_very_long_sentences_are_cut_at_commas_and_blanks() -> None:
    """A sentence too long for the voice is cut where a reader would breathe."""
    assert pieces_of("One two three four, five six seven " * 2, longest=30) == [
        "One two three four,",
        "five six seven One two three",
        "four, five six seven.",
    ]
    assert pieces_of("a" * 70, longest=30) == ["a" * 30, "a" * 30, "a" * 10 + "."]


def test_a_voice_without_room_is_refused() -> None:
    """A voice that takes nothing at all is a mistake of the operator's."""
    with pytest.raises(ValueError, match="room"):
        Reader(ENGLISH, longest=0)


FRAGMENTS = st.sampled_from(
    [
        *(markdown for _, markdown, _ in CASES),
        *(
            "*",
            "**",
            "_",
            "`",
            "```",
            "~~~",
            "[",
            "](",
            ")",
            "<",
            ">",
            "|",
            "$",
            "$$",
            "\\[",
            "\\]",
        ),
        *(
            "- ",
            "1. ",
            "2) ",
            "# ",
            "> ",
            "    ",
            "---",
            "===",
            "<think>",
            "</think>",
            "\\",
            "&amp;",
        ),
        *(" ", "\n", "\n\n", ". ", "! ", "? ", "。", "！", "」", "”", "…", "؟ ", "\r\n", "\u00a0"),
        *(f"{LEAD}. ", "word ", "Слово ", "字", "वाक्य", "3.14", "😀", "\ud83d", "\ufdd1", "\x00"),
    ]
)
MARKDOWN = st.lists(FRAGMENTS | st.text(max_size=8), max_size=25).map("".join)


@given(MARKDOWN, st.lists(st.integers(0, 400), max_size=20))
def test_the_same_text_gives_the_same_pieces_however_it_came(text: str, cuts: list[int]) -> None:
    """After a crash I hear the same pieces, so that none is paid for twice."""
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    chunks = [text[start:end] for start, end in itertools.pairwise(places)]

    expected = pieces_of(text)

    assert pieces_of(*chunks) == expected
    assert pieces_of(*text) == expected


@given(MARKDOWN, st.integers(1, 200))
def test_the_pieces_say_what_the_whole_says(text: str, longest: int) -> None:
    """No word is lost, changed or repeated by reading in pieces, and the voice can take each."""
    pieces = pieces_of(text, longest=longest)

    assert [piece for piece in pieces if not re.search(r"[^\W_]", piece)] == []
    assert [piece for piece in pieces if len(piece) > longest or piece != piece.strip()] == []
    whole = for_the_ear(text, ENGLISH)
    assert re.sub(r"[\W_]+", "", "".join(pieces)) == re.sub(r"[\W_]+", "", whole)


BLOCKS = [
    *(
        f"{LEAD}. And more.",
        "A [link](https://a.example/x) and `code`. Next.",
        "*So. It* is.\nYes.",
    ),
    *(
        "# Heading",
        "```py\nx = 1\n\n- y\n```",
        "|a. B|b|\n|-|-|\n|1|2|",
        "> Quote. More\n> and more",
    ),
    *("- one\n- two\n\n  more", "1. one\n   - two\n2. three", "\\[\nx\n+ y\n\\]", "---"),
    *("Under\n---", "![A cat](cat.png)", "See https://a.example. Bye 😀", "你好。再见！"),
]


@given(st.lists(st.sampled_from(BLOCKS), max_size=8))
def test_each_block_is_read_as_if_it_stood_alone(blocks: list[str]) -> None:
    """What stands above or below a paragraph does not change how it is read to me."""
    alone = " ".join(filter(None, (for_the_ear(block, ENGLISH) for block in blocks)))

    assert for_the_ear("\n\n".join(blocks), ENGLISH) == alone


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "Hi! ",
        "*a. B ",
        "字。",
        "- a\n",
        "![",
        "\\(a. B ",
        "<a",
        "> ",
        "[a. B ",
        "😀",
        "# a\n",
    ],
)
def test_time_grows_with_the_length_alone(unit: str) -> None:
    """An endless answer keeps nobody else waiting, whatever is in it."""
    reader = Reader(ENGLISH)
    text = (unit * 100_000)[:100_000]

    pieces = [piece for character in text for piece in reader.feed(character)] + reader.finish()

    assert max(map(len, pieces), default=0) <= LONGEST
