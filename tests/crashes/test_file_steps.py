"""Killed at any step of reading a file, the bot reads it once and says so once: F1 and F2."""

import signal

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram.people import Person
from tests.crashes.bot_that_stops_at import FILE_STEPS
from tests.crashes.process import BotProcess
from tests.crashes.test_steps import PATIENCE

#: Journal and store are the same on both databases, which the steps of an answer prove.
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("step", FILE_STEPS)
async def test_killed_between_two_steps_my_file_is_given_once(
    step: str, bot: BotProcess, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The bot dies between any two things it does; there is one file, and I am told once."""
    bot.start("-m", "tests.crashes.bot_that_stops_at", step)
    await anna.sends(document=b"Leaves at noon.", file_name="plan.txt")
    assert await bot.ended() == -signal.SIGKILL

    bot.start()

    await anna.reads(when=lambda read: "plan.txt" in read.text, timeout=PATIENCE)
    await anna.says("What is in the document?")
    (answer,) = await anna.reads(when=lambda read: "noon" in read.text, timeout=PATIENCE)
    assert [read.text for read in anna.sees() if read.is_bot][1:] == [answer.text]
    assert len(ondemand.media_left()) == len(ondemand.calls("upload_media")) == 1
