"""Files given to the sandbox's platform."""

from typing import Any

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from tests.unit.sandbox.platform_client import (
    AUDIO_READER,
    DOCUMENT_READER,
    FILES,
    PlatformClient,
    answer_of,
)

PERPLEXITY = "1722260873"


async def test_a_file_is_known_in_its_session(client: PlatformClient) -> None:
    """A file uploaded into a session can be asked about, and stands among its messages."""
    session = await client.session()
    await client.upload("tides.md", b"# Tides\n\nHigh water is at noon.", sessionId=session)

    answer = answer_of((await client.ask(session, "What does the file say?")).text)
    messages = (await client.get(f"/chat/v1/sessions/{session}/messages")).json()["data"]

    assert "> High water is at noon." in answer
    assert [message["type"] for message in messages] == ["text", "media"]


async def test_a_document_is_ready_without_saying_so(client: PlatformClient) -> None:
    """Documents have no status, but their text, whole behind a link; Markdown is called text."""
    media = (await client.upload("notes.md", "Grüße aus Köln".encode())).json()["data"]
    fetched = await client.get(media["extractedTextUrl"])

    assert "actionStatus" not in media
    assert (media["mimeType"], media["extension"]) == ("text/plain", "txt")
    assert (media["context"], media["extractedTextLength"]) == ("Grüße aus Köln", 3)
    assert fetched.content.decode() == "Grüße aus Köln"
    assert fetched.headers["content-type"] == "application/octet-stream"


async def test_a_voice_note_becomes_text(client: PlatformClient) -> None:
    """A recording uploaded for the audio reader is transcribed, and its link can be heard again."""
    sound = (await client.get(await client.speak("Guten Morgen, wie geht es dir?"))).content

    media = (await client.upload("voice.mp3", sound, plugins=AUDIO_READER)).json()["data"]
    heard = await client.execute("speech_to_text", audioUrl=media["url"])

    assert (media["actionStatus"], media["extractedText"]) == (
        "completed",
        "Guten Morgen, wie geht es dir?",
    )
    assert heard.json()["data"] == {"text": "Guten Morgen, wie geht es dir?"}


@pytest.mark.parametrize(
    "part",
    [
        {"plugins": DOCUMENT_READER},
        {"agents": "agent-1713954536"},
        {"plugins": [DOCUMENT_READER, "plugin-1713962163"]},
        {"agents": '["agent-1713954536"]'},
    ],
    ids=["one plugin", "one agent", "a repeated part", "a JSON list"],
)
async def test_an_upload_names_its_reader_in_many_ways(
    part: dict[str, Any], client: PlatformClient
) -> None:
    """Every way clients were seen to name the reader is understood."""
    answer = await client.upload("notes.md", b"Notes", **{"plugins": None, **part})

    assert answer.json()["data"]["plugins"][0] == DOCUMENT_READER


@pytest.mark.parametrize(
    ("name", "content", "fields", "status"),
    [
        ("notes.md", b"Notes", {"plugins": None}, 500),
        ("notes.md", b"Notes", {"plugins": AUDIO_READER}, 500),
        ("notes.txt", "Grüße".encode("latin-1"), {}, 500),
        ("sticker.webp", b"RIFF", {"plugins": "plugin-1713958591"}, 500),
        ("voice.oga", b"OggS", {"plugins": AUDIO_READER}, 500),
        ("voice.ogg", b"not sound", {"plugins": AUDIO_READER}, 500),
        ("notes.md", b"Notes", {"sessionId": "6aca00000000000000000000"}, 404),
        ("big.txt", bytes(26 * 1024 * 1024), {}, 413),
        ("notes.txt", b"Notes", {"plugins": None}, 200),
    ],
    ids=[
        "no reader",
        "the wrong reader",
        "not UTF-8",
        "an unknown kind",
        "an ending it does not know",
        "broken sound",
        "an unknown session",
        "too big",
        "plain text needs no reader",
    ],
)
async def test_what_the_platform_makes_of_odd_uploads(
    name: str, content: bytes, fields: dict[str, Any], status: int, client: PlatformClient
) -> None:
    """What the platform cannot read it refuses, mostly in the same two words."""
    answer = await client.upload(name, content, **fields)

    assert answer.status_code == status
    assert status != 500 or answer.json()["message"] == "errors.server_error"


