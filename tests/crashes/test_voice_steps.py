"""Killed at any step of a voice conversation, the bot finishes it and pays once: V1 to V6."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.crashes.bot_that_stops_at import VOICE_STEPS
from tests.crashes.process import BotProcess
from tests.crashes.test_steps import PATIENCE
from tests.dialogues.conftest import is_final
from tests.waiting import until

#: The store is the same on both databases, which other dialogues prove.
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

QUESTION, ANSWER = "What is a monad?", "A monad is a burrito."

#: What is paid for, each once.
PAID = ("speech_to_text", "submit_query", "text_to_speech")


def paid(ondemand: OnDemandSandbox) -> list[int]:
    """How often each thing was paid for."""
    return [len(ondemand.calls(operation)) for operation in PAID]


async def quiet(anna: Person, ondemand: OnDemandSandbox) -> list[Read]:
    """What the bot has in the chat when a second question, in writing, is answered."""
    await anna.reads(when=is_final, timeout=PATIENCE)
    await anna.says("And you?")
    seen = await anna.sees_eventually(
        lambda seen: "And you?" in seen[-1].text and is_final(seen[-1]), PATIENCE
    )
    await until(lambda: not ondemand.media_left())
    return [read for read in seen[:-1] if read.is_bot]


def children_of_bots() -> list[str]:
    """Worker processes that have lost their bot."""
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue  # It has ended meanwhile.
        if "bot.audio" in command or "bot/audio/" in command:
            is_orphan = parent == "1" or not Path(f"/proc/{parent}").exists()
            left += [command] if is_orphan else []
    return left


@pytest.mark.parametrize("step", VOICE_STEPS)
async def test_killed_between_two_steps_my_voice_is_answered_once_and_paid_once(
    step: str, bot: BotProcess, anna: Person, ondemand: OnDemandSandbox, tmp_path: Path
) -> None:
    """The bot dies between any two things it does; I get one answer, and nothing is left behind."""
    ondemand.assistant.will_say(ANSWER)
    bot.start("-m", "tests.crashes.bot_that_stops_at", step)
    await anna.speaks(QUESTION)
    assert await bot.ended() == -signal.SIGKILL

    bot.start()

    written, *spoken = await quiet(anna, ondemand)
    assert written.text.endswith(ANSWER)
    # The last step cannot be told from a note that was sent: then the text stands alone.
    assert [read.kind for read in spoken] == ([] if step == "V6" else ["voice"])
    assert paid(ondemand) == [1, 2, 1]
    files = {file.name for file in tmp_path.iterdir() if not file.name.startswith("bot.db")}
    assert files <= {"data", "log"}
    if os.name == "posix":
        await until(lambda: not children_of_bots())


async def test_killed_before_we_heard_that_a_voice_note_was_sent_it_comes_once(
    bot: BotProcess, anna: Person, telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """V6: the note arrived and nobody knows; it does not come again."""
    ondemand.assistant.will_say(ANSWER)
    telegram.will("answer_late", method="sendVoice", times=1, seconds=60)
    bot.start()
    await anna.speaks(QUESTION)
    await until(lambda: telegram.calls("sendVoice"))
    await asyncio.sleep(0.1)  # The note is there.
    bot.kill()

    bot.start()

    written, spoken = await quiet(anna, ondemand)
    assert (written.kind, spoken.kind) == ("text", "voice")
    assert paid(ondemand) == [1, 2, 1]


async def test_killed_while_it_listens_my_recording_is_used_again(
    bot: BotProcess, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """No word has come back; the recording that is there is heard, and not uploaded again."""
    ondemand.assistant.will_say(ANSWER)
    slow = ondemand.will("heard_slow", times=1, seconds=60)
    bot.start()
    await anna.speaks(QUESTION)
    await until(lambda: not slow.times)  # It is heard, and told later.
    bot.kill()

    bot.start()

    written, spoken = await quiet(anna, ondemand)
    assert written.text.endswith(ANSWER)
    assert spoken.kind == "voice"
    assert len(ondemand.calls("upload_media")) == 1
