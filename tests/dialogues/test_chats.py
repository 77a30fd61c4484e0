"""Conversations are listed, searched, opened, renamed, told again and deleted."""

import asyncio
import json
from datetime import timedelta

import pytest

from bot.conversation.phrases import say
from bot.ondemand import OnDemandClient
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import HurryingClock, RunningBot, is_final, labels
from tests.dialogues.test_conversation import sessions_of
from tests.dialogues.test_menus import data_of, now
from tests.waiting import until


@pytest.fixture
def pace() -> float:
    """Several messages in a row would wait for Telegram's pace."""
    return 5.0


def is_menu(read: Read) -> bool:
    """Whether a message is the list of conversations."""
    return read.text.startswith(("Conversations", "Conversaciones", "No title"))


async def talk(person: Person, *questions: str, in_: Group | None = None) -> list[Read]:
    """Ask each of these in a conversation of its own."""
    answers = []
    for number, question in enumerate(questions):
        if number:
            await person.says("/new", in_=in_)
            await person.reads(in_=in_)
        await person.says(f"/ask {question}" if in_ else question, in_=in_)
        answers += await person.reads(when=is_final, in_=in_)
    return answers


async def chats(
    person: Person, words: str = "", *, in_: Group | None = None, topic: int | None = None
) -> Read:
    """The menu of conversations, opened; once more where nothing is listed.

    An answer is seen a moment before its conversation is listed.
    """
    await person.says(f"/chats {words}".strip(), in_=in_, topic=topic)
    (menu,) = await person.reads(in_=in_, when=is_menu)
    if not titles(menu):
        await person.says(f"/chats {words}".strip(), in_=in_, topic=topic)
        (menu,) = await person.reads(in_=in_, when=is_menu)
    return menu


def titles(read: Read) -> list[str]:
    """What is listed, without dates and ticks."""
    return [
        label.removeprefix("✅ ").rpartition(" · ")[0] for label in labels(read) if " · " in label
    ]


def ticked(read: Read) -> list[str]:
    """The open one."""
    return [
        label.removeprefix("✅ ").rpartition(" · ")[0]
        for label in labels(read)
        if label.startswith("✅")
    ]


async def look(person: Person, menu: Read, title: str, *, in_: Group | None = None) -> Read:
    """Open the screen of one conversation."""
    (label,) = [
        each
        for each in labels(seen(person, menu, in_=in_))
        if each.removeprefix("✅ ").startswith(title)
    ]
    await person.presses(label, message=menu, in_=in_)
    return seen(person, menu, in_=in_)


def seen(person: Person, menu: Read, *, in_: Group | None = None) -> Read:
    """The menu as it stands there now."""
    return next(read for read in person.sees(in_=in_) if read.id == menu.id)


async def test_conversations_are_listed_by_their_first_questions(anna: Person) -> None:
    """I find what I asked, the newest first, with the open one ticked; empty ones are left out."""
    await talk(anna, "Tell me about Porto. I go there.", "**What** is a monad?")

    menu = await chats(anna)

    assert titles(menu) == ["What is a monad?", "Tell me about Porto"]
    assert ticked(menu) == ["What is a monad?"]


async def test_without_conversations_i_am_told_how_to_begin(anna: Person) -> None:
    """I look before I have asked anything."""
    menu = await chats(anna)

    assert menu.text == "Conversations\n\nThere is none here yet. Ask me something, and it begins."


