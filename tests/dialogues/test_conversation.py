"""Talking with the assistant: questions, follow-ups, fresh starts, second thoughts."""

import re

import pytest

from bot.conversation.phrases import say
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.dialogues.conftest import is_final, labels


def sessions_of(ondemand: OnDemandSandbox) -> list[str]:
    """The session of every question, in the order of asking."""
    return [call.path.split("/")[-2] for call in ondemand.calls("submit_query")]


async def test_a_question_is_answered(anna: Person, ondemand: OnDemandSandbox) -> None:
    """I write, and get an answer."""
    ondemand.assistant.will_say("A monad is a burrito.")

    await anna.says("What is a monad?")

    (read,) = await anna.reads(when=is_final)
    assert read.text == "A monad is a burrito."
    assert labels(read) == ["🔊 Listen", "🌐 Translate", "↻ Again"]


async def test_start_and_help_say_what_the_bot_can_do(anna: Person) -> None:
    """I press Start, ask for help, and know what to do."""
    await anna.says("/start")
    (hello,) = await anna.reads()
    await anna.says("/help")
    (help_text,) = await anna.reads()

    assert "/new" in hello.text
    assert "/stop" in help_text.text


async def test_the_assistant_remembers_until_i_start_anew(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """My questions belong together until I say /new."""
    for words in ("My name is Anna.", "What is my name?"):
        await anna.says(words)
        await anna.reads(when=is_final)
    await anna.says("/new")
    await anna.reads()
    await anna.says("What is my name?")
    await anna.reads(when=is_final)

    first, second, third = sessions_of(ondemand)
    assert first == second
    assert third != first


async def test_replying_to_an_old_answer_continues_its_conversation(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I reply to an answer from before /new, and the assistant still knows what it was about."""
    await anna.says("Tell me about Porto.")
    (old,) = await anna.reads(when=is_final)
    await anna.says("/new")
    await anna.reads()
    await anna.says("Something else.")
    await anna.reads(when=is_final)

    await anna.says("And the weather there?", reply_to=old)
    await anna.reads(when=is_final)

    first, second, third = sessions_of(ondemand)
    assert third == first
    assert second != first


async def test_ondemand_never_learns_who_i_am(anna: Person, ondemand: OnDemandSandbox) -> None:
    """My Telegram number and name stay here."""
    await anna.says("Hello!")
    await anna.reads(when=is_final)

    (created,) = ondemand.calls("create_session")
    assert re.fullmatch(r"[0-9a-f]{32}", created.body["externalUserId"])
    sent = " ".join(str(call.body) for call in ondemand.calls())
    assert str(anna.id) not in sent
    assert "Anna" not in sent


async def test_a_forgotten_session_is_replaced_without_my_noticing(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """When the platform forgot our session, I simply get my answer."""
    await anna.says("One.")
    await anna.reads(when=is_final)
    ondemand.will("stale_session", times=1)

    await anna.says("Two.")

    (read,) = await anna.reads(when=is_final)
    assert "Two." in read.text
    assert len(set(sessions_of(ondemand))) == 2


async def test_an_edited_question_is_answered_anew_in_place(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I mend my last question, and its answer is replaced."""
    ondemand.assistant.will_say("Four legs.")
    ondemand.assistant.will_say("Six legs.")
    question = await anna.says("How many legs has a cat?")
    (first,) = await anna.reads(when=is_final)

    await anna.edits(question, "How many legs has an ant?")

    seen = await anna.sees_eventually(
        lambda seen: seen[-1].text == "Six legs." and is_final(seen[-1])
    )
    assert [read.id for read in seen] == [question.id, first.id]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_an_edited_command_is_not_carried_out_again(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I mend a command that was carried out: no menu opens, and no conversation begins."""
    began = await anna.says("/new")
    await anna.reads()
    opened = await anna.says("/settings")
    await anna.reads()
    await anna.says("One.")
    await anna.reads(when=is_final)

    await anna.edits(began, "/new please")
    await anna.edits(opened, "/settings please")
    await anna.says("Two.")
    await anna.reads(when=is_final)
    await anna.says("/help")
    await anna.reads()

    assert len(anna.sees()) == 10
    assert len(set(sessions_of(ondemand))) == 1


async def test_an_older_question_is_left_alone_when_edited(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """Mending a word in an old question does not turn the conversation around."""
    question = await anna.says("One.")
    await anna.reads(when=is_final)
    await anna.says("Two.")
    await anna.reads(when=is_final)

    await anna.edits(question, "One!")
    await anna.says("Three.")
    await anna.reads(when=is_final)

    assert [call.body["query"] for call in ondemand.calls("submit_query")] == [
        "One.",
        "Two.",
        "Three.",
    ]


async def test_again_makes_the_answer_anew_in_its_place(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I am not content, press Again, and the answer is replaced by another."""
    ondemand.assistant.will_say("Heads.")
    ondemand.assistant.will_say("Tails.")
    await anna.says("Flip a coin.")
    (first,) = await anna.reads(when=is_final)

    await anna.presses("↻ Again")

    seen = await anna.sees_eventually(lambda seen: seen[-1].text == "Tails." and is_final(seen[-1]))
    assert seen[-1].id == first.id
    assert [call.body["query"] for call in ondemand.calls("submit_query")] == ["Flip a coin."] * 2


async def test_two_questions_in_a_row_are_answered_in_order(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I ask the next thing before the first is answered; both are, in order."""
    ondemand.assistant.will_say("First answer.")
    ondemand.assistant.will_say("Second answer.")

    await anna.says("First?")
    await anna.says("Second?")

    reads = await anna.reads(2, when=is_final)
    assert [read.text for read in reads] == ["First answer.", "Second answer."]


async def test_a_long_paste_that_the_app_cut_is_one_question(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I paste nine thousand characters; my app sends three messages, and I get one answer."""
    pieces = ["a" * 4096, "b" * 4096, "c" * 900]
    for piece in pieces:
        await anna.says(piece)

    await anna.reads(when=is_final)

    (call,) = ondemand.calls("submit_query")
    assert call.body["query"] == "\n".join(pieces)


async def test_what_cannot_be_read_is_said(anna: Person) -> None:
    """I send a sticker, and am told what to do instead."""
    await anna.sends(sticker=b"RIFF")

    (read,) = await anna.reads()
    assert read.text == say("cannot see", "en")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_command_that_is_none_is_said_to_be(anna: Person, bruno: Person) -> None:
    """I mistype a command, or guess one, and learn where I find those that there are."""
    for words in ("/nwe", "/Summary of today", "/nwe@another_bot"):
        await anna.says(words)
        (read,) = await anna.reads()
        assert read.text == say("unknown command", "en")
    await bruno.says("/ayuda")
    (his,) = await bruno.reads()

    assert his.text == say("unknown command", "es")


@pytest.mark.parametrize("words", ["/etc/fstab explained?", "/foo-bar explained?"])
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_question_may_begin_with_a_path(
    anna: Person, ondemand: OnDemandSandbox, words: str
) -> None:
    """Its first word only looks like a command, and I am answered."""
    await anna.says(words)
    await anna.reads(when=is_final)

    assert [call.body["query"] for call in ondemand.calls("submit_query")] == [words]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_what_telegram_itself_tells_is_no_message_of_mine(anna: Person) -> None:
    """I pin an answer and open a topic in our chat, and nobody tells me to write instead."""
    anna.cloud.private_topics = True
    await anna.says("Hello!")
    (answer,) = await anna.reads(when=is_final)

    await anna.pins(answer)
    await anna.opens_topic("Cooking")
    await anna.says("And now?")
    await anna.reads(when=is_final)

    assert say("cannot see", "en") not in [read.text for read in anna.sees()]


async def test_the_same_update_twice_is_answered_once(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """Telegram repeats itself; the bot does not."""
    await anna.says("Hello!")
    await anna.reads(when=is_final)
    telegram.redeliver(telegram.updates()[-1]["update_id"])
    await anna.says("And now?")
    await anna.reads(when=is_final)

    assert len(ondemand.calls("submit_query")) == 2
