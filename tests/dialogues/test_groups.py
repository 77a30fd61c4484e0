"""Groups and topics: the bot answers when it is meant, where it is asked, and mixes nothing up."""

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.dialogues.conftest import is_final, labels

BOT = "@ondemand_sandbox_bot"


async def test_in_a_group_the_bot_answers_only_when_it_is_meant(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person, bruno: Person
) -> None:
    """We chat among ourselves; the bot answers /ask, its name, and replies to it."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await group.promote(telegram.bot)  # So that it sees everything, and must tell by itself.
    ondemand.assistant.will_say("By train.")
    ondemand.assistant.will_say("At noon.")
    ondemand.assistant.will_say("Yes.")

    await anna.says("Shall we meet tomorrow?", in_=group)
    await bruno.says("/ask How do we get to Porto?", in_=group)
    (train,) = await anna.reads(in_=group, when=is_final)
    await anna.says(f"{BOT} When does it leave?", in_=group)
    (noon,) = await anna.reads(in_=group, when=is_final)
    await bruno.says("Is that sure?", in_=group, reply_to=noon)
    (sure,) = await anna.reads(in_=group, when=is_final)

    assert [train.text, noon.text, sure.text] == ["By train.", "At noon.", "Yes."]
    assert [call.body["query"] for call in ondemand.calls("submit_query")] == [
        "Bruno: How do we get to Porto?",
        "Anna: When does it leave?",
        "Bruno: Is that sure?",
    ]


async def test_an_answer_in_a_group_replies_to_the_question(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """Everybody sees whose question is being answered."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)

    question = await anna.says("/ask Where is Porto?", in_=group)

    (answer,) = await bruno.reads(in_=group, when=is_final)
    assert answer.reply_to == question.id


async def test_the_bot_may_be_asked_about_somebody_elses_message(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person, bruno: Person
) -> None:
    """I reply to Bruno with /ask, and the assistant knows what Bruno wrote."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    words = await bruno.says("Saudade cannot be translated.", in_=group)

    await anna.says("/ask Is that true?", in_=group, reply_to=words)
    await anna.reads(in_=group, when=is_final)

    (call,) = ondemand.calls("submit_query")
    assert call.body["query"] == (
        "Anna: Bruno wrote:\n> Saudade cannot be translated.\n\nIs that true?"
    )


async def test_an_answer_stays_in_the_topic_of_its_question(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person
) -> None:
    """What I ask in one topic is answered there, in a conversation of its own."""
    forum = telegram.group("House", anna, telegram.bot, forum=True)
    kitchen, garden = [await forum.open_topic(name) for name in ("Kitchen", "Garden")]

    for topic in (kitchen, garden):
        await anna.says("/ask What next?", in_=forum, topic=topic)
        (answer,) = await anna.reads(in_=forum, when=is_final)
        assert answer.topic == topic

    sessions = {call.path.split("/")[-2] for call in ondemand.calls("submit_query")}
    assert len(sessions) == 2


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_reply_from_another_topic_does_not_take_its_conversation_along(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person
) -> None:
    """I reply in the garden to what was said in the kitchen, and none of it is known there."""
    forum = telegram.group("House", anna, telegram.bot, forum=True)
    kitchen, garden = [await forum.open_topic(name) for name in ("Kitchen", "Garden")]
    await anna.says("/ask The secret is salt.", in_=forum, topic=kitchen)
    (answer,) = await anna.reads(in_=forum, when=is_final)
    await anna.says("/chats", in_=forum, topic=kitchen)
    (menu,) = await anna.reads(in_=forum)

    await anna.says("What is the secret?", in_=forum, topic=garden, reply_to=answer)
    await anna.reads(in_=forum, when=is_final)
    await anna.says("secret", in_=forum, topic=garden, reply_to=menu)
    seen = await anna.sees_eventually(lambda seen: "“secret”" in seen[3].text, in_=forum)

    first, second = [call.path for call in ondemand.calls("submit_query")]
    assert first != second
    assert "The secret is salt" in labels(seen[3])[0]


async def test_what_is_said_in_private_stays_out_of_groups(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person, bruno: Person
) -> None:
    """My private conversation and the group's are two, and OnDemand knows two owners."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)

    await anna.says("My secret is 42.")
    await anna.reads(when=is_final)
    await anna.says("/ask What do you know?", in_=group)
    await bruno.reads(in_=group, when=is_final)

    owners = {call.body["externalUserId"] for call in ondemand.calls("create_session")}
    assert len(owners) == 2
    seen = " ".join(read.text for read in bruno.sees(in_=group))
    assert "42" not in seen


async def test_only_who_asked_may_stop_or_ask_again(
    telegram: TelegramSandbox, ondemand: OnDemandSandbox, anna: Person, bruno: Person
) -> None:
    """Bruno cannot press the buttons under my answer."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await anna.says("/ask Where is Porto?", in_=group)
    await bruno.reads(in_=group, when=is_final)

    told = await bruno.presses("↻ Again", in_=group)

    assert told is not None
    assert told.text == say("press foreign", "es")
    assert ondemand.paid == 1


async def test_ask_without_a_question_says_how(
    telegram: TelegramSandbox, anna: Person, bruno: Person
) -> None:
    """I type /ask and nothing else, and learn how it is meant."""
    group = telegram.group("Trip", anna, bruno, telegram.bot)

    await anna.says("/ask", in_=group)

    (read,) = await anna.reads(in_=group)
    assert "/ask " in read.text


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_in_a_group_a_command_may_be_somebody_elses(
    telegram: TelegramSandbox, anna: Person
) -> None:
    """Other bots have other commands; only what names this one is said to be none."""
    group = telegram.group("Trip", anna, telegram.bot)

    await anna.says("/weather", in_=group)
    await anna.says("/weather@another_bot", in_=group)
    asked = await anna.says(f"/weather{BOT}", in_=group)
    (read,) = await anna.reads(in_=group)

    assert read.text == say("unknown command", "en")
    assert read.reply_to == asked.id
    assert len([read for read in anna.sees(in_=group) if read.is_bot]) == 1
