"""Voice both ways: what people forbid, what Telegram makes of a recording, what people hear."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.sandbox import recordings
from bot.sandbox.sound import length
from bot.sandbox.speech import CAN_HEAR, speak
from bot.sandbox.telegram import Action, Person, TelegramSandbox
from bot.sandbox.telegram.schema import check
from tests.conftest import HandClock
from tests.contracts.telegram_sandbox.client import Client

FORBIDDEN = "Bad Request: VOICE_MESSAGES_FORBIDDEN"


async def upload(call: Client, kind: str, content: bytes, **form: object) -> Any:
    """Send a file as a form, and return the message or the refusal's envelope."""
    method = "send" + kind.title().replace("_", "")
    told = {name: str(value) for name, value in form.items()}
    answer = (await call.http.post(method, data=told, files={kind: ("file", content)})).json()
    return answer["result"] if answer["ok"] else answer


async def downloaded(telegram: TelegramSandbox, call: Client, file_id: str) -> httpx.Response:
    """Fetch a file by its id."""
    path = (await call("getFile", file_id=file_id))["file_path"]
    return await call.http.get(f"{telegram.url}/file/bot{telegram.token}/{path}")


# What people forbid
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("from_the_start", [True, False])
async def test_who_forbids_voice_gets_none(
    telegram: TelegramSandbox, call: Client, from_the_start: bool
) -> None:
    """Voice and video messages are refused and an audio is not, until they are allowed again."""
    dora = telegram.person("Dora", forbids_voice=from_the_start)
    await dora.says("/start")
    if not from_the_start:
        await dora.forbids_voice()
    sound = recordings.silence(1)

    voice = await upload(call, "voice", sound, chat_id=dora.id)
    film = await upload(call, "video_note", recordings.video_note(), chat_id=dora.id)
    audio = await upload(call, "audio", sound, chat_id=dora.id)
    chat = await call("getChat", chat_id=dora.id)
    await dora.allows_voice()
    again = await upload(call, "voice", sound, chat_id=dora.id)

    assert (voice["description"], film["description"]) == (FORBIDDEN, FORBIDDEN)
    assert "audio" in audio
    assert chat["has_restricted_voice_and_video_messages"]
    assert "voice" in again
    assert telegram.violations() == []  # The settings may have changed a moment ago.


async def test_a_forwarded_voice_note_is_forbidden_too(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """What somebody forbids does not come as a forward or a copy either."""
    dora = telegram.person("Dora", forbids_voice=True)
    await dora.says("/start")
    said = await anna.sends(voice=recordings.silence(1))
    there = {"chat_id": dora.id, "from_chat_id": anna.id, "message_id": said.id}

    assert await call.refused("forwardMessage", **there) == FORBIDDEN
    assert await call.refused("copyMessage", **there) == FORBIDDEN


async def test_voice_is_forbidden_once(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """The refusal can be ordered, for voice and video messages alone."""
    telegram.will("voice_forbidden", times=1)
    sound = recordings.silence(1)

    audio = await upload(call, "audio", sound, chat_id=anna.id)
    voice = await upload(call, "voice", sound, chat_id=anna.id)
    again = await upload(call, "voice", sound, chat_id=anna.id)

    assert "audio" in audio
    assert voice["description"] == FORBIDDEN
    assert "voice" in again


# What Telegram makes of a recording
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: recordings.silence(1), "voice"),
        (lambda: speak("Hello."), "voice"),
        (lambda: recordings.audio_file("Hello.", "m4a"), "voice"),
        (lambda: recordings.ogg_with_vorbis(), "audio"),
        (lambda: recordings.audio_file("Hello.", "wav"), "document"),
        (lambda: b"Hello.", "document"),
    ],
    ids=["Opus", "MP3", "M4A", "Vorbis", "WAV", "a text"],
)
async def test_what_is_played_as_a_voice_note(
    call: Client, anna: Person, make: Callable[[], bytes], kind: str
) -> None:
    """Opus in Ogg, MP3 and M4A are; other Ogg comes as an audio, the rest as a document."""
    sound = await asyncio.to_thread(make)
    posted = await upload(call, "voice", sound, chat_id=anna.id)

    [seen] = await anna.reads()
    assert (seen.kind, seen.file) == (kind, sound)
    assert check(posted, "Message") == []


