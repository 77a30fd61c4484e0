"""Everybody is spoken to in the language of their Telegram."""

import re

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.telegram.commands import listed
from bot.telegram.markup import render
from tests.dialogues.conftest import RunningBot, grows, is_final, labels

#: The store is the same on both databases, which other dialogues prove.
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

SLOW = "One sentence comes first. " + "Then it goes on and on. " * 40


def shown(phrase: str, language: str, **values: object) -> str:
    """A phrase as it is read."""
    return "".join(part.text for part in render(say(phrase, language, **values)))


@pytest.fixture
def dora(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """Somebody from Vienna."""
    return telegram.person("Dora", language="de-AT")


async def test_i_am_greeted_and_helped_in_my_language(dora: Person) -> None:
    """I press Start, ask for help and begin anew, all in German."""
    for command in ("/start", "/help", "/new", "/stop"):
        await dora.says(command)

    commands = listed("de", is_group=False)
    assert [read.text for read in await dora.reads(4)] == [
        shown("start", "de"),
        shown("help", "de", commands=commands),
        shown("new", "de"),
        shown("stop nothing", "de"),
    ]
    assert "/new — Ein neues Gespräch beginnen" in commands


async def test_buttons_and_notes_are_in_my_language(
    dora: Person, ondemand: OnDemandSandbox
) -> None:
    """I stop an answer by a button that I can read, and could have it made again by another."""
    ondemand.assistant.will_say(SLOW, word_delay=0.2)
    await dora.says("Erzähl mir etwas.")
    (growing,) = await dora.reads(when=grows)

    await dora.presses("■ Stopp")
    _, stopped = await dora.sees_eventually(lambda seen: is_final(seen[-1]))

    assert labels(growing) == ["■ Stopp"]
    assert stopped.text.endswith("Hier gestoppt.")
    assert labels(stopped) == ["🔊 Anhören", "🌐 Übersetzen", "↻ Nochmal"]


async def test_what_went_wrong_is_told_in_my_language(
    dora: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """A question is refused, asked for again and refused, and a message is poison: in German."""
    ondemand.will("policy_refusal", operation="submit_query")

    await dora.says("Was ist eine Monade?")

    (refusal,) = await dora.reads()
    message = {**telegram.updates()[-1]["message"], "entities": 7, "message_id": 77}
    telegram.inject({"message": message})
    (poison,) = await dora.reads()
    for read, phrase in ((refusal, "refused subject"), (poison, "gave up")):
        reference = re.search(r"\w+$", read.text)
        assert reference is not None
        assert read.text == shown(phrase, "de", ref=reference[0])


async def test_an_answer_made_again_fails_in_my_language(
    dora: Person, ondemand: OnDemandSandbox
) -> None:
    """I press Again, which reaches the bot by a way of its own, and the refusal is German too."""
    await dora.says("Was ist eine Monade?")
    await dora.reads(when=is_final)
    ondemand.will("policy_refusal", operation="submit_query")

    await dora.presses("↻ Nochmal")

    await dora.sees_eventually(lambda seen: seen[-1].text.startswith("Darüber möchte"))


async def test_in_a_group_everybody_is_told_in_their_own(
    telegram: TelegramSandbox, dora: Person, bruno: Person
) -> None:
    """Dora speaks German and Bruno Spanish; each is told in theirs, and buttons are the asker's."""
    group = telegram.group("Reise", dora, bruno, telegram.bot)

    await dora.says("/ask", in_=group)
    (to_dora,) = await dora.reads(in_=group)
    await bruno.says("/ask", in_=group)
    (to_bruno,) = await dora.reads(in_=group)
    await bruno.says("/ask ¿Dónde está Oporto?", in_=group)
    (answer,) = await dora.reads(in_=group, when=is_final)
    pressed = await dora.presses("↻ Otra vez", in_=group)

    assert to_dora.text == shown("ask usage", "de")
    assert to_bruno.text == shown("ask usage", "es")
    assert labels(answer) == ["🔊 Escuchar", "🌐 Traducir", "↻ Otra vez"]
    assert pressed is not None
    assert pressed.text == say("press foreign", "de")


@pytest.mark.parametrize("language", [None, "tlh"])
async def test_somebody_without_a_language_of_ours_is_spoken_to_in_english(
    telegram: TelegramSandbox, bot: RunningBot, language: str | None
) -> None:
    """My Telegram does not say what I speak, or something the bot never learnt."""
    kor = telegram.person("Kor", language=language)

    await kor.says("/start")

    (hello,) = await kor.reads()
    assert hello.text == shown("start", "en")
