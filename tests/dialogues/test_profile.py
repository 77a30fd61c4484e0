"""What people see of the bot before they write to it."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.conversation.phrases import LANGUAGES, say
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.telegram.profile import announce
from tests.dialogues.conftest import HurryingClock, is_final
from tests.waiting import until

#: Calls that set something: two menus and two texts in each language.
ALL = 4 * len(LANGUAGES)

#: Under which codes Telegram keeps texts. What has none is for everybody.
CODES = {language: language if language != "en" else "" for language in LANGUAGES}


@pytest.fixture
def pace() -> float:
    """Pauses between attempts pass in a moment."""
    return 40.0


@pytest.fixture
async def hand(telegram: TelegramSandbox) -> AsyncIterator[Bot]:
    """The bot's hand on Telegram, and the operator's: @BotFather sets the same texts."""
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as bot:
        yield bot


def done(telegram: TelegramSandbox) -> int:
    """How often the bot set something and was told it is done."""
    return sum(call.method.startswith("setMy") and call.status == 200 for call in telegram.calls())


async def descriptions(hand: Bot) -> dict[str, str]:
    """What stands in an empty chat with the bot, by language."""
    return {
        language: (await hand.get_my_description(code)).description
        for language, code in CODES.items()
    }


async def short_descriptions(hand: Bot) -> dict[str, str]:
    """What stands in the bot's profile, by language."""
    return {
        language: (await hand.get_my_short_description(code)).short_description
        for language, code in CODES.items()
    }


def ours(phrase: str) -> dict[str, str]:
    """What we say of the bot, by language."""
    return {language: say(phrase, language) for language in LANGUAGES}


async def test_everybody_finds_everything_in_their_language(
    telegram: TelegramSandbox, hand: Bot, clock: HurryingClock
) -> None:
    """Before I press Start I can read what the bot is, and its menu, also in my group."""
    people = {language: telegram.person("Somebody", language=language) for language in LANGUAGES}
    people["en"] = telegram.person("Kor", language="tlh")

    await announce(hand, clock, stopping=asyncio.Event())

    assert await descriptions(hand) == ours("about")
    assert await short_descriptions(hand) == ours("about short")
    for language, person in people.items():
        group = telegram.group("Trip", person, telegram.bot)
        for place in (None, group):
            menu = {
                each["command"]: each["description"] for each in person.sees_commands(in_=place)
            }
            assert menu["help"] == say("/help", language)
            assert ("ask" in menu) is (place is group)
    assert done(telegram) == ALL


async def test_a_start_with_everything_in_place_writes_no_text_again(
    telegram: TelegramSandbox, hand: Bot, clock: HurryingClock
) -> None:
    """The bot is started often; Telegram would not like it to write the same again and again."""
    await announce(hand, clock, stopping=asyncio.Event())

    await announce(hand, clock, stopping=asyncio.Event())

    for text in ("setMyDescription", "setMyShortDescription"):
        assert len(telegram.calls(text)) == len(LANGUAGES)


async def test_what_the_operator_wrote_for_everybody_stands_alone(
    hand: Bot, clock: HurryingClock
) -> None:
    """I told @BotFather what my bot is for, and no language says something else."""
    await hand.set_my_description("Ask me about trains.")

    await announce(hand, clock, stopping=asyncio.Event())

    assert set((await descriptions(hand)).values()) == {"Ask me about trains."}
    assert await short_descriptions(hand) == ours("about short")


async def test_what_the_operator_wrote_in_a_language_is_kept(
    hand: Bot, clock: HurryingClock
) -> None:
    """I wrote German myself; the other languages are filled in."""
    await hand.set_my_short_description("Fragen zur Bahn.", "de")

    await announce(hand, clock, stopping=asyncio.Event())

    expected = {**ours("about short"), "de": "Fragen zur Bahn."}
    assert await short_descriptions(hand) == expected


async def test_a_bot_that_is_ended_begins_nothing_more(
    telegram: TelegramSandbox, hand: Bot, clock: HurryingClock
) -> None:
    """Told to end while Telegram is away, the bot does not sit through its pauses."""
    telegram.will("bad_gateway", method="setMyCommands")
    telegram.will("bad_gateway", method="getMyDescription")
    stopping = asyncio.Event()
    clock.pace = 0.001  # One second of a pause would take longer than the test.
    announcing = asyncio.create_task(announce(hand, clock, stopping=stopping))
    await until(lambda: telegram.calls("setMyCommands"))

    stopping.set()

    async with asyncio.timeout(5):
        await announcing
    assert done(telegram) == 0


@pytest.mark.parametrize("behaviour", ["bad_gateway", "flood"])
async def test_a_moments_trouble_is_borne(
    telegram: TelegramSandbox, hand: Bot, clock: HurryingClock, behaviour: str
) -> None:
    """Telegram is away or busy when the bot starts; everything is in its place soon after."""
    telegram.will(behaviour, method="setMyCommands", times=3)
    telegram.will(behaviour, method="getMyDescription", times=1)

    await announce(hand, clock, stopping=asyncio.Event())

    assert await descriptions(hand) == ours("about")
    assert done(telegram) == ALL


@pytest.fixture
def refusing(telegram: TelegramSandbox) -> None:
    """Telegram takes no menu and no text for a day, beginning before the bot starts."""
    for method in ("setMyCommands", "getMyDescription", "setMyShortDescription"):
        telegram.will("flood", method=method, seconds=86_400)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("pace", [1.0])
async def test_a_bot_that_cannot_be_announced_answers_all_the_same(
    refusing: None, anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Telegram takes no menu and no text; I am answered at once, and the operator is warned."""
    await anna.says("What is a monad?")

    await anna.reads(when=is_final)
    await until(lambda: [r for r in caplog.records if r.getMessage() == "not announced"])
    (record,) = [r for r in caplog.records if r.getMessage() == "not announced"]
    assert record.levelno == logging.WARNING
    assert record.__dict__["calls"] == [
        "getMyDescription: RetryAfter",
        "setMyCommands: RetryAfter",
        "setMyShortDescription: RetryAfter",
    ]
