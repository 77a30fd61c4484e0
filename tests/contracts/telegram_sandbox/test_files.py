"""Files both ways: what people send can be downloaded, what the bot sends is seen."""

import math
import struct
import wave
from io import BytesIO
from typing import Any

import pytest

from bot.sandbox.recordings import silence
from bot.sandbox.speech import hear
from bot.sandbox.telegram import Person, TelegramSandbox
from bot.sandbox.telegram.files import MAX_DOWNLOAD, MAX_UPLOAD
from bot.sandbox.telegram.schema import check
from tests.contracts.telegram_sandbox.client import Client

OGG = silence(1)


def tone(seconds: float) -> bytes:
    """Return a WAV file with a tone."""
    written = BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (int(8000 * math.sin(i / 3)) for i in range(int(8000 * seconds)))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return written.getvalue()


async def test_a_voice_note_can_be_downloaded_and_heard(
    telegram: TelegramSandbox, call: Client, anna: Person
) -> None:
    """What a person speaks arrives as OGG with its duration, and says what was said."""
    await anna.speaks("Good morning.")
    [update] = await call.hears()
    voice = update["message"]["voice"]
    file = await call("getFile", file_id=voice["file_id"])
    url = f"{telegram.url}/file/bot{telegram.token}/{file['file_path']}"
    sound = (await call.http.get(url)).content

    assert sound.startswith(b"OggS")
    assert voice["duration"] >= 1
    assert len(sound) == voice["file_size"]
    assert hear(sound) == "Good morning."


async def test_a_duration_is_measured_unless_it_is_told(call: Client, anna: Person) -> None:
    """A person can also lie about the length of a recording."""
    await anna.sends(audio=tone(3), mime_type="audio/wav", file_name="tone.wav")
    await anna.sends(audio=tone(3), duration=1)
    measured, told = await call.hears(2)

    assert measured["message"]["audio"]["duration"] == 3
    assert measured["message"]["audio"]["file_name"] == "tone.wav"
    assert told["message"]["audio"]["duration"] == 1


@pytest.mark.parametrize("kind", ["voice", "audio", "document", "photo", "video", "video_note"])
async def test_people_send_files(
    telegram: TelegramSandbox, call: Client, anna: Person, kind: str
) -> None:
    """Each kind of file arrives in its field, well formed, with its caption."""
    file: dict[str, Any] = {kind: OGG}
    sent = await anna.sends(**file, caption="Look /new", duration=2)

    assert (sent.kind, sent.text, sent.file) == (kind, "Look /new", OGG)
    assert check(telegram.updates()[-1], "Update") == []


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("sendVoice", "voice"),
        ("sendAudio", "audio"),
        ("sendDocument", "document"),
        ("sendPhoto", "photo"),
        ("sendVideo", "video"),
        ("sendVideoNote", "video_note"),
        ("sendAnimation", "animation"),
    ],
)
async def test_the_bot_sends_files(call: Client, anna: Person, method: str, kind: str) -> None:
    """An upload as a form is seen by the person with its bytes, and can be sent again by its id."""
    form = {"chat_id": str(anna.id)}
    answer = await call.http.post(method, data=form, files={kind: ("name.ogg", OGG)})
    posted = answer.json()["result"]
    file = posted[kind][-1] if kind == "photo" else posted[kind]
    again = await call(method, chat_id=anna.id, **{kind: file["file_id"]})

    first, second = await anna.reads(2)
    assert (first.kind, first.file, second.file) == (kind, OGG, OGG)
    assert check(posted, "Message") == []
    assert check(again, "Message") == []


async def test_an_album(call: Client, anna: Person) -> None:
    """Several files travel as one album, attached by name, with a caption each."""
    media = '[{"type":"document","media":"attach://a","caption":"One"},' + (
        '{"type":"document","media":"attach://b"}]'
    )
    files = {"a": ("a.txt", b"one"), "b": ("b.txt", b"two")}
    form = {"chat_id": str(anna.id), "media": media}
    posted = (await call.http.post("sendMediaGroup", data=form, files=files)).json()["result"]

    assert len({one["media_group_id"] for one in posted}) == 1
    assert [(one.text, one.file) for one in await anna.reads(2)] == [("One", b"one"), ("", b"two")]


async def test_captions_have_a_limit(call: Client, anna: Person) -> None:
    """A caption of 1024 units fits, one more does not."""
    form = {"chat_id": str(anna.id), "caption": "😀" * 513}
    answer = await call.http.post("sendDocument", data=form, files={"document": ("a", b"x")})

    assert answer.json()["description"] == "Bad Request: message caption is too long"


async def test_big_files_cannot_be_downloaded(call: Client, anna: Person) -> None:
    """Over 20 MiB a bot sees the file and cannot have it."""
    sent = await anna.sends(document=bytes(MAX_DOWNLOAD + 1))
    [update] = await call.hears()

    file_id = update["message"]["document"]["file_id"]
    assert sent.kind == "document"
    assert await call.refused("getFile", file_id=file_id) == "Bad Request: file is too big"


async def test_huge_files_cannot_be_uploaded(call: Client, anna: Person) -> None:
    """Over 50 MiB Telegram takes nothing."""
    files = {"document": ("big", bytes(MAX_UPLOAD + 1))}
    answer = await call.http.post("sendDocument", data={"chat_id": str(anna.id)}, files=files)

    assert (answer.status_code, answer.json()["description"]) == (413, "Request Entity Too Large")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"document": "https://example.com/a.pdf"}, "failed to get HTTP URL content"),
        ({"document": "nobody-gave-this-out"}, "wrong file identifier/HTTP URL specified"),
        ({"document": "attach://lost"}, "there is no document in the request"),
        ({}, "there is no document in the request"),
    ],
)
async def test_a_file_must_be_there(
    call: Client, anna: Person, parameters: dict[str, Any], words: str
) -> None:
    """The sandbox fetches nothing, and an id must be one it gave out."""
    said = await call.refused("sendDocument", chat_id=anna.id, **parameters)

    assert said == f"Bad Request: {words}"


async def test_forwarding_and_copying(call: Client, anna: Person) -> None:
    """A forward says where it is from, a copy does not, and a person can forward too."""
    said = await anna.says("What is a monad?")
    there = {"chat_id": anna.id, "from_chat_id": anna.id, "message_id": said.id}
    forwarded = await call("forwardMessage", **there)
    copied = await call("copyMessage", **there)
    await anna.forwards(forwarded["message_id"])
    [_, update] = await call.hears(2)

    assert forwarded["forward_origin"]["sender_user"]["first_name"] == "Anna"
    assert copied["message_id"] > forwarded["message_id"]
    assert update["message"]["forward_origin"] == forwarded["forward_origin"]


async def test_a_caption_can_be_edited(call: Client, anna: Person) -> None:
    """The caption changes and the file stays."""
    files = {"document": ("a.txt", b"one")}
    form = {"chat_id": str(anna.id), "caption": "One"}
    posted = (await call.http.post("sendDocument", data=form, files=files)).json()["result"]
    there = {"chat_id": anna.id, "message_id": posted["message_id"]}
    await call("editMessageCaption", **there, caption="Two")

    assert anna.sees()[-1].text == "Two"
    assert anna.sees()[-1].file == b"one"
    assert await call.refused("editMessageText", **there, text="Three") == (
        "Bad Request: there is no text in the message to edit"
    )
