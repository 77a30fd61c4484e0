"""Killed at any step of an answer, the bot finishes it: K0 to K10, on both databases.

What can be held open from outside is: the sandboxes keep their answer back, and the process is
killed meanwhile. Where nothing is to be seen from outside, the process ends itself.
"""

import signal

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.crashes.bot_that_stops_at import STEPS
from tests.crashes.process import BotProcess
from tests.dialogues.conftest import is_final
from tests.waiting import until

#: Without the end of a sentence, so that it is not shown before it is whole.
SHORT = "A burrito"
ANSWER = "A monad is a burrito. " + " ".join(f"Layer {number}." for number in range(40))

#: Seconds until an answer must be there, the start of a process included.
PATIENCE = 30.0


async def answers(anna: Person) -> list[Read]:
    """Wait for a complete answer; tells everything the bot has in the chat, once it is quiet.

    A second question is asked and answered, so that a second answer to the first would be there.
    """
    await anna.reads(when=is_final, timeout=PATIENCE)
    await anna.says("And you?")
    seen = await anna.sees_eventually(
        lambda seen: "And you?" in seen[-1].text and is_final(seen[-1]), PATIENCE
    )
    return [read for read in seen[:-1] if read.is_bot]


@pytest.mark.parametrize("step", STEPS)
async def test_killed_between_two_steps_my_question_is_answered_once_and_paid_once(
    step: str, bot: BotProcess, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The bot dies between any two things it does, and I get one answer, which costs once."""
    ondemand.assistant.will_say(ANSWER)
    bot.start("-m", "tests.crashes.bot_that_stops_at", step)
    await anna.says("What is a monad?")
    assert await bot.ended() == -signal.SIGKILL

    bot.start()

    (answer,) = await answers(anna)
    assert answer.text == ANSWER
    assert ondemand.paid == 2


async def test_killed_while_the_assistant_thinks_nothing_is_asked_twice(
    bot: BotProcess, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """K5: my question is there and no word has come back; it is found again and paid once."""
    ondemand.assistant.will_say(ANSWER, first_delay=2)
    bot.start()
    await anna.says("What is a monad?")
    await until(lambda: ondemand.paid)
    bot.kill()

    bot.start()

    (answer,) = await answers(anna)
    assert answer.text == ANSWER
    assert ondemand.paid == 2


@pytest.mark.parametrize("arrives", [False, True], ids=["never", "late"])
async def test_killed_while_the_query_is_on_its_way_i_am_answered_once(
    arrives: bool, bot: BotProcess, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """K5: the query left and may still arrive; I get one answer, paid twice at the very most."""
    if arrives:
        ondemand.will("slow", operation="submit_query", times=1, seconds=0.5)
    else:
        ondemand.will("hang", operation="submit_query", times=1, seconds=60)
    bot.start()
    await anna.says("What is a monad?")
    await until(lambda: ondemand.calls("submit_query"))
    bot.kill()

    bot.start()

    (answer,) = await answers(anna)
    assert "What is a monad?" in answer.text
    assert ondemand.paid == 2


async def test_killed_in_the_middle_of_an_answer_the_same_message_is_completed(
    bot: BotProcess, anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """K6: half of the answer stands there; the other half joins it, and it costs once."""
    ondemand.assistant.will_say(ANSWER, word_delay=0.05)
    bot.start()
    await anna.says("What is a monad?")
    (half,) = await anna.reads(timeout=PATIENCE)
    # Its number is written down before it grows.
    await until(lambda: len(telegram.history(half)) > 1)
    bot.kill()
    (seen,) = (read for read in anna.sees() if read.is_bot)
    assert not is_final(seen)

    bot.start()

    await anna.sees_eventually(lambda seen: is_final(seen[-1]), PATIENCE)
    (whole,) = (read for read in anna.sees() if read.is_bot)
    assert whole.id == half.id
    assert whole.text == ANSWER
    assert ondemand.paid == 1


async def test_killed_before_telegram_did_what_was_sent_the_answer_comes_once(
    bot: BotProcess, anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """K8: the answer left and never arrived; after the restart it does."""
    ondemand.assistant.will_say(SHORT)
    telegram.will("hang", method="sendMessage", times=1, seconds=60)
    bot.start()
    await anna.says("What is a monad?")
    await until(lambda: any(call.parameters for call in telegram.calls("sendMessage")))
    bot.kill()

    bot.start()

    (answer,) = await answers(anna)
    assert answer.text == SHORT
    assert ondemand.paid == 2


async def test_killed_before_we_heard_that_it_was_sent_the_answer_stands_there_twice_at_most(
    bot: BotProcess, anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """K9: the answer arrived and nobody knows; it comes once more, however often we are killed."""
    ondemand.assistant.will_say(SHORT)
    telegram.will("answer_late", method="sendMessage", times=2, seconds=60)
    await anna.says("What is a monad?")
    for copies in (1, 2):
        bot.start()
        await until(lambda: len(anna.sees()) == 1 + copies)  # noqa: B023  # It is waited for here.
        bot.kill()

    bot.start()

    seen = await anna.sees_eventually(lambda seen: len(seen) == 4, PATIENCE)
    assert [read.text for read in seen[1:3]] == [SHORT] * 2
    assert "does not tell whether my answer reached you" in seen[3].text
    assert ondemand.paid == 1


async def test_killed_before_we_heard_of_its_beginning_the_answer_is_whole_once(
    bot: BotProcess, anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """K9: its beginning may stay behind; below it the answer is complete, and costs once."""
    ondemand.assistant.will_say(ANSWER, word_delay=0.02)
    telegram.will("answer_late", method="sendMessage", times=1, seconds=60)
    bot.start()
    await anna.says("What is a monad?")
    await until(lambda: len(anna.sees()) == 2)
    bot.kill()

    bot.start()

    beginning, answer = await answers(anna)
    assert ANSWER.startswith(beginning.text)
    assert answer.text == ANSWER
    assert ondemand.paid == 2
