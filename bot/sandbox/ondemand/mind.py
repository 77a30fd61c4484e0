"""What the sandbox's assistant thinks: rules, no model.

It remembers its session, knows the names of its plugins and the text of its files, calculates,
translates from the phrase book, and shows every form of Markdown on request. To anything else it
says what it is. Pure: the same question gets the same answer.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.sandbox.ondemand import samples
from bot.sandbox.ondemand.dialects import Answer, Source
from bot.sandbox.phrasebook import LANGUAGES, translate


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier question of the session, and its answer."""

    query: str
    answer: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of the session, and what is known of its content."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """Everything the assistant knows when it answers."""

    text: str
    history: Sequence[Exchange] = ()
    files: Sequence[File] = ()
    plugins: Sequence[str] = ()


def think(question: Question) -> Answer:
    """Answer by the first rule that has something to say; the last one always has."""
    for rule in _RULES:
        if answer := rule(question):
            return answer if isinstance(answer, Answer) else Answer(answer)
    return Answer(_introduce(question))


_NAMES = {
    "english": "en", "spanish": "es", "french": "fr", "german": "de", "portuguese": "pt",
    "russian": "ru", "arabic": "ar", "hindi": "hi", "chinese": "zh", "japanese": "ja",
}  # fmt: skip
_TRANSLATE = re.compile(
    r"translate\b.*?\b(?:in)?to (?P<language>[a-z]+)\b[^:\n]*[:\n]\s*(?P<text>.+)", re.I | re.S
)
_NAME = re.compile(r"\bmy name is (?P<name>[^\W\d_][\w'-]*)", re.I)
_SUM = re.compile(
    r"(?<![\d.-])(?P<a>-?\d+(?:\.\d+)?)\s*(?P<sign>[-+*/x×÷])\s*(?P<b>-?\d+(?:\.\d+)?)(?![\d-])"
)
_SEARCH = re.compile(r"\b(?:search|news|sources?)\b(?:\s+(?:for|about|on))?\s*(?P<what>.*)", re.I)
_MANY = re.compile(r"\b(?P<count>\d{1,6})\s+(?P<unit>characters|words|paragraphs)\b", re.I)


def _translation(question: Question) -> str | None:
    match = _TRANSLATE.search(question.text)
    language = _NAMES.get(match["language"].lower(), match["language"].lower()) if match else ""
    if not match or (language not in LANGUAGES and len(language) != 2):
        return None
    return translate(match["text"].strip(), language)


def _name(question: Question) -> str | None:
    if told := _NAME.search(question.text):
        return (
            f"Nice to meet you, {told['name']}! I will remember that as long as this session lives."
        )
    if not _says(question, r"\bmy name\b|\bwho am i\b"):
        return None
    for exchange in reversed(question.history):
        if told := _NAME.search(exchange.query):
            return f"Your name is **{told['name']}**: you told me so in this session."
    return "You have not told me your name in this session."


def _memory(question: Question) -> str | None:
    if not _says(
        question, r"\bwhat did i (?:say|ask|write)\b|\bremember\b|\bsummar\w+ (?:our|this) c"
    ):
        return None
    if not question.history:
        return "This is the first thing you say in this session."
    asked = [f"{n}. {_quoted(e.query)}" for n, e in enumerate(question.history, 1)]
    return "So far in this session you said:\n\n" + "\n".join(asked[-20:])


def _plugins(question: Question) -> Answer | str | None:
    if not _says(question, r"\b(?:plugins?|tools?|agents?)\b"):
        return None
    if not question.plugins:
        return "I was given no plugins for this question."
    named = "\n".join(f"- **{name}**" for name in question.plugins)
    return f"For this question I was given these plugins:\n\n{named}"


def _files(question: Question) -> str | None:
    if not _says(question, r"\b(?:files?|documents?|pictures?|images?|photos?|attach\w*|pdf)\b"):
        return None
    if not question.files:
        return "There is no file in this session."
    if _says(question, r"\b(?:which|what files|list|how many)\b"):
        return "In this session are:\n\n" + "\n".join(f"- `{file.name}`" for file in question.files)
    named = [file for file in question.files if file.name.lower() in question.text.lower()]
    file = (named or question.files)[-1]
    shown = f"{file.text[:1500]} …" if len(file.text) > 1500 else file.text
    quoted = "\n".join(f"> {line}" for line in shown.splitlines()) or "> (nothing)"
    return f"`{file.name}` has {len(file.text.split())} words. It begins:\n\n{quoted}"


def _search(question: Question) -> Answer | None:
    match = _SEARCH.search(question.text)
    if not match:
        return None
    what = match["what"].strip(" ?.!") or "everything"
    found = Source(f"All about {what}"[:80], "https://example.org/about")
    text = f"I searched for *{_quoted(what)}* and found [one page]({found.url}) that I made up."
    return Answer(text, sources=(found, Source("A second page", "https://example.com/second")))


def _sum(question: Question) -> str | None:
    match = _SUM.search(question.text)
    if not match:
        return None
    a, b = float(match["a"]), float(match["b"])
    if match["sign"] in "/÷":
        return "Nothing can be divided by zero." if not b else f"That is **{a / b:.12g}**."
    value = {"+": a + b, "-": a - b}.get(match["sign"], a * b)
    return f"That is **{value:.12g}**."


def _long(question: Question) -> str | None:
    if match := _MANY.search(question.text):
        return samples.long_text(int(match["count"]), match["unit"].lower())
    if _says(question, r"\blong\b.*\b(?:text|answer|story|reply)\b"):
        return samples.long_text(6000, "characters")
    return None


def _markdown(question: Question) -> str | None:
    wanted = [text for word, text in samples.SHOWN.items() if _says(question, rf"\b{word}")]
    if _says(question, r"\bmarkdown\b|\bformatting\b"):
        wanted = list(samples.SHOWN.values())
    return "\n\n".join(dict.fromkeys(wanted)) if wanted else None


def _small_talk(question: Question) -> str | None:
    for phrase, reply in samples.SMALL_TALK.items():
        for language in LANGUAGES:
            if _bare(question.text) == _bare(translate(phrase, language)):
                return translate(reply, language)
    return None


def _journey(question: Question) -> str | None:
    is_asked = _says(question, r"\bporto\b.*\bdays?\b|\bdays?\b.*\bporto\b")
    return samples.PORTO if is_asked else None


def _weather(question: Question) -> str | None:
    if not _says(question, r"\bweather\b"):
        return None
    return samples.WEATHER if "Weather" in question.plugins else samples.NO_WEATHER


def _introduce(question: Question) -> str:
    earlier = len(question.history)
    lines = [
        f"You said: {_quoted(question.text)}",
        "",
        "I am the assistant of the **sandbox**: I follow rules and think nothing of my own.",
        "",
        f"- Questions before this one in our session: {earlier}",
        f"- Plugins I was given: {', '.join(question.plugins) or 'none'}",
        f"- Files I can read: {', '.join(f'`{f.name}`' for f in question.files) or 'none'}",
        "",
        "Ask me for *a table*, *code*, *a list*, *a long answer* or *all of Markdown*; tell me "
        "your name and ask for it later; let me calculate `6 * 7`; or ask what your file says.",
    ]
    return "\n".join(lines)


def _says(question: Question, pattern: str) -> bool:
    return re.search(pattern, question.text, re.I) is not None


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[:200]} …" if len(line) > 200 else line


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()


_RULES: tuple[Callable[[Question], Answer | str | None], ...] = (
    _translation,
    _small_talk,
    _name,
    _memory,
    _plugins,
    _long,
    _sum,
    _journey,
    _weather,
    _search,
    _markdown,
    _files,
)
