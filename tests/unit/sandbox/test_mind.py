"""What the sandbox's assistant answers."""

import re

import pytest

from bot.sandbox.ondemand.mind import Exchange, File, Question, think

_TALK = (Exchange("My name is Zoë.", "Nice to meet you."), Exchange("What is a moon?", "A rock."))
_NOTES = (File("tides.txt", "High water at noon."), File("Moons.pdf", "Io\nEuropa\n" + "x " * 900))


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (Question("My name is Zoë."), "Nice to meet you, Zoë!"),
        (Question("What is my name?", history=_TALK), "**Zoë**"),
        (Question("What is my name?"), "You have not told me"),
        (Question("What did I say before?", history=_TALK), "2. What is a moon?"),
        (Question("Do you remember me?"), "the first thing"),
        (Question("Which plugins do you have?", plugins=("Weather", "Maps")), "- **Maps**"),
        (Question("Which tools?"), "no plugins"),
        (Question("What files are there?", files=_NOTES), "- `Moons.pdf`"),
        (Question("What does the file say?", files=_NOTES), "> Europa"),
        (Question("Read the file tides.txt", files=_NOTES), "> High water at noon."),
        (Question("Summarise the document"), "no file"),
        (Question("What is 6 * 7?"), "**42**"),
        (Question("1.5 + 2.25"), "**3.75**"),
        (Question("3 / 0"), "divided by zero"),
        (Question("What is on 2026-11-22?"), "assistant of the **sandbox**"),
        (Question("Translate to Spanish: Good morning."), "Buenos días."),
        (Question("Please translate this into ja:\nThank you."), "ありがとうございます。"),
        (Question("Translate to German: Quark is strange"), "[de] Quark is strange"),
        (Question("Translate this to verse: Hello"), "assistant of the **sandbox**"),
        (Question("Hello"), "Hello! How are you?"),
        (Question("¡Hola!"), "¡Hola! ¿Cómo estás?"),
        (Question("спасибо"), "Не за что."),
        (Question("Give me a table"), "|:---|---:|:---:|"),
        (Question("Show me some code"), "```python"),
        (Question("a list of steps please"), "   - warm the pot,"),
        (Question("Plan two days in Porto."), "# Two days in Porto"),
        (Question("What is the weather in Porto?"), "Choose it with `/plugins`"),
        (Question("What is the weather in Porto?", plugins=("Weather",)), "**17 °C**"),
        (Question("Search for lighthouses"), "*lighthouses*"),
        (Question("Why?", history=_TALK, plugins=("Maps",), files=_NOTES), "our session: 2"),
    ],
    ids=lambda value: value.text if isinstance(value, Question) else "",
)
def test_an_answer_follows_the_rules(question: Question, says: str) -> None:
    """Memory, plugins, files, sums, translation, small talk and Markdown: each when asked for."""
    assert says in think(question).text


def test_all_of_markdown_is_shown_at_once() -> None:
    """One answer has every form of Markdown the bot must be able to show."""
    text = think(Question("Show me all of Markdown")).text

    for form in (
        "| Planet",
        "```python",
        "1. First",
        "> The map",
        "](https://",
        "**Bold**",
        "# A title",
    ):
        assert form in text


@pytest.mark.parametrize(
    ("asked", "pattern"),
    [
        ("Write 5000 characters", r".{5000}"),
        ("Write 300 words", r"(\S+\s+){299}\S+"),
        ("Write 7 paragraphs", r"([^\n]+\n\n){6}[^\n]+"),
        ("Write a long story", r".{6000}"),
    ],
)
def test_a_text_is_as_long_as_asked_for(asked: str, pattern: str) -> None:
    """Long answers come in the length one wants to test with."""
    assert re.fullmatch(pattern, think(Question(asked)).text, re.S)


def test_a_search_has_sources() -> None:
    """What was found comes with where it was found."""
    answer = think(Question("Search for lighthouses"))

    assert [source.url for source in answer.sources] == [
        "https://example.org/about",
        "https://example.com/second",
    ]
