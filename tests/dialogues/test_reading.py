"""Everybody reads in their own language what stands in a group, and nobody else sees it."""

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.dialogues.test_menus import now, ticked

#: The store is the same on both databases, which other dialogues prove.
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

LONG = "Guten Morgen. " * 20


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 5.0


@pytest.fixture
def yuki(telegram: TelegramSandbox, bot: RunningBot) -> Person:
    """Somebody from Osaka."""
    return telegram.person("Yuki", language="ja")


@pytest.fixture
async def answered(
    telegram: TelegramSandbox,
    anna: Person,
    bruno: Person,
    yuki: Person,
    ondemand: OnDemandSandbox,
) -> Group:
    """A group in which Anna asked something."""
    group = telegram.group("Trip", anna, bruno, yuki, telegram.bot)
    ondemand.assistant.will_say("**Good morning.** How are you?")
    await anna.says("/ask What do I say?", in_=group)
    await anna.reads(in_=group, when=is_final)
    return group


async def test_everybody_may_read_an_answer_in_their_language(
    answered: Group, bruno: Person, yuki: Person, ondemand: OnDemandSandbox
) -> None:
    """We press the same button, and each of us reads our own language; nobody posts anything."""
    spanish = await bruno.presses("🌐 Translate", in_=answered)
    japanese = await yuki.presses("🌐 Translate", in_=answered)
    again = await yuki.presses("🌐 Translate", in_=answered)

    assert spanish is not None
    assert japanese is not None
    assert (spanish.text, spanish.alert) == ("Buenos días. ¿Cómo estás?", True)
    assert japanese.text == "おはようございます。お元気ですか？"
    assert again == japanese
    assert len(ondemand.calls("translate")) == 2
    assert len([read for read in bruno.sees(in_=answered) if read.is_bot]) == 1


async def test_who_reads_it_already_is_told_so(answered: Group, anna: Person) -> None:
    """It reads the same in my language."""
    told = await anna.presses("🌐 Translate", in_=answered)

    assert told is not None
    assert told.text == say("translate same", "en", name="English")


