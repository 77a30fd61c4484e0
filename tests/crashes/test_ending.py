"""Told to end, the bot ends soon and with 0, and forgets nothing. Starting, it is soon there."""

import resource
import time

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.crashes.process import BotProcess
from tests.dialogues.conftest import is_final
from tests.waiting import until

#: Seconds: what a service manager waits before it kills, with a little to spare.
SOON = 25.0

LONG = "One sentence comes first. " + " ".join(f"word{number}" for number in range(30))


async def test_told_to_end_while_answering_it_finishes_the_answer(
    bot: BotProcess, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """My answer is growing as the bot is told to end: it gets whole before that."""
    ondemand.assistant.will_say(LONG, word_delay=0.05)
    bot.start()
    await anna.says("Tell me.")
    await anna.reads(timeout=SOON)

    bot.tell_to_end()

    assert await bot.ended() == 0
    (answer,) = (read for read in anna.sees() if read.is_bot)
    assert answer.text == LONG
    assert is_final(answer)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # It waits, and on neither in SQL.
async def test_told_to_end_while_an_answer_takes_longer_it_is_finished_after_the_restart(
    bot: BotProcess, anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """My answer takes minutes, and Telegram does not answer either: the next start completes it."""
    ondemand.assistant.will_say(LONG, word_delay=0.8)
    bot.start()
    await anna.says("Tell me.")
    (half,) = await anna.reads(timeout=SOON)
    telegram.will("hang", method="editMessageText", seconds=60)

    bot.tell_to_end()
    started = time.monotonic()

    assert await bot.ended() == 0
    assert time.monotonic() - started < SOON
    telegram.behave()
    bot.start()
    await anna.sees_eventually(lambda seen: is_final(seen[-1]), 60)
    (answer,) = (read for read in anna.sees() if read.is_bot)
    assert answer.id == half.id
    assert answer.text == LONG
    assert ondemand.paid == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # It waits, and on neither in SQL.
async def test_told_to_end_while_a_question_waits_it_ends_at_once(
    bot: BotProcess, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """OnDemand has no time for my question just now: the bot ends, and answers it after a start."""
    ondemand.will("rate_limited", retry_after=40, times=1)
    bot.start()
    await anna.says("What is 2 + 3?")
    await until(lambda: [call for call in ondemand.calls() if call.status == 429])

    bot.tell_to_end()
    started = time.monotonic()

    assert await bot.ended() == 0
    assert time.monotonic() - started < 10
    bot.start()
    await anna.reads(timeout=60, when=is_final)
    assert ondemand.paid == 1


async def test_told_to_end_while_telegram_is_away_it_ends(
    bot: BotProcess, telegram: TelegramSandbox
) -> None:
    """The bot has never reached Telegram; I stop it, and it stops."""
    telegram.will("bad_gateway")
    bot.start()
    await until(lambda: telegram.calls("getMe"))

    bot.tell_to_end()

    assert await bot.ended() == 0


async def test_it_is_there_after_three_seconds_of_computing(
    bot: BotProcess, anna: Person, telegram: TelegramSandbox
) -> None:
    """I write to a bot that is just being started, and soon it has my message."""
    took = []
    for _ in range(2):  # The first start after an installation also compiles it.
        await anna.says("Hello!")
        before = computed()
        bot.start()
        await until(lambda: not telegram.pending())
        bot.kill()
        took.append(computed() - before)

    assert min(took) < 3.0


def computed() -> float:
    """Seconds that ended processes computed. A clock would count what others did meanwhile."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
