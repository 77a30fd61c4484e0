"""Who may use the bot."""

from datetime import timedelta

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.dialogues.conftest import RunningBot, is_final


async def test_a_stranger_is_told_how_to_be_let_in_and_costs_nothing(
    anna: Person, bruno: Person, ondemand: OnDemandSandbox, bot: RunningBot
) -> None:
    """A private bot tells me my number; its admin lets me in with it, and out again."""
    await bot.restart(ACCESS="allowlist", ADMIN_USER_IDS=str(anna.id))

    await bruno.says("May I?")
    (refusal,) = await bruno.reads()
    await anna.says(f"/admin admit {bruno.id}")
    await anna.reads()
    await bruno.says("And now?")
    (answer,) = await bruno.reads(when=is_final)
    await anna.says(f"/admin dismiss {bruno.id}")
    await anna.reads()
    await bruno.says("Still?")
    (last,) = await bruno.reads()

    assert str(bruno.id) in refusal.text
    assert "And now?" in answer.text
    assert last.text == refusal.text
    assert ondemand.paid == 1


async def test_a_stranger_is_told_once_an_hour(
    anna: Person, bruno: Person, bot: RunningBot, ondemand: OnDemandSandbox
) -> None:
    """However often I write to a private bot, it repeats itself no more than once an hour.

    Knocking does not count against me once I am let in.
    """
    await bot.restart(ACCESS="allowlist", ADMIN_USER_IDS=str(anna.id), RATE_QUESTIONS_AT_ONCE="1")

    for _ in range(3):
        await bruno.says("May I?")
    (first,) = await bruno.reads()
    await bruno.says("/help")
    await bruno.reads(when=lambda read: "/usage" in read.text)
    bot.clock.leap(timedelta(hours=1))
    await bruno.says("And now?")
    (second,) = await bruno.reads()
    await anna.says(f"/admin admit {bruno.id}")
    await anna.reads()
    await bruno.says("And now?")
    await bruno.reads(when=is_final)

    assert first.text == second.text
    assert sum(read.text == first.text for read in bruno.sees()) == 2


async def test_a_stranger_in_a_group_is_told_only_when_they_call(
    telegram: TelegramSandbox, anna: Person, bruno: Person, bot: RunningBot
) -> None:
    """Every message is answered in our group; I may not ask, and hear so when I call the bot."""
    await bot.restart(ACCESS="allowlist", ADMIN_USER_IDS=str(anna.id))
    group = telegram.group("Trip", anna, bruno, telegram.bot)
    await group.promote(telegram.bot)
    await anna.says("/settings", in_=group)
    (menu,) = await anna.reads(in_=group)
    await anna.presses("Every message", message=menu)

    await bruno.says("Hello, all of you.", in_=group)
    called = await bruno.says("/ask May I?", in_=group)
    (refusal,) = await bruno.reads(in_=group, when=lambda read: str(bruno.id) in read.text)
    await anna.says("Hello!", in_=group)
    await anna.reads(in_=group, when=is_final)

    assert refusal.reply_to == called.id
    assert sum(str(bruno.id) in read.text for read in bruno.sees(in_=group)) == 1
