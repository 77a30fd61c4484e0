"""What the bot says by itself is said in every language alike."""

import re
import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from bot.conversation.phrases import ENGLISH, LANGUAGES, closest, say
from bot.telegram.commands import COMMANDS, listed
from bot.telegram.markup import render
from tests.tdlib import commands, complaints

TRANSLATIONS = LANGUAGES[1:]

#: Something for every placeholder.
VALUES = {
    "access": "everybody",
    "commands": listed("en", is_group=False),
    "date": "2026-11-27",
    "failed": "0",
    "host": "example.org",
    "first": "2026-11-14",
    "hours": 1,
    "known": "1 000",
    "language": "Python",
    "last": "2026-11-27",
    "link": "https://t.me/a_bot?start=invite_A-b_c",
    "name": "Weather",
    "names": "Weather, Maps",
    "left": "0:07",
    "minutes": 1,
    "number": 1000,
    "parked": "0",
    "people": "12",
    "questions": "34",
    "ref": "4f2a",
    "seconds": 1,
    "state": "Done",
    "title": "**Porto**",
    "tokens": "5 678",
    "user": 7_000_000_001,
    "value": "English",
    "voice": "1:30",
    "words": "rain",
}

#: What stands beside a pressed button; Telegram takes 200 characters.
TOASTS = (
    "stop nothing",
    "press old",
    "press foreign",
    "press admins",
    "plugins full",
    "chats gone",
    "chats opened",
    "translate gone",
    "translate nothing",
    "translate later",
    "translate sent",
    "translate same",
    "translation full",
    "people nobody",
    "broadcast too long",
    "news are off",
    "parked retry done",
    "parked bury done",
    "parked gone",
)


def text_of(name: str, language: str) -> str:
    """A phrase as people see it."""
    return "".join(part.text for part in render(say(name, language, **VALUES)))


def marks(name: str, language: str) -> Counter[str]:
    """What a phrase has besides its words: placeholders, Markdown, bullets, paragraphs."""
    words = say(name, language, **{key: f"{{{key}}}" for key in VALUES})
    return Counter(re.findall(r"\{\w+\}|\*\*|[_`•■↻\n]", words))


def kinds(name: str, language: str) -> list[str]:
    """How a phrase is dressed when it is shown."""
    parts = render(say(name, language, **VALUES))
    return [entity.kind for part in parts for entity in part.entities]


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("DE", "de"),
        ("de_DE", "de"),
        ("pt-br", "pt"),
        ("pt", "pt"),
        ("zh-hans", "zh"),
        ("zh-hant", "zh"),
        ("zh-Hant-TW", "zh"),
        ("es-419", "es"),
        ("uk", "en"),
        ("den", "en"),
        ("", "en"),
        ("-", "en"),
        ("../de", "en"),
        (None, "en"),
        (7, "en"),
        ({"de": "AT"}, "en"),
    ],
)
def test_closest(tag: object, language: str) -> None:
    """Whatever my Telegram says I speak, the bot speaks the closest it can."""
    assert closest(tag) == language


def test_there_is_a_file_for_each_language() -> None:
    """Every translation is spoken, and what is spoken has a translation."""
    there = [file.name for file in (files("bot") / "locales").iterdir()]

    assert sorted(there) == sorted(f"{language}.toml" for language in TRANSLATIONS)


def test_a_language_nobody_taught_the_bot_is_answered_in_english() -> None:
    """I speak Klingon, and am understood at least in English."""
    assert say("stopped", "tlh") == ENGLISH["stopped"]


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_has_every_phrase_and_no_other(language: str) -> None:
    """Nothing is left in English, and nothing is translated that nobody says."""
    file = (files("bot") / "locales" / f"{language}.toml").read_text("utf-8")

    translated = tomllib.loads(file)

    assert list(translated) == list(ENGLISH)
    assert [name for name, words in translated.items() if not words.strip()] == []


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("name", ENGLISH)
def test_a_translation_is_made_like_the_original(language: str, name: str) -> None:
    """The same values, marks and paragraphs, dressed alike, and the same commands to press."""
    assert marks(name, language) == marks(name, "en")
    assert kinds(name, language) == kinds(name, "en")
    assert sorted(commands(text_of(name, language))) == sorted(commands(text_of(name, "en")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_telegram_takes_every_phrase_as_it_is(language: str) -> None:
    """No sentence of the bot's own is refused or changed on its way."""
    parts = {name: render(say(name, language, **VALUES)) for name in ENGLISH}

    assert {name: found for name, part in parts.items() if (found := complaints(part))} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_calls_the_buttons_by_their_names(language: str) -> None:
    """What the help speaks of I find under an answer."""
    for button in ("again", "stop"):
        assert say(button, language) in say("help", language, **VALUES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_pops_up_beside_a_button_is_short(language: str) -> None:
    """A word beside a button fits there."""
    assert [name for name in TOASTS if len(say(name, language, **VALUES)) > 200] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_described(language: str) -> None:
    """My menu says of each command what it does."""
    descriptions = [command.description(language) for command in COMMANDS]

    assert [text for text in descriptions if not 0 < len(text.strip()) <= 256] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "most"), [("about", 512), ("about short", 120)])
def test_what_the_bot_says_of_itself_fits(language: str, name: str, most: int) -> None:
    """Telegram takes the whole of it, however it counts characters."""
    assert len(say(name, language).encode("utf-16-le")) // 2 <= most


def test_every_described_command_exists() -> None:
    """No description is left of a command that is gone."""
    described = [name for name in ENGLISH if name.startswith("/")]

    assert described == [f"/{command.name}" for command in COMMANDS]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["broadcast draft", "broadcast sure"])
def test_one_is_as_right_as_many(name: str, language: str) -> None:
    """My broadcast is for one person, and I do not read "1 people" in any language."""
    words = say(name, language, number="1")

    assert re.search(r"[:：]\s?1[.。]", words)
