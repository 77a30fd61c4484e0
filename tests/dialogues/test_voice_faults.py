"""Recordings that are none, and services that do not work: what I am told then."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.conversation.phrases import say
from bot.sandbox import recordings, speech
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.sight import Read
from tests.dialogues.conftest import is_final
from tests.dialogues.test_voice import answer_to, heard_in, is_spoken, note_for

#: The store is the same on both databases, which other dialogues prove.
pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

#: Seconds. Nobody is told to wait for what was refused.
PATIENCE = 20.0


def ogg(text: str = "Hello there.") -> bytes:
    """A voice note as an app makes it."""
    return speech.speak(text, container="ogg")


def says(phrase: str) -> Callable[[Read], bool]:
    """Whether a message is this sentence, with a reference behind it."""
    words = re.escape(say(phrase, "en", ref="REF")).replace("REF", "[0-9a-f]+").replace("`", "")
    return lambda read: re.fullmatch(words, read.text) is not None


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (lambda: b"What is this? I renamed a letter.", "recording not sound"),
        (lambda: recordings.ffconcat("../../data/key"), "recording not sound"),
        (lambda: recordings.hls("/etc/passwd"), "recording not sound"),
        (lambda: ogg()[:60], "recording no sound in it"),
        (lambda: recordings.silence(3700), "recording too long"),
        (lambda: recordings.silence(3), "nothing heard"),
        (lambda: bytes(20 * 2**20 + 1), "recording too large"),
    ],
    ids=["a letter", "a playlist", "another playlist", "a head", "an hour", "silence", "too large"],
)
async def test_a_recording_that_is_none_is_answered_in_a_sentence(
    content: Callable[[], bytes],
    phrase: str,
    anna: Person,
    ondemand: OnDemandSandbox,
    tmp_path: Path,
) -> None:
    """I am told what is wrong with it and what to do, and nothing was paid to find out."""
    await anna.sends(voice=content(), duration=3)

    await anna.reads(when=says(phrase), timeout=PATIENCE)
    await anna.says("Are you there?")
    await answer_to(anna)

    paid_to_hear = len(ondemand.calls("speech_to_text"))
    assert paid_to_hear == (phrase == "nothing heard")
    assert ondemand.media_left() == []
    files = {file.name for file in tmp_path.iterdir() if not file.name.startswith("bot.db")}
    assert files <= {"data"}


async def test_a_film_without_sound_is_said_to_have_none(anna: Person) -> None:
    """I filmed with the microphone off, and am told so."""
    await anna.sends(video_note=recordings.video_note(None))

    await anna.reads(when=says("recording no sound in it"), timeout=PATIENCE)


@pytest.mark.parametrize(
    ("content", "name", "mime_type"),
    [
        (lambda: recordings.truncated(ogg("What is a monad? Please tell me more.")), None, None),
        (lambda: recordings.chained(ogg("What is"), ogg("a monad?")), None, None),
        (lambda: speech.speak("What is a monad?"), "photo.png", "image/png"),
        (lambda: recordings.mp3_with_cover("What is a monad?"), "song.ogg", "audio/ogg"),
    ],
    ids=["cut off", "two in one", "called a picture", "with a cover"],
)
async def test_an_odd_recording_is_heard(
    content: Callable[[], bytes], name: str | None, mime_type: str | None, anna: Person
) -> None:
    """What can be played is listened to, whatever it is called and however it came about."""
    await anna.sends(voice=content(), file_name=name, mime_type=mime_type)

    written = await answer_to(anna)
    assert heard_in(written)


async def test_a_service_that_refuses_the_file_gets_a_plain_one(
    anna: Person, ondemand: OnDemandSandbox
) -> None:
    """My phone's recording is refused, and understood on the second try."""
    ondemand.will("refuses_ogg")

    await anna.speaks(recordings.EASILY_HEARD[0])

    written = await answer_to(anna)
    assert "problem with my computer" in heard_in(written).lower()
    names = [call.body["name"] for call in ondemand.calls("upload_media")]
    assert [name.rpartition(".")[2] for name in names] == ["ogg", "mp3"]
    await note_for(anna)
    await anna.says("And in writing?")
    await answer_to(anna)
    assert ondemand.media_left() == []


@pytest.mark.parametrize(
    ("behaviour", "phrase"),
    [("not_subscribed", "deaf"), ("unknown_error", "not understood by ear")],
)
async def test_a_bot_that_cannot_hear_says_so(
    behaviour: str, phrase: str, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """The service does not work; I am asked to write, and when I do I am answered."""
    ondemand.will(behaviour, operation="speech_to_text")

    await anna.speaks("Hello there.")

    await anna.reads(when=says(phrase), timeout=PATIENCE)
    await anna.says("Hello there.")
    await answer_to(anna)
    assert ondemand.media_left() == []


@pytest.mark.parametrize(
    ("behaviour", "operation"),
    [
        ("not_subscribed", "text_to_speech"),
        ("unknown_error", "text_to_speech"),
        ("server_error", "text_to_speech"),
        ("links_expired", "text_to_speech"),
        ("speech_huge", None),
        ("speech_not_sound", None),
        ("speech_private", None),
    ],
)
async def test_a_bot_that_cannot_speak_says_so(
    behaviour: str, operation: str | None, anna: Person, ondemand: OnDemandSandbox
) -> None:
    """I read my answer all the same, and hear why I do not hear it."""
    ondemand.assistant.will_say("Good morning.")
    ondemand.will(behaviour, operation=operation)

    await anna.speaks("Hello there.")

    written = await answer_to(anna)
    assert heard_in(written) == "Hello there."
    await anna.reads(when=says("speechless"), timeout=PATIENCE)
    assert not any(is_spoken(read) for read in anna.sees() if read.is_bot)
    assert len(ondemand.calls("text_to_speech")) == 1


async def test_a_recording_that_telegram_no_longer_has(
    anna: Person, telegram: TelegramSandbox
) -> None:
    """Fetching it fails for a moment, and then it is heard all the same."""
    telegram.will("file_cut", times=1)
    telegram.will("file_gone", times=1)

    await anna.speaks("Hello there.")

    written = await answer_to(anna)
    assert heard_in(written) == "Hello there."
    assert is_final(written)