async def test_an_old_conversation_goes_on_from_now_on(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I open it, and what I write next belongs to it."""
    await talk(anna, "Porto?", "Monads?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")

    told = await anna.presses("Continue here")
    await anna.says("And the weather there?")
    await anna.reads(when=is_final)

    assert told is not None
    assert told.text == "Open. Just go on writing."
    assert "It is open" in now(anna, menu).text
    first, second, third = sessions_of(ondemand)
    assert third == first
    assert second != first


async def test_a_spoken_question_gives_its_transcript(anna: Person) -> None:
    """I said it aloud, and find it in writing."""
    await anna.speaks("What is a monad?")
    await anna.reads(when=is_final, timeout=60)

    assert titles(await chats(anna)) == ["What is a monad?"]


async def test_pages_and_search(anna: Person) -> None:
    """I have more than fit, turn the page and back, and search by a word."""
    await talk(anna, *[f"Question {n} about {'Porto' if n == 2 else 'life'}" for n in range(1, 9)])
    menu = await chats(anna)

    assert len(titles(menu)) == 6
    await anna.presses("›")
    assert titles(now(anna, menu)) == ["Question 2 about Porto", "Question 1 about life"]
    await anna.presses("‹")
    assert titles(now(anna, menu))[0] == "Question 8 about life"
    await anna.says("PORTO", reply_to=menu)
    await anna.sees_eventually(
        lambda _: titles(now(anna, menu)) == ["Question 2 about Porto"],
    )
    await anna.presses("Show all")
    assert len(titles(now(anna, menu))) == 6
    assert titles(await chats(anna, "2 porto")) == ["Question 2 about Porto"]
    nothing = await chats(anna, "*[]_")
    assert "“*[]_”" in nothing.text


async def test_a_conversation_is_renamed_by_a_reply(anna: Person) -> None:
    """I reply with a better title; one that says nothing changes nothing."""
    await talk(anna, "Porto?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")
    await anna.presses("✎ Rename")
    assert "What shall it be called?" in now(anna, menu).text

    await anna.says("שלום _x_ [y](http://z) " + "long " * 800, reply_to=menu)

    seen = await anna.sees_eventually(lambda _: "שלום" in now(anna, menu).text)
    text = now(anna, menu).text
    assert text.startswith("שלום _x_ [y](http://z) long")
    assert "…\n\nBegun on" in text
    assert seen[-1].text.endswith("long ") or seen[-1].text.endswith("long")
    await anna.presses("✎ Rename")
    await anna.says("\u200b\u202e.\u200b", reply_to=menu)
    await anna.sees_eventually(lambda _: now(anna, menu).text.startswith(".\n\nBegun"))
    await anna.presses("✎ Rename")
    await anna.says("by admins", reply_to=menu)
    await anna.sees_eventually(lambda _: now(anna, menu).text.startswith("by admins\n\nBegun"))


async def test_a_conversation_is_deleted_here_and_at_ondemand(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I am asked first; then it is gone, and what I write begins a new one."""
    (answer,) = await talk(anna, "Porto?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")

    await anna.presses("🗑 Delete")
    asked = now(anna, menu)
    await anna.presses("‹ Back")
    await anna.presses("🗑 Delete")
    await anna.presses("Yes, delete it")

    assert "no way back" in asked.text
    assert now(anna, menu).text.startswith("It is deleted, here and at OnDemand.")
    (call,) = ondemand.calls("delete_session")
    assert call.path.split("/")[-1] == sessions_of(ondemand)[0]
    await anna.says("Again, then?", reply_to=answer)
    await anna.reads(when=is_final)
    assert len(set(sessions_of(ondemand))) == 2


async def test_what_ondemand_does_not_delete_is_said(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """It is gone here, and I am told that it is not gone there."""
    await talk(anna, "Porto?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")
    ondemand.will("server_error", operation="delete_session", times=9)

    await anna.presses("🗑 Delete")
    await anna.presses("Yes, delete it")

    assert "OnDemand has not deleted it yet; I keep trying." in now(anna, menu).text
    assert titles(now(anna, menu)) == []


@pytest.mark.parametrize("pace", [200.0])
async def test_what_ondemand_did_not_delete_is_deleted_later(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand is back after a while, and forgets what I deleted, without my asking again."""
    await talk(anna, "Porto?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")
    ondemand.will("server_error", operation="delete_session", times=9)
    await anna.presses("🗑 Delete")
    await anna.presses("Yes, delete it")
    ondemand.behave()
    tried = len(ondemand.calls("delete_session"))

    async with asyncio.timeout(30):
        while len(ondemand.calls("delete_session")) == tried:
            await asyncio.sleep(0.05)
    await anna.says("/chats")
    await anna.reads(when=is_menu)

    assert [call.status for call in ondemand.calls("delete_session")][-1] == 200


async def test_a_conversation_that_is_being_answered_can_be_deleted(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The answer ends, nothing of it stays, and the next question is answered."""
    await talk(anna, "Porto?")
    ondemand.assistant.will_say(
        "One sentence comes first. " + "More and more. " * 80, word_delay=0.1
    )
    await anna.says("And Lisbon?")
    await anna.sees_eventually(lambda seen: "One sentence" in seen[-1].text)
    menu = await chats(anna)
    await look(anna, menu, "Porto?")

    await anna.presses("🗑 Delete")
    await anna.presses("Yes, delete it")
    await anna.reads(when=is_final)
    await anna.says("Something else?")
    await anna.reads(when=is_final)

    assert titles(await chats(anna)) == ["Something else?"]


async def test_one_that_was_deleted_on_another_screen_is_gone_here(anna: Person) -> None:
    """Two menus show it; after I delete it in one, the other says so."""
    await talk(anna, "Porto?")
    menu, other = await chats(anna), await chats(anna)
    for each in (menu, other):
        await look(anna, each, "Porto?")
    await anna.presses("🗑 Delete", message=menu)
    await anna.presses("Yes, delete it", message=menu)

    for label in ("✎ Rename", "Show"):
        if label in labels(now(anna, other)):
            told = await anna.presses(label, message=other)
            assert told is not None
            assert told.text == "This conversation is no longer there."

    assert titles(now(anna, other)) == []


async def test_a_conversation_is_told_in_both_forms_at_once(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand is slow to tell it; I press .md and .json meanwhile, twice, and get one of each."""
    await talk(anna, "Porto?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")
    ondemand.will("slow", operation="list_messages", times=1, seconds=2)

    for form in (".md", ".json", ".json"):
        await anna.presses(form)
    files = await anna.reads(2, when=lambda read: read.kind == "document")

    assert [(read.file or b"").startswith(b"{") for read in files] == [False, True]
    assert len([read for read in anna.sees() if read.kind == "document"]) == 2


async def test_a_history_is_told_as_a_message_or_a_file(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """A short one I read at once; a long one comes as a file, and as JSON if I like."""
    ondemand.assistant.will_say("It is a **city**.")
    await talk(anna, "Porto?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")

    await anna.presses("Show")
    (read,) = await anna.reads()
    await anna.presses(".md")
    (markdown,) = await anna.reads(when=lambda read: read.kind == "document")
    await anna.presses(".json")
    (whole,) = await anna.reads(when=lambda read: read.kind == "document")
    ondemand.assistant.will_say("Long. " * 1000)
    await anna.says("More?")
    await anna.reads(when=lambda read: is_final(read))
    await anna.presses("Show", message=menu)
    (long,) = await anna.reads(when=lambda read: read.kind == "document")

    assert read.text.startswith("Porto?\n\n")
    assert "It is a city." in read.text
    assert "It is a **city**." in (markdown.file or b"").decode()
    told = json.loads(whole.file or b"")
    assert [(each["question"], each["answer"]) for each in told["messages"]] == [
        ("Porto?", "It is a **city**.")
    ]
    assert (long.file or b"").decode().count("Long.") == 1000


@pytest.mark.parametrize(
    ("fault", "note"),
    [("server_error", "I cannot reach OnDemand right now"), (None, "OnDemand no longer has")],
    ids=["away", "gone"],
)
async def test_a_history_that_ondemand_does_not_tell_is_told_from_here(
    anna: Person, ondemand: OnDemandSandbox, fault: str | None, note: str
) -> None:
    """OnDemand is away or has forgotten the session; I read what the bot kept, and why."""
    ondemand.assistant.will_say("A city.")
    await talk(anna, "Porto?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")
    if fault:
        ondemand.will(fault, operation="list_messages", times=99)
    else:
        async with OnDemandClient(
            "a-key-for-the-sandbox", base_url=ondemand.url, user_agent="an-operator"
        ) as operator:
            await operator.chat.delete_session(sessions_of(ondemand)[0])

    await anna.presses("Show")

    (read,) = await anna.reads()
    assert note in read.text
    assert "Porto?" in read.text
    assert "A city." in read.text


async def test_in_a_group_everybody_lists_and_admins_change(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """Bruno sees the group's conversations, and changes none until he is an admin."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await talk(anna, "Porto?", in_=group)
    await talk(anna, "My secret?")
    assert titles(await chats(anna)) == ["My secret?"]
    menu = await chats(bruno, in_=group)
    assert titles(menu) == ["Porto?"]
    await look(bruno, menu, "Porto?", in_=group)

    rename, delete = say("chats rename", "es"), say("chats delete", "es")
    refused = [await bruno.presses(each, message=menu, in_=group) for each in (rename, delete)]
    foreign = await anna.presses(delete, message=menu, in_=group)
    await group.promote(bruno)
    allowed = await bruno.presses(rename, message=menu, in_=group)
    await group.demote(bruno)
    await bruno.says("Lisbon", reply_to=menu, in_=group)
    await bruno.reads(when=lambda read: read.text == say("press admins", "es"), in_=group)
    await group.promote(bruno)
    await bruno.says("Braga", reply_to=menu, in_=group)

    await bruno.sees_eventually(
        lambda _: seen(bruno, menu, in_=group).text.startswith("Braga"), in_=group
    )
    assert [each and each.text for each in refused] == [say("press admins", "es")] * 2
    assert foreign is not None
    assert foreign.text == say("press foreign", "en")
    assert allowed is not None
    assert allowed.text == ""


async def test_topics_have_lists_of_their_own(telegram: TelegramSandbox, anna: Person) -> None:
    """What is asked in the kitchen is not listed in the garden."""
    forum = telegram.group("House", anna, telegram.bot, forum=True)
    kitchen, garden = [await forum.open_topic(name) for name in ("Kitchen", "Garden")]
    for topic, question in ((kitchen, "Soup?"), (garden, "Roses?")):
        await anna.says(f"/ask {question}", in_=forum, topic=topic)
        await anna.reads(when=is_final, in_=forum)

    menu = await chats(anna, in_=forum, topic=garden)

    assert titles(menu) == ["Roses?"]
    assert menu.topic == garden


async def test_topics_of_a_private_chat_are_conversations_of_their_own(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I opened a topic in our chat; what I ask there stays there."""
    anna.cloud.private_topics = True
    await talk(anna, "Porto?")
    topic = await anna.opens_topic("Cooking")

    await anna.says("Soup?", topic=topic)
    (answer,) = await anna.reads(when=is_final)
    menu = await chats(anna, topic=topic)

    assert (answer.topic, menu.topic) == (topic, topic)
    assert titles(menu) == ["Soup?"]
    assert titles(await chats(anna)) == ["Porto?"]
    assert len(set(sessions_of(ondemand))) == 2


async def test_the_last_one_of_a_page_is_deleted(anna: Person) -> None:
    """There is nothing left on the second page, and I see the first."""
    await talk(anna, *[f"Question {number}?" for number in range(1, 8)])
    menu = await chats(anna)
    await anna.presses("›")
    await look(anna, menu, "Question 1?")

    await anna.presses("🗑 Delete")
    await anna.presses("Yes, delete it")

    assert titles(now(anna, menu))[0] == "Question 7?"


async def test_a_menu_of_the_day_before_yesterday_changes_nothing(
    anna: Person, clock: HurryingClock
) -> None:
    """Telegram would not let it be changed, so its buttons do nothing."""
    await talk(anna, "Porto?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")
    await anna.presses("🗑 Delete")
    clock.leap(timedelta(hours=49))

    told = await anna.presses("Yes, delete it")

    assert told is not None
    assert "no longer works" in told.text
    assert titles(await chats(anna)) == ["Porto?"]


async def test_a_deletion_pressed_twice_happens_once(
    anna: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """I press in haste, and again after the bot was updated."""
    await talk(anna, "Porto?", "Lisbon?")
    menu = await chats(anna)
    await look(anna, menu, "Porto?")
    await anna.presses("🗑 Delete")
    sure = data_of(now(anna, menu), "Yes, delete it")
    await anna.presses("Yes, delete it")
    await bot.restart()

    told = await anna.forges(sure, menu)

    assert told is not None
    assert "no longer works" in told.text
    assert titles(await chats(anna)) == ["Lisbon?"]
    await until(lambda: len(ondemand.calls("delete_session")) == 1)
