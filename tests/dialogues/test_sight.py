"""What the bot can see in a group: it says so by itself, once, and how to let it see more."""

from datetime import timedelta

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import RunningBot, is_final, labels
from tests.waiting import until

LINK = "https://t.me/ondemand_sandbox_bot?startgroup&admin=manage_chat"


@pytest.fixture
def pace() -> float:
    """The bot waits some seconds for what Telegram tells of a new supergroup."""
    return 6.0


def hello(sight: str, language: str = "en") -> str:
    """What the bot says first, as it is read."""
    return f"{say('group hello', language)}\n\n{say(f'sight {sight}', language)}"


def links(read: Read) -> list[str | None]:
    """Where the buttons under a message lead."""
    return [button.url for row in read.keyboard for button in row]


def said(person: Person, group: Group) -> list[str]:
    """All that the bot has said in a group."""
    return [read.text for read in person.sees(in_=group) if read.is_bot]


@pytest.mark.parametrize("supergroup", [True, False], ids=["supergroup", "group"])
async def test_the_bot_says_what_it_sees_when_it_is_added(
    telegram: TelegramSandbox, anna: Person, supergroup: bool
) -> None:
    """I add it, and learn that it sees only what is meant for it, and how to change that."""
    group = telegram.group("Trip", anna, supergroup=supergroup)

    await group.add(telegram.bot)

    (read,) = await anna.reads(in_=group)
    assert read.text == hello("called")
    assert labels(read) == ["Make me an admin"]
    assert links(read) == [LINK]


async def test_it_is_said_in_the_language_of_who_added_it(
    telegram: TelegramSandbox, bruno: Person
) -> None:
    """I speak Spanish, and so it does."""
    group = telegram.group("Viaje", bruno)

    await group.add(telegram.bot, by=bruno)

    (read,) = await bruno.reads(in_=group)
    assert read.text == hello("called", "es")