@pytest.mark.parametrize(
    ("seconds", "told", "shown", "remark"),
    [
        (3, None, 3, None),
        (3, 3, 3, None),
        (3, 4, 4, None),
        (3, 5, 5, "duration is said to be 5, and the voice lasts 3.0 seconds"),
        (3, 0, 0, "duration is said to be 0, and the voice lasts 3.0 seconds"),
        (6300, None, 0, "a voice note over 1 MiB without duration is shown as 0:00"),
        (6300, 6300, 6300, None),
    ],
    ids=["small", "told", "rounded", "wrong", "none", "big", "big and told"],
)
async def test_how_long_a_voice_note_is_shown_to_be(
    telegram: TelegramSandbox,
    call: Client,
    anna: Person,
    seconds: int,
    told: int | None,
    shown: int,
    remark: str | None,
) -> None:
    """Telegram believes what it is told, measures small ones itself, and big ones not at all."""
    form = {} if told is None else {"duration": told}
    await upload(call, "voice", recordings.silence(seconds), chat_id=anna.id, **form)

    [seen] = await anna.reads()
    assert seen.duration == shown
    assert [one.what for one in telegram.violations("ignored")] == ([remark] if remark else [])


@pytest.mark.parametrize("kind", ["audio", "video_note"])
async def test_other_recordings_are_measured_too(
    telegram: TelegramSandbox, call: Client, anna: Person, kind: str
) -> None:
    """Whoever tells a wrong length of an audio or a film is found out."""
    content = recordings.video_note() if kind == "video_note" else recordings.silence(2)
    await upload(call, kind, content, chat_id=anna.id, duration=2)
    honest = telegram.violations()
    await upload(call, kind, content, chat_id=anna.id, duration=9)

    assert honest == []
    assert [one.kind for one in telegram.violations()] == ["ignored"]


# What people send, see and hear
# ------------------------------------------------------------------------------------------


async def test_a_film_in_which_somebody_speaks(call: Client, anna: Person) -> None:
    """A video note arrives with its length, with and without a voice in it."""
    await anna.sends(video_note=recordings.video_note("Good morning."))
    await anna.sends(video_note=recordings.video_note(seconds=3))
    spoken, mute = [one["message"]["video_note"] for one in await call.hears(2)]

    assert spoken["duration"] == 1
    assert mute["duration"] == 3


async def test_a_person_lies_about_the_length(call: Client, anna: Person) -> None:
    """An hour of silence that says it is three seconds fits into a megabyte."""
    sent = await anna.sends(voice=recordings.silence(3600), duration=3)
    [update] = await call.hears()

    assert update["message"]["voice"]["duration"] == 3
    assert update["message"]["voice"]["file_size"] < 1 << 20
    assert length(sent.file or b"") == pytest.approx(3600)


async def test_a_playlist_has_no_length(call: Client, anna: Person) -> None:
    """A list of files that poses as a recording is not followed."""
    await anna.sends(voice=recordings.ffconcat("pyproject.toml"))
    [update] = await call.hears()

    assert update["message"]["voice"]["duration"] == 0


async def test_a_voice_note_as_a_reply_and_as_a_forward(call: Client, anna: Person) -> None:
    """People answer by voice, and pass on what others said."""
    question = await anna.says("What is a monad?")
    note = await anna.speaks("A burrito.", reply_to=question)
    await anna.forwards(note)
    _, reply, forward = [one["message"] for one in await call.hears(3)]

    assert reply["reply_to_message"]["text"] == "What is a monad?"
    assert forward["voice"] == reply["voice"]
    assert forward["forward_origin"]["sender_user"]["first_name"] == "Anna"


async def test_a_person_hears_what_the_bot_says(call: Client, anna: Person) -> None:
    """Speech is heard in any language; a text cannot be heard."""
    sound = await asyncio.to_thread(speak, "Guten Morgen.", container="ogg")
    await upload(call, "voice", sound, chat_id=anna.id)
    await call("sendMessage", chat_id=anna.id, text="Hi")
    voice, text = await anna.reads(2)

    assert await anna.hears(voice) == "Guten Morgen."
    with pytest.raises(ValueError, match="Anna hears nothing in a text"):
        await anna.hears(text)


