"""The assistant's tools: found, switched, kept as sets, really used, and honestly lost."""

from datetime import timedelta
from typing import Any

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import HurryingClock, RunningBot, is_final, labels
from tests.dialogues.test_menus import data_of, ticked

UNSURE = "I cannot see the whole list right now"
WEATHER, MAPS = "1750100001", "1750100007"
ONLY_HERE, EVERYWHERE = "📌 Only in this conversation", "↺ As in all conversations"
MAPS_UNNAMED = f"plugin-{MAPS}"

#: For what is no matter of the database.
ON_ONE_DATABASE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@pytest.fixture
def pace() -> float:
    """Much is pressed here, and Telegram wants a second between the changes of a message."""
    return 20.0


async def opened(person: Person, words: str = "", *, in_: Group | None = None) -> Read:
    """The menu of tools, opened, perhaps with a search."""
    await person.says(f"/plugins {words}".strip(), in_=in_)
    (menu,) = await person.reads(in_=in_, when=lambda read: bool(read.keyboard))
    return menu


async def said_to(person: Person, words: str) -> str:
    """What the bot says to this."""
    await person.says(words)
    (said,) = await person.reads()
    return said.text


def now(person: Person, menu: Read, *, in_: Group | None = None) -> Read:
    """The menu as it stands there now."""
    (read,) = [read for read in person.sees(in_=in_) if read.id == menu.id]
    return read


async def replied(person: Person, menu: Read, words: str, expected: str) -> Read:
    """The menu after a reply to it, once it says this."""
    await person.says(words, reply_to=menu)
    await person.sees_eventually(
        lambda seen: any(each.id == menu.id and expected in each.text for each in seen)
    )
    return now(person, menu)


async def answer_to(person: Person, question: str, *, in_: Group | None = None) -> Read:
    """The whole answer to a question."""
    await person.says(question, in_=in_)
    (answer,) = await person.reads(when=is_final, in_=in_)
    return answer


def asked_with(ondemand: OnDemandSandbox) -> list[list[str]]:
    """The tools of every question, without what their names begin with."""
    return [
        [each.removeprefix("agent-") for each in call.body.get("agentIds", [])]
        for call in ondemand.calls("submit_query")
    ]