async def test_a_url_needs_a_reader_and_stays_where_it_is(client: PlatformClient) -> None:
    """A file by URL is not copied, a foreign one is never fetched, and a reader must be named."""
    body = {"url": "https://files.example.org/report.pdf", "responseMode": "sync"}

    refused = await client.post(FILES, json={**body, "plugins": []})
    media = (await client.post(FILES, json={**body, "plugins": [DOCUMENT_READER]})).json()["data"]

    assert (refused.status_code, refused.json()["message"]) == (
        500,
        "errors.no.executable.plugin.found",
    )
    assert media["url"] == media["sourceUrl"] == body["url"]
    assert "fetches nothing" in media["context"]


@pytest.mark.parametrize(
    "fields",
    [
        {"url": 5},
        {"plugins": "one"},
        {"sessionId": ["a"]},
        {"externalUserId": 7},
        {"responseMode": "stream"},
    ],
    ids=str,
)
async def test_a_file_by_url_with_odd_fields_is_refused(
    fields: dict[str, Any], client: PlatformClient
) -> None:
    """What is not as the schema has it is a wrong request, never a failure of the server."""
    body = {
        "url": "https://example.org/a.pdf",
        "plugins": [DOCUMENT_READER],
        "responseMode": "sync",
    }

    answer = await client.post(FILES, json=body | fields)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "invalid_request")


async def test_a_form_sent_to_the_wrong_route_fails_and_is_kept(client: PlatformClient) -> None:
    """The route for URLs answers 500 to an upload, and yet the file is in the list."""
    form = {"plugins": DOCUMENT_READER}

    answer = await client.post(FILES, files={"file": ("notes.txt", b"Notes")}, data=form)
    listed = (await client.get(FILES, params={"limit": 5})).json()["data"]

    assert answer.status_code == 500
    assert [media["name"] for media in listed] == ["notes.txt"]


async def test_files_are_listed_newest_first_one_by_default(client: PlatformClient) -> None:
    """Who asks for no page length gets one file; pages, order and filters work as documented."""
    for name in ("one.txt", "two.txt", "three.txt"):
        await client.upload(name, b"Notes", externalUserId=name[:3])

    async def names(**params: Any) -> list[str]:
        listed = (await client.get(FILES, params=params)).json()["data"]
        return [media["name"] for media in listed]

    assert await names() == ["three.txt"]
    assert await names(limit=2, page=2) == ["one.txt"]
    assert await names(limit=9, sort="createdAt") == ["one.txt", "two.txt", "three.txt"]
    assert await names(limit=9, externalUserId="two") == ["two.txt"]
    assert await names(limit=9, source="image") == []


async def test_a_deleted_file_is_forgotten(client: PlatformClient) -> None:
    """After deletion the file is in no list, in no session, and its link is dead."""
    session = await client.session()
    media = (await client.upload("notes.txt", b"Notes", sessionId=session)).json()["data"]

    deleted = await client.delete(f"{FILES}/{media['id']}")
    again = await client.delete(f"{FILES}/{media['id']}")

    assert (deleted.json(), again.status_code) == ({"message": "Media Deleted!"}, 404)
    assert (await client.get(media["url"])).status_code == 404
    assert (await client.get(FILES)).json()["data"] == []
    assert "no file" in answer_of((await client.ask(session, "Which files are there?")).text)


async def test_what_is_left_of_files(ondemand: OnDemandSandbox, client: PlatformClient) -> None:
    """A file is kept until it is deleted, and whoever asks is told which there are."""
    first = (await client.upload("one.txt", b"One")).json()["data"]
    await client.upload("two.txt", b"Two")
    both = ondemand.media_left()
    await client.delete(f"{FILES}/{first['id']}")

    assert both == ["one.txt", "two.txt"]
    assert ondemand.media_left() == ["two.txt"]
