"""Voice both ways: what people forbid, what Telegram makes of a recording, what people hear."""

from typing import Any

import pytest

from bot.sandbox import recordings
from bot.sandbox.telegram import Person, TelegramSandbox
from tests.contracts.telegram_sandbox.client import Client

FORBIDDEN = "Bad Request: VOICE_MESSAGES_FORBIDDEN"


async def upload(call: Client, kind: str, content: bytes, **form: object) -> Any:
    """Send a file as a form, and return the message or the refusal's envelope."""
    method = "send" + kind.title().replace("_", "")
    told = {name: str(value) for name, value in form.items()}
    answer = (await call.http.post(method, data=told, files={kind: ("file", content)})).json()
    return answer["result"] if answer["ok"] else answer


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