@pytest.mark.skipif(not CAN_HEAR, reason="pocketsphinx has no wheel for this Python")
async def test_a_person_listens_to_a_stranger(anna: Person) -> None:
    """A recording without words in its tags is really listened to."""
    said = recordings.EASILY_HEARD[0]
    note = recordings.untagged(await asyncio.to_thread(speak, said, container="ogg"))

    heard = await anna.hears(await anna.sends(voice=note))

    assert heard == said.lower().rstrip(".")


async def test_what_the_bot_was_seen_doing(
    telegram: TelegramSandbox, call: Client, anna: Person, clock: HandClock
) -> None:
    """Every action that was shown is remembered with its time, by chat and topic."""
    group = telegram.group("Club", anna, telegram.bot, forum=True)
    topic = await group.open_topic("Food")
    began = clock.now()
    await call("sendChatAction", chat_id=anna.id, action="typing")
    clock.advance(4)
    await call("sendChatAction", chat_id=anna.id, action="record_voice")
    await call("sendMessage", chat_id=anna.id, text="Hi")
    await call("sendChatAction", chat_id=group.id, message_thread_id=topic, action="upload_voice")
    bruno = telegram.person("Bruno")

    shown = anna.saw_actions()
    assert [(one.name, (one.at - began).seconds) for one in shown] == [
        ("typing", 0),
        ("record_voice", 4),
    ]
    assert anna.sees_action() is None
    assert anna.saw_actions(in_=group, topic=topic) == [
        Action("upload_voice", clock.now(), group.id, topic)
    ]
    assert anna.saw_actions(in_=group, topic=99) == []
    assert bruno.saw_actions(in_=group) == []


# What happens to a file on its way
# ------------------------------------------------------------------------------------------


async def test_downloads_are_counted(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """Each fetching of a file is a call of its own, with its path and status, never the token."""
    await anna.sends(voice=recordings.silence(1))
    [update] = await call.hears()
    await downloaded(telegram, call, update["message"]["voice"]["file_id"])
    await call.http.get(f"{telegram.url}/file/bot{telegram.token}/voice/nowhere.oga")
    await call.http.get(f"{telegram.url}/file/bot1:wrong-token/voice/file_1.oga")

    seen = telegram.calls("download")
    assert [one.status for one in seen] == [200, 404, 401]
    assert dict(seen[0].parameters) == {"file_path": "voice/file_1.oga"}
    assert len(telegram.calls("getFile")) == 1


async def test_a_file_is_gone(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """A file that was promised is not there, once."""
    sent = await anna.sends(voice=recordings.silence(1))
    [update] = await call.hears()
    file_id = update["message"]["voice"]["file_id"]
    telegram.will("file_gone", times=1)

    gone = await downloaded(telegram, call, file_id)
    there = await downloaded(telegram, call, file_id)

    assert (gone.status_code, gone.json()["description"]) == (404, "Not Found")
    assert there.content == sent.file
    assert telegram.violations() == []


async def test_a_file_comes_slowly(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """It takes its time, and is whole."""
    sent = await anna.sends(voice=recordings.silence(1))
    [update] = await call.hears()
    telegram.will("file_slow", seconds=0.2)
    started = time.monotonic()

    answer = await downloaded(telegram, call, update["message"]["voice"]["file_id"])

    assert time.monotonic() - started >= 0.2
    assert answer.content == sent.file


async def test_a_file_breaks_off(telegram: TelegramSandbox, call: Client, anna: Person) -> None:
    """Half of it arrives, and the next time all of it."""
    sent = await anna.sends(voice=recordings.silence(1))
    [update] = await call.hears()
    file_id = update["message"]["voice"]["file_id"]
    path = (await call("getFile", file_id=file_id))["file_path"]
    telegram.will("file_cut", times=1)
    got = b""

    with pytest.raises(httpx.TransportError):
        url = f"{telegram.url}/file/bot{telegram.token}/{path}"
        async with call.http.stream("GET", url) as answer:
            async for piece in answer.aiter_raw():
                got += piece
    again = await downloaded(telegram, call, file_id)

    assert sent.file is not None
    assert got == sent.file[: len(sent.file) // 2]
    assert again.content == sent.file


def test_only_what_belongs_to_downloads_acts_on_them(telegram: TelegramSandbox) -> None:
    """Other behaviours cannot be armed for a download."""
    telegram.will("file_gone", method="download")

    with pytest.raises(ValueError, match="flood does not belong to download"):
        telegram.will("flood", method="download")
