"""A call is made and no word comes back: nothing is asked twice, nothing said three times."""

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.dialogues.conftest import is_final

#: Without the end of a sentence, so that it is not shown before it is whole.
SHORT = "A burrito"


async def test_an_answer_that_may_have_come_comes_once_more(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """The line breaks as my answer is sent: it stands there twice, not five times."""
    ondemand.assistant.will_say(SHORT)
    telegram.will("answer_lost", method="sendMessage", times=1)

    await anna.says("What is a monad?")
    await anna.reads(2, when=is_final)
    await anna.says("And you?")

    seen = await anna.sees_eventually(
        lambda seen: "And you?" in seen[-1].text and is_final(seen[-1])
    )
    assert [read.text for read in seen[1:3]] == [SHORT] * 2
    assert len(ondemand.calls("submit_query")) == 2


async def test_an_answer_that_may_have_come_twice_is_not_sent_again(
    anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """The line breaks again and again: I am told to look, and get no third copy."""
    ondemand.assistant.will_say(SHORT)
    telegram.will("answer_lost", method="sendMessage", times=2)

    await anna.says("What is a monad?")

    *copies, notice = await anna.reads(3, timeout=20)
    assert [copy.text for copy in copies] == [SHORT] * 2
    assert "If it does not stand above" in notice.text


async def test_a_help_text_that_may_have_come_is_not_sent_again(
    anna: Person, telegram: TelegramSandbox
) -> None:
    """What I can ask for at any time does not come twice."""
    telegram.will("answer_lost", method="sendMessage", times=1)

    await anna.says("/help")
    await anna.says("/new")

    await anna.reads(2)
    assert len([read for read in anna.sees() if read.is_bot]) == 2


async def test_a_question_that_never_arrived_is_not_taken_for_the_same_one_before(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I say "Go on" twice, and the line breaks at the second: I get what follows, not the same."""
    ondemand.assistant.will_say("Chapter one")
    ondemand.assistant.will_say("Chapter two")
    await anna.says("Go on")
    await anna.reads(when=is_final)
    ondemand.will("reset", operation="submit_query", times=1)

    await anna.says("Go on")

    (second,) = await anna.reads(when=is_final)
    assert second.text == "Chapter two"


async def test_a_question_that_arrived_is_not_paid_twice(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The line breaks when my question has arrived: its answer is found, and costs once."""
    ondemand.assistant.will_say("Chapter one")
    ondemand.assistant.will_say("Chapter two")
    await anna.says("Go on")
    await anna.reads(when=is_final)
    ondemand.will("answer_lost", times=1)

    await anna.says("Go on")

    (second,) = await anna.reads(when=is_final)
    assert second.text == "Chapter two"
    assert ondemand.paid == 2