async def test_an_admin_sees_everything_and_says_so(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """I make it an admin at once, by the link, and it needs nothing more."""
    group = telegram.group("Trip", anna)

    await group.promote(telegram.bot)
    (read,) = await anna.reads(in_=group)

    assert read.text == hello("everything")
    assert labels(read) == []


async def test_being_promoted_and_demoted_is_said(telegram: TelegramSandbox, anna: Person) -> None:
    """I make it an admin later, and take it back; each time it says what that means."""
    group = telegram.group("Trip", anna)
    await group.add(telegram.bot)
    await anna.reads(in_=group)

    await group.promote(telegram.bot)
    (gained,) = await anna.reads(in_=group)
    await group.promote(telegram.bot, "can_manage_chat")
    await group.demote(telegram.bot)
    (lost,) = await anna.reads(in_=group)

    assert (gained.text, labels(gained)) == (say("sight gained", "en"), [])
    assert (lost.text, links(lost)) == (say("sight lost", "en"), [LINK])
    assert len(said(anna, group)) == 3


async def test_where_it_was_for_long_it_does_not_introduce_itself(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """It was in our group before it learnt to say this; from now on it says what changes."""
    group = telegram.group("Trip", anna, telegram.bot)

    await group.promote(telegram.bot)
    await until(lambda: telegram.calls("getChatMember"))
    await group.demote(telegram.bot)

    (read,) = await anna.reads(in_=group)
    assert read.text == say("sight lost", "en")
    assert len(said(anna, group)) == 1


async def test_removed_and_added_again(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person
) -> None:
    """I throw it out, and bring it back: it greets us again, and remembers our conversation."""
    group = telegram.group("Trip", anna)
    await group.add(telegram.bot)
    await anna.reads(in_=group)
    await anna.says("/ask Shall we go to Porto?", in_=group)
    await anna.reads(in_=group, when=is_final)

    await group.remove(telegram.bot)
    assert await telegram.settled()
    await group.add(telegram.bot)
    (again,) = await anna.reads(in_=group)
    await anna.says("/ask And when?", in_=group)
    await anna.reads(in_=group, when=is_final)

    assert again.text == hello("called")
    assert len(ondemand.calls("create_session")) == 1


async def test_removed_before_it_could_say_anything(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """I add it by mistake and take it out at once; nothing is said, and nothing goes wrong."""
    group = telegram.group("Trip", anna)

    await group.add(telegram.bot)
    await group.remove(telegram.bot)
    await anna.says("/help")

    await anna.reads(when=lambda read: "/stop" in read.text)
    assert await telegram.settled()
    assert said(anna, group) == []


async def test_told_twice_it_is_said_once(telegram: TelegramSandbox, anna: Person) -> None:
    """Telegram delivers an update again; we do not read it again."""
    group = telegram.group("Trip", anna)
    await group.add(telegram.bot)
    await anna.reads(in_=group)
    (added,) = [each for each in telegram.updates() if "my_chat_member" in each]

    telegram.inject({"my_chat_member": added["my_chat_member"]})
    assert await telegram.settled()

    assert said(anna, group) == [hello("called")]


async def test_where_it_may_not_write_it_says_nothing_until_it_may(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """We muted it before it could say a word; when we let it speak it introduces itself."""
    group = telegram.group("Trip", anna)

    await group.restrict(telegram.bot)
    assert await telegram.settled()
    assert telegram.calls("sendMessage") == []
    await group.demote(telegram.bot)

    (read,) = await anna.reads(in_=group)
    assert read.text == hello("called")


async def test_start_in_a_group_says_the_same(
    telegram: TelegramSandbox, anna: Person, bot: RunningBot
) -> None:
    """My app sends /start when I add it by a link: one hello is enough. Later I may ask for it."""
    group = telegram.group("Trip", anna)
    await group.add(telegram.bot)
    await anna.says("/start@ondemand_sandbox_bot", in_=group)
    (first,) = await anna.reads(in_=group)
    assert await telegram.settled()
    assert said(anna, group) == [first.text]

    await anna.says("/start", in_=group)
    assert await telegram.settled()
    assert len(said(anna, group)) == 1
    bot.clock.leap(timedelta(minutes=2))
    await anna.says("/start", in_=group)

    (second,) = await anna.reads(in_=group)
    assert first.text == second.text == hello("called")


async def test_settings_say_when_telegram_hides_our_messages(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """I want every message answered, and learn at once why that cannot be, and what to do."""
    group = telegram.group("Trip", anna, telegram.bot)
    await anna.says("/settings", in_=group)
    (menu,) = await anna.reads(in_=group)
    assert LINK not in links(menu)

    await anna.presses("Every message", in_=group)
    hidden = next(read for read in anna.sees(in_=group) if read.id == menu.id)
    await group.promote(telegram.bot)
    await anna.presses("Each their own", in_=group)
    seen = next(read for read in anna.sees(in_=group) if read.id == menu.id)

    assert "Telegram keeps most messages of this group from me." in hidden.text
    assert links(hidden)[-1] == LINK
    assert "Telegram keeps" not in seen.text
    assert LINK not in links(seen)


async def test_the_menu_of_translation_says_the_same(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """I have our group translated, and learn that the bot must see what it is to translate."""
    group = telegram.group("Trip", anna, telegram.bot)
    await anna.says("/settings", in_=group)
    (menu,) = await anna.reads(in_=group)

    await anna.presses("🌐 Translation", in_=group)
    (before,) = [read for read in anna.sees(in_=group) if read.id == menu.id]
    await anna.presses("Languages", in_=group)
    await anna.presses("🇪🇸 Español", in_=group)
    await anna.presses("‹ Back", in_=group)
    (after,) = [read for read in anna.sees(in_=group) if read.id == menu.id]

    assert LINK not in links(before)
    assert "Telegram keeps most messages of this group from me." in after.text
    assert links(after)[-1] == LINK


async def test_what_telegram_tells_of_channels_is_left_alone(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """Somebody adds it to their channel; it says nothing there."""
    group = telegram.group("Trip", anna)
    await group.add(telegram.bot)
    await anna.reads(in_=group)
    (added,) = [each for each in telegram.updates() if "my_chat_member" in each]
    channel = {"id": -1_001_999_999_999, "type": "channel", "title": "News"}

    telegram.inject({"my_chat_member": {**added["my_chat_member"], "chat": channel}})
    assert await telegram.settled()

    assert len(telegram.calls("sendMessage")) == 1
    await until(lambda: len(said(anna, group)) == 1)
