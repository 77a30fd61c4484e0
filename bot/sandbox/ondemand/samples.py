"""Texts the assistant shows: each form of Markdown, small talk, and as much prose as one wants."""

import re

_TABLE = """| Planet | Moons | A day lasts |
|:---|---:|:---:|
| Mercury | 0 | 176 days |
| Earth | 1 | 24 hours |
| Jupiter | 101 | 10 hours |"""

_CODE = '''Here is a function:

```python
def fibonacci(count: int) -> list[int]:
    """Return the first Fibonacci numbers."""
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]
```

Call it with `fibonacci(10)`.'''

_LIST = """1. First, boil the water.
2. Then:
   - warm the pot,
   - put in the leaves,
     - one spoon for each guest,
     - and one for the pot.
3. Wait for four minutes."""

_QUOTE = """> The map is not the territory.
>
> > Nor is the sandbox the world."""

_LINKS = "Read [the guide](https://example.org/guide) or write to <help@example.org>."
_STYLES = "**Bold**, *italic*, ***both***, ~~struck~~ and `code`."
_HEADINGS = "# A title\n\nSome words.\n\n## A part of it\n\nMore words.\n\n---"
_MATH = "The energy is $E = mc^2$, and\n\n$$\\int_0^1 x^2 \\, dx = \\frac{1}{3}$$"
_LETTERS = "Ünïcödé 👩‍👩‍👧 🇺🇳 — مرحبا بالعالم — नमस्ते — 你好，世界 — <b>not & a tag</b>"  # fmt: skip

#: What to show for which word of a question.
SHOWN = {
    "table": _TABLE,
    "code": _CODE,
    "function": _CODE,
    "list": _LIST,
    "steps": _LIST,
    "quote": _QUOTE,
    "link": _LINKS,
    "bold": _STYLES,
    "heading": _HEADINGS,
    "formula": _MATH,
    "emoji": _LETTERS,
}

#: What to say to whom, in the words of the phrase book.
SMALL_TALK = {
    "Hello!": "Hello! How are you?",
    "Good morning.": "Good morning. How are you?",
    "Good evening.": "Good evening. How are you?",
    "How are you?": "I am fine, thank you.",
    "Thank you.": "You are welcome.",
    "Thank you very much.": "You are welcome.",
    "Nice to meet you.": "Nice to meet you.",
    "Goodbye.": "Goodbye. See you tomorrow.",
    "Good night.": "Good night.",
}

#: What to say to whom asks for two days in Porto.
PORTO = """# Two days in Porto

## The old town

- *Morning:* climb the **Clérigos tower** before the queue forms, then walk down to São Bento, the station with twenty thousand painted tiles.
- *Noon:* a francesinha. Half of one feeds two.
- *Afternoon:* through the lanes of the Ribeira to the river, and over the upper deck of the Dom Luís bridge.
- *Evening:* a tasting in a port lodge of Gaia, with the lights of the city across the water.

## The sea

- *Morning:* tram 1 along the Douro to Foz, where the river meets the Atlantic.
- *Noon:* grilled sardines in Matosinhos.
- *Afternoon:* the museum and the gardens of **Serralves**.
- *Evening:* the sunset from the Jardim do Morro.

| For each of you | Euros |
|:---|---:|
| Clérigos tower | 8 |
| Port tasting | 20 |
| Tram 1 | 6 |
| Serralves | 24 |

> Good shoes matter more than the plan: Porto is built on hills.

Opening hours are at [visitporto.travel](https://visitporto.travel). Shall I add a day in the Douro valley?"""  # noqa: E501  # A text is read as it is.

#: What to say of the weather, with a tool for it and without.
WEATHER = """In Porto it is **17 °C** and the sun is out; tomorrow brings rain from the sea.

| | Morning | Afternoon | Rain |
|:---|---:|---:|---:|
| Today | 13 °C | 17 °C | 10 % |
| Tomorrow | 12 °C | 15 °C | 80 % |

Take a jacket for the evening. I am the assistant of the sandbox, and made this up."""
NO_WEATHER = """I cannot see the sky from here: I was given no **Weather** plugin for this question. Choose it with `/plugins` and ask me again.

What I know without it: Porto is mild all year, and in autumn it rains on every second day. An umbrella is never wrong."""  # noqa: E501  # As above.

_STORY = (
    "The lighthouse keeper counted the ships every evening.",
    "Some carried oranges, some carried letters, and one carried nothing at all.",
    "Nobody on the coast could say where that one was going.",
    "On the third night it answered the light with a light of its own.",
    "He wrote it down, with the hour and the weather, as he wrote down everything.",
)


_MOST = 250  # paragraphs, some 80 000 characters


def long_text(amount: int, unit: str) -> str:
    """Return a story of so many `characters`, `words` or `paragraphs`, at most 250 paragraphs.

    The paragraphs are numbered, so that a missing one is seen.
    """
    paragraphs = [f"**{number}.** {' '.join(_STORY)}" for number in range(1, _MOST + 1)]
    if unit == "paragraphs":
        return "\n\n".join(paragraphs[:amount])
    text = "\n\n".join(paragraphs)
    if unit == "characters":
        return text[:amount]
    return "".join(re.findall(r"\S+\s*", text)[:amount]).rstrip()