async def test_what_is_long_comes_in_private(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """More than fits into a pop-up: I get it where I talk with the bot."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    ondemand.assistant.will_say(LONG)
    await bruno.says("/start")
    await bruno.reads()
    await anna.says("/ask Say a lot.", in_=group)
    await anna.reads(in_=group, when=is_final)

    told = await bruno.presses("🌐 Translate", in_=group)

    (read,) = await bruno.reads(when=lambda read: read.chat == bruno.id)
    assert told is not None
    assert told.text == say("translate sent", "es")
    assert read.text == ("Buenos días. " * 20).strip()


async def test_where_telegram_can_i_alone_see_it_in_the_group(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """More than fits into a pop-up: I get it where I pressed, without having written to the bot."""
    anna.cloud.knows_whispers = True
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    ondemand.assistant.will_say(LONG)
    await anna.says("/ask Say a lot.", in_=group)
    await anna.reads(in_=group, when=is_final)

    told = await bruno.presses("🌐 Translate", in_=group)
    before = len(bruno.sees(in_=group))
    await bruno.presses("🌐 Translate", in_=group)

    assert told is not None
    assert told.text == ""
    assert bruno.was_whispered() == [("Buenos días. " * 20).strip()] * 2
    assert anna.was_whispered() == []
    assert len(bruno.sees(in_=group)) == before
    assert len(telegram.calls("deleteEphemeralMessage")) == 1


async def test_what_telegram_would_show_to_all_is_not_whispered(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """The server is older than it told, and shows all of us what was for me: it does so once."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    ondemand.assistant.will_say(LONG)
    await bruno.says("/start")
    await bruno.reads()
    await anna.says("/ask Say a lot.", in_=group)
    (answer,) = await anna.reads(in_=group, when=is_final)
    telegram.will("too_long", method="deleteEphemeralMessage", times=1)

    await bruno.presses("🌐 Translate", in_=group)
    await bruno.reads(when=lambda read: read.chat == bruno.id)
    await bruno.presses("🌐 Translate", in_=group)
    await bruno.reads(when=lambda read: read.chat == bruno.id)

    assert [read.text for read in anna.sees(in_=group) if read.is_bot] == [answer.text]
    assert len(telegram.calls("deleteMessage")) == 1


async def test_who_never_wrote_to_the_bot_is_led_there(
    telegram: TelegramSandbox, anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """The bot may not write to me first: a link opens our chat, and brings what I pressed for."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    ondemand.assistant.will_say(LONG)
    await anna.says("/ask Say a lot.", in_=group)
    await anna.reads(in_=group, when=is_final)

    told = await bruno.presses("🌐 Translate", in_=group)
    assert told is not None
    assert told.url is not None
    link, _, start = told.url.partition("?start=")
    await bruno.says(f"/start {start}")
    (read,) = await bruno.reads(when=lambda read: read.chat == bruno.id)
    await bruno.says(f"/start {start[:-4]}AAAA")
    (other,) = await bruno.reads(when=lambda read: read.chat == bruno.id)

    assert link == "https://t.me/ondemand_sandbox_bot"
    assert read.text == ("Buenos días. " * 20).strip()
    assert other.text == say("translate expired", "es")
    assert len(ondemand.calls("translate")) == 1


async def test_a_slow_translation_holds_up_nobody_elses_button(
    answered: Group, anna: Person, bruno: Person, yuki: Person, ondemand: OnDemandSandbox
) -> None:
    """Bruno waits for his; meanwhile the others press, and are answered at once."""
    ondemand.will("slow", operation="translate", times=1, seconds=3)
    ondemand.will("unknown_error", operation="translate", times=1)

    await bruno.presses("🌐 Translate", in_=answered, timeout=0.1)
    told = await yuki.presses("🌐 Translate", in_=answered, timeout=2)
    other = await anna.presses("↻ Again", in_=answered, timeout=2)

    assert told is not None
    assert told.text.startswith("おはよう")
    assert other is not None


async def test_nobody_can_translate_right_now(
    answered: Group, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """I am told to press again, and when I do it works."""
    ondemand.will("unknown_error", operation="translate", times=1)
    ondemand.will("model_error", operation="submit_query", times=1)

    told = await bruno.presses("🌐 Translate", in_=answered)
    again = await bruno.presses("🌐 Translate", in_=answered)

    assert told is not None
    assert again is not None
    assert told.text == say("translate later", "es")
    assert again.text.startswith("Buenos días")


async def test_i_choose_what_i_read(answered: Group, bruno: Person) -> None:
    """My app is Spanish, and I read Hindi; the menu says so, and the next press obeys."""
    await bruno.says("/mylanguage")
    (menu,) = await bruno.reads(when=lambda read: read.chat == bruno.id)
    assert ticked(menu) == ["Automático", "Traducir lo que escribo en grupos"]

    await bruno.presses("🇮🇳 हिन्दी", message=menu)
    await bruno.presses("✅ Traducir lo que escribo en grupos", message=menu)
    told = await bruno.presses("🌐 Translate", in_=answered)

    assert ticked(now(bruno, menu)) == ["🇮🇳 हिन्दी"]
    assert told is not None
    assert told.text == "सुप्रभात। आप कैसे हैं?"
    await bruno.presses("Automático", message=menu)
    assert ticked(now(bruno, menu)) == ["Automático"]


async def test_in_private_an_answer_is_translated_below(
    bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """It is in English and I read Spanish; one I can read is translated into what I choose."""
    ondemand.assistant.will_say("**Good morning.** How are you?")
    await bruno.says("What do I say?")
    (answer,) = await bruno.reads(when=is_final)
    assert "🌐 Traducir" in labels(answer)

    await bruno.presses("🌐 Traducir")
    (below,) = await bruno.reads()
    ondemand.assistant.will_say("¿Dónde estás? Muchas gracias. Hasta mañana.")
    await bruno.says("¿Y en español?")
    (other,) = await bruno.reads(when=is_final)
    await bruno.presses("🌐 Traducir", message=other)
    (menu,) = await bruno.reads()
    await bruno.presses("🇫🇷 Français")

    assert below.text == "Buenos días. ¿Cómo estás?"
    assert menu.text == say("translate into", "es")
    await bruno.sees_eventually(
        lambda seen: seen[-1].text == "Où es-tu ? Merci beaucoup. À demain."
    )