async def test_i_switch_tools_on_and_they_are_used(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """I tick two tools in one message; my next question goes with them, also after a restart."""
    ondemand.assistant.will_say("It will rain.")
    menu = await opened(anna, "weather")
    assert labels(menu) == ["Weather", "All tools", "Sets", ONLY_HERE]
    assert "Weather — Weather of today and tomorrow" in menu.text

    await anna.presses("Weather")
    await anna.presses("All tools")
    await anna.presses("▶")
    await anna.presses("▶")
    await anna.presses("Maps")
    assert "On: Weather, Maps" in now(anna, menu).text
    assert ticked(now(anna, menu)) == ["Maps"]
    await bot.restart()
    answer = await answer_to(anna, "And tomorrow?")

    assert asked_with(ondemand) == [[WEATHER, MAPS]]
    assert answer.text == "It will rain.\n\nused: Weather, Maps"
    assert answer.entities[-1].type == "italic"
    assert len(anna.sees()) == 4  # Two of mine, the menu and the answer.


@ON_ONE_DATABASE
async def test_what_the_operator_named_is_on_until_i_choose(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """My operator's tools are ticked and used; I switch them off, and have them back."""
    await bot.restart(ONDEMAND_PLUGIN_IDS=f"plugin-{WEATHER},agent-{MAPS}")
    menu = await opened(anna)
    assert ticked(menu) == ["Weather", "Maps"]
    await answer_to(anna, "One?")

    await anna.presses("✅ Weather", message=menu)
    await answer_to(anna, "Two?")
    await anna.presses("✅ Maps", message=menu)
    await answer_to(anna, "Three?")
    await anna.presses("↺ The usual", message=menu)
    await answer_to(anna, "Four?")

    assert asked_with(ondemand) == [[WEATHER, MAPS], [MAPS], [], [WEATHER, MAPS]]


async def test_a_conversation_has_tools_of_its_own(anna: Person, ondemand: OnDemandSandbox) -> None:
    """What I choose for one conversation holds there, also when I come back to it by a reply."""
    menu = await opened(anna, "weather")
    await anna.presses("Weather")
    await anna.presses(ONLY_HERE)
    assert "for this conversation alone" in now(anna, menu).text
    await replied(anna, menu, "maps", "On: Weather")
    await anna.presses("Maps", message=menu)
    first = await answer_to(anna, "One?")

    await anna.says("/new")
    await anna.reads()
    await answer_to(anna, "Two?")
    elsewhere = await opened(anna)
    assert "On: Weather\n" in elsewhere.text
    assert EVERYWHERE not in labels(elsewhere)
    await anna.says("Three?", reply_to=first)
    await anna.reads(when=is_final)

    assert asked_with(ondemand) == [[WEATHER, MAPS], [WEATHER], [WEATHER, MAPS]]


@ON_ONE_DATABASE
async def test_a_conversation_gives_up_tools_of_its_own(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I let it have again what all my conversations have."""
    menu = await opened(anna, "weather")
    await anna.presses(ONLY_HERE)
    await anna.presses("Weather")
    await answer_to(anna, "One?")
    await anna.presses(EVERYWHERE, message=menu)
    await answer_to(anna, "Two?")

    assert asked_with(ondemand) == [[WEATHER], []]
    assert ticked(now(anna, menu)) == []


@ON_ONE_DATABASE
async def test_ten_tools_are_the_most(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """The eleventh is not switched on, and I am told why."""
    await bot.restart(ONDEMAND_PLUGIN_IDS=",".join(str(1750100006 + n) for n in range(9)))
    await opened(anna, "weather")
    await anna.presses("Weather")
    menu = await opened(anna, "news")

    toast = await anna.presses("News", message=menu)

    assert toast is not None
    assert "Ten tools at most" in toast.text
    await answer_to(anna, "All of them?")
    assert [len(each) for each in asked_with(ondemand)] == [10]


@ON_ONE_DATABASE
async def test_i_search_by_replying(anna: Person) -> None:
    """A word in reply to the menu searches it, whatever the word is."""
    menu = await opened(anna)
    assert len([label for label in labels(menu) if label[0].isalpha()]) == 7  # Six and the sets.

    found = await replied(anna, menu, "FILMS watch", "Found for “FILMS watch”")
    assert labels(found)[0] == "Films"
    nothing = await replied(anna, menu, "**_nonsense_** \u202e", "I found no tool")

    assert "“**_nonsense_**”" in nothing.text
    assert labels(nothing) == ["All tools", "Sets", ONLY_HERE]


async def test_sets_are_kept_switched_to_and_deleted(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I keep a choice as Travel, choose something else, and go back with one press."""
    menu = await opened(anna, "maps")
    await anna.presses("Maps")
    await anna.presses("Sets")
    await anna.presses("＋ Keep what is on")
    kept = await replied(anna, menu, " Travel ✈️\n\x00", "Travel ✈️ — Maps")
    assert ticked(kept) == ["Travel ✈️"]
    await anna.presses("‹ Back")
    await anna.presses("✅ Maps" if "✅ Maps" in labels(now(anna, menu)) else "▶")

    await anna.presses("Sets")
    await anna.presses(next(each for each in labels(now(anna, menu)) if "Travel" in each))
    await answer_to(anna, "Where to?")
    await anna.presses("✕", message=menu)

    assert asked_with(ondemand) == [[MAPS]]
    assert "Travel ✈️" not in now(anna, menu).text.replace("such as Travel", "")
    assert labels(now(anna, menu)) == ["＋ Keep what is on", "‹ Back"]


@ON_ONE_DATABASE
async def test_a_list_that_does_not_come_is_no_error(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """I see what is known, with its names, and one line that there may be more."""
    await opened(anna, "weather")
    await anna.presses("Weather")
    ways: dict[str, dict[str, Any]] = {
        "server_error": {"operation": "list_plugins"},
        "plugins_partial": {},
        "no_plugins": {},
    }
    for behaviour, parameters in ways.items():
        await bot.restart(ONDEMAND_PLUGIN_IDS=f"plugin-{MAPS}")
        ondemand.will(behaviour, **parameters)

        menu = await opened(anna)

        assert labels(menu) == [MAPS_UNNAMED, "✅ Weather", "Sets", "↺ The usual", ONLY_HERE]
        assert menu.text.count(UNSURE) == 1
        ondemand.behave()
    await anna.presses(MAPS_UNNAMED)
    assert "On: Weather, plugin-" in anna.sees()[-1].text


@ON_ONE_DATABASE
async def test_the_list_is_not_fetched_at_every_press(
    anna: Person, bruno: Person, ondemand: OnDemandSandbox
) -> None:
    """Pressing around costs OnDemand nothing."""
    await opened(anna)
    for _ in range(3):
        await anna.presses("▶")
    await opened(bruno)

    assert len(ondemand.calls("list_plugins")) == 2  # The last page is the one with nothing new.


async def test_a_tool_that_was_cancelled_is_switched_off_once(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The account loses a tool I chose: I get my answer, read of it once, and it is off."""
    await opened(anna, "weather")
    await anna.presses("Weather")
    menu = await opened(anna, "maps")
    await anna.presses("Maps", message=menu)
    ondemand.will(
        "unsubscribed_agents", operation="submit_query", times=1, ids=[f"agent-{WEATHER}"]
    )
    ondemand.assistant.will_say("First.")
    ondemand.assistant.will_say("Second.")

    first = await answer_to(anna, "One?")
    second = await answer_to(anna, "Two?")

    assert first.text == (
        "First.\n\nNo longer available to me, so I switched it off: Weather\n\nused: Maps"
    )
    assert second.text == "Second.\n\nused: Maps"
    assert asked_with(ondemand) == [[WEATHER, MAPS], [MAPS], [MAPS]]
    assert "On: Maps" in (await opened(anna)).text


@ON_ONE_DATABASE
async def test_a_model_that_takes_no_tools_takes_none_from_me(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The model refuses all tools and names none: it is said, and my choice stays."""
    await opened(anna, "weather")
    await anna.presses("Weather")
    ondemand.will("invalid_agents", operation="submit_query", times=1, ids=["agent-9"])
    ondemand.assistant.will_say("Hello.")

    answer = await answer_to(anna, "Hello?")
    await answer_to(anna, "And now?")

    assert answer.text == (
        "Hello.\n\nAnswered without tools: the assistant takes none at the moment."
    )
    assert asked_with(ondemand) == [[WEATHER], [], [WEATHER]]


@ON_ONE_DATABASE
async def test_a_link_switches_a_tool_on(anna: Person, ondemand: OnDemandSandbox) -> None:
    """A friend sends me a link to a tool; I press Start, and have it. Twice is no harm."""
    for _ in range(2):
        await anna.says(f"/start plugin_{WEATHER}")
        (said,) = await anna.reads()
        assert said.text.startswith("Weather is on")
    ondemand.will("july", times=1)  # Then the platform says itself who has worked.
    answer = await answer_to(anna, "Rain?")

    assert asked_with(ondemand) == [[WEATHER]]
    assert answer.text.endswith("\n\nused: Weather")


@ON_ONE_DATABASE
async def test_a_link_to_nothing_is_refused_with_a_word(
    anna: Person, clock: HurryingClock, ondemand: OnDemandSandbox
) -> None:
    """A tool that is not there, or not subscribed to, is not switched on; others are greeted."""
    ondemand.will("server_error", operation="list_plugins")
    away = await said_to(anna, f"/start plugin_{WEATHER}")
    ondemand.behave()
    hello = await said_to(anna, "/start friend")
    await clock.sleep(31)  # Then the list is asked for again.
    links = ["1", "", "1741770626", "x'--", "9" * 57]
    refused = [await said_to(anna, f"/start plugin_{link}") for link in links]
    answer = await answer_to(anna, "Hello?")

    assert "try the link again" in away
    assert hello.startswith("Hello!")
    assert [words for words in refused if not words.startswith("I do not know this tool")] == []
    assert asked_with(ondemand) == [[]]
    assert "used" not in answer.text


async def test_in_a_group_the_admins_choose_for_all(
    anna: Person, bruno: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Bruno may not open or press it; what Anna chose counts for both, and not in private."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await bruno.says("/plugins", in_=group)
    (refused,) = await bruno.reads(in_=group)
    assert refused.text == say("press admins", "es")
    menu = await opened(anna, "weather", in_=group)
    toast = await bruno.presses("Weather", message=menu, in_=group)
    assert toast is not None
    assert toast.text == refused.text

    await anna.presses("Weather", message=menu, in_=group)
    await bruno.says("/ask Rain?", in_=group)
    (answer,) = await anna.reads(when=is_final, in_=group)
    await answer_to(anna, "Rain?")

    assert asked_with(ondemand) == [[WEATHER], []]
    assert answer.text.endswith("\n\nusé: Weather")


@ON_ONE_DATABASE
async def test_whoever_is_no_longer_an_admin_chooses_no_more(
    anna: Person, bruno: Person, telegram: TelegramSandbox
) -> None:
    """Bruno opened the menu as an admin; he is one no more, and his press changes nothing."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await group.promote(bruno)
    menu = await opened(bruno, "weather", in_=group)
    await bruno.presses("Weather", message=menu, in_=group)
    await group.demote(bruno)

    await bruno.presses("✅ Weather", message=menu, in_=group)

    assert ticked(now(bruno, menu, in_=group)) == ["Weather"]
    await anna.presses("✅ Weather", message=menu, in_=group)  # Any admin may go on with it.
    assert ticked(now(anna, menu, in_=group)) == []


async def test_two_admins_press_at_once(
    anna: Person, bruno: Person, telegram: TelegramSandbox
) -> None:
    """Both press the same button: it is switched once, and the later one reads a word."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await group.promote(bruno)
    menu = await opened(anna, "weather", in_=group)
    same = data_of(menu, "Weather")

    first = await anna.forges(same, menu, in_=group)
    second = await bruno.forges(same, menu, in_=group)

    assert first is not None
    assert second is not None
    assert sorted([not first.text, not second.text]) == [False, True]
    assert ticked(now(anna, menu, in_=group)) == ["Weather"]


@ON_ONE_DATABASE
async def test_a_menu_of_two_days_ago_does_nothing(
    anna: Person, clock: HurryingClock, ondemand: OnDemandSandbox
) -> None:
    """I press in a menu that Telegram will not change any more, and read that it is old."""
    menu = await opened(anna, "weather")
    clock.leap(timedelta(hours=49))

    toast = await anna.presses("Weather", message=menu)

    assert toast is not None
    assert "no longer works" in toast.text
    await answer_to(anna, "Rain?")
    assert asked_with(ondemand) == [[]]
