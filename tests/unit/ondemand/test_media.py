"""Files reach OnDemand once, and can be used when they are said to be."""

import httpx
import pytest

from bot.ondemand import (
    FailedError,
    FileKind,
    Media,
    OnDemandClient,
    ServerError,
    StatusError,
    TimedOutError,
)
from tests.unit.ondemand.frames import SESSION
from tests.unit.ondemand.hand import Hand
from tests.unit.ondemand.other_side import (
    AGENT,
    KEY,
    Script,
    no,
    ok,
)

FILE = "6aca30000000000000000003"


async def test_upload(client: OnDemandClient, script: Script) -> None:
    """A file goes up as one form, with the one agent that reads its kind."""
    script.will(ok({"_id": FILE, "name": "voice.ogg", "actionStatus": "processing"}))

    media = await client.media.upload(
        b"OggS", "voice.ogg", content_type="audio/ogg", session_id=SESSION
    )

    request = script.requests[0]
    form = request.content.decode("latin-1")
    assert media == Media(FILE, name="voice.ogg", state="processing")
    assert script.asked == ["POST /media/v1/public/file/raw"]
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert 'name="plugins"\r\n\r\nplugin-1713958830\r\n' in form
    assert f'name="sessionId"\r\n\r\n{SESSION}\r\n' in form
    assert 'name="file"; filename="voice.ogg"\r\nContent-Type: audio/ogg\r\n\r\nOggS' in form
    assert 'name="externalUserId"' not in form


@pytest.mark.parametrize(
    "refusal",
    [no(400), no(400, details={"invalidAgentIds": ["agent-1713954536"]})],
    ids=["for no reason", "for the agent"],
)
async def test_upload_in_the_other_dialect(
    client: OnDemandClient, script: Script, refusal: httpx.Response
) -> None:
    """A form they refuse is sent once more in the platform's other dialect."""
    script.will(refusal, ok({"id": FILE}))

    await client.media.upload(b"x", "a.txt", content_type="text/plain")

    assert b'name="agents"\r\n\r\nagent-1713954536' in script.requests[1].content


LISTED = {"id": FILE, "name": "a.txt", "sizeBytes": 1, "createdAt": "2999-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ([no(500), ok([LISTED])], ["POST", "GET"]),
        ([no(500), ok([]), ok({"id": FILE})], ["POST", "GET", "POST"]),
        ([no(500), ok([]), no(500), ok([LISTED])], ["POST", "GET", "POST", "GET"]),
        ([httpx.Response(200), ok([LISTED])], ["POST", "GET"]),
        ([httpx.ReadError("reset"), ok([LISTED])], ["POST", "GET"]),
        ([no(524), ok([]), ok([LISTED])], ["POST", "GET", "GET"]),
    ],
    ids=["stored", "sent again", "stored then", "no word, stored", "cut, stored", "late"],
)
async def test_upload_that_may_have_worked(
    client: OnDemandClient, script: Script, answers: list[httpx.Response], asked: list[str]
) -> None:
    """After an unclear end the list is searched first, so that no file is stored twice."""
    script.will(*answers)

    media = await client.media.upload(b"x", "a.txt", content_type="text/plain")

    assert media.id == FILE
    assert [each.split()[0] for each in script.asked] == asked


@pytest.mark.parametrize(
    "other",
    [
        {"name": "b.txt"},
        {"sizeBytes": 2},
        {"sessionId": "another"},
        {"createdAt": "2020-01-01T00:00:00Z"},
    ],
    ids=str,
)
async def test_somebody_elses_file(
    client: OnDemandClient, script: Script, other: dict[str, object]
) -> None:
    """A file that only resembles ours is not taken for it."""
    listed = ok([LISTED | other])
    script.will(no(500), listed, no(500), ok([LISTED | other]))

    with pytest.raises(ServerError):
        await client.media.upload(b"x", "a.txt", content_type="text/plain")


@pytest.mark.parametrize("answer", [no(413), no(402), no(429)], ids=["413", "402", "429"])
async def test_upload_refused(
    client: OnDemandClient, script: Script, answer: httpx.Response
) -> None:
    """What the other dialect would not cure is not tried in it."""
    script.will(*[answer] * 3)

    with pytest.raises(StatusError):
        await client.media.upload(b"x", "a.txt", content_type="text/plain")

    assert b'name="agents"' not in script.requests[-1].content


async def test_upload_of_a_strange_kind(client: OnDemandClient) -> None:
    """A file nobody there can read is refused before it is sent."""
    with pytest.raises(ValueError, match="no reader"):
        await client.media.upload(b"x", "sticker.webp", content_type="image/webp")


async def test_uploads_keep_the_accounts_pace(
    client: OnDemandClient, script: Script, hand: Hand
) -> None:
    """The sixth upload of a minute waits for the next."""
    script.will(*[ok({"id": FILE}) for _ in range(6)])

    for _ in range(6):
        await client.media.upload(b"x", "a.txt", content_type="text/plain")

    assert hand.pauses == [60.0]


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"actionStatus": "completed"}, "ready"),
        ({"actionStatus": "processing", "context": "words"}, "processing"),
        ({"actionStatus": "failed", "context": "words"}, "failed"),
        ({"context": "words"}, "ready"),
        ({"extractedText": "words"}, "ready"),
        ({"extractedTextUrl": "https://a.example"}, "ready"),
        ({"extractedText": None, "context": ""}, "processing"),
        ({"actionStatus": "of tomorrow", "context": "words"}, "processing"),
    ],
    ids=str,
)
def test_when_a_file_is_ready(fields: dict[str, object], state: str) -> None:
    """A file is ready when they say so, or when they say nothing and its text is there."""
    assert Media.from_json({"id": FILE, **fields}).state == state


async def test_ready(client: OnDemandClient, script: Script, hand: Hand) -> None:
    """A file that is being worked on is looked up until it is done."""
    script.will(
        ok([{"id": FILE}]),
        ok([{"id": "other", "context": "x"}]),
        ok([{"id": FILE, "context": "x"}]),
    )

    media = await client.media.ready(Media(FILE))

    assert (media.state, hand.pauses) == ("ready", [5.0, 5.0])


async def test_never_ready(client: OnDemandClient, script: Script, hand: Hand) -> None:
    """A file that is never done is left in time, and one that failed at once."""
    script.will(*[ok([{"id": FILE}])] * 100)

    with pytest.raises(TimedOutError):
        await client.media.ready(Media(FILE))
    with pytest.raises(FailedError):
        await client.media.ready(Media(FILE, state="failed"))

    assert hand.now <= 300


async def test_create_from_url(client: OnDemandClient, script: Script) -> None:
    """A public file is named with its reader, and found again after silence."""
    url = "https://a.example/a.pdf"
    script.will(httpx.ReadError("reset"), ok([{"id": FILE, "sourceUrl": url}]))

    media = await client.media.create_from_url(url, kind=FileKind.DOCUMENT, session_id=SESSION)

    assert media.id == FILE
    assert script.bodies[0] == {
        "url": url,
        "plugins": ["plugin-1713954536"],
        "responseMode": "sync",
        "sessionId": SESSION,
    }


async def test_extracted_text(script: Script) -> None:
    """The whole text is fetched from its address; without one, what came along is all."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34"]

    client = OnDemandClient(KEY, user_agent=AGENT, transport=script, resolve=resolve)
    script.will(httpx.Response(200, content="\ufeffGr\u00fc\u00df".encode()))

    whole = await client.media.extracted_text(Media(FILE, extract_url="https://a.example/t"))
    part = await client.media.extracted_text(Media(FILE, extract="Gr"))

    assert (whole, part) == ("Gr\u00fc\u00df", "Gr")


async def test_files(client: OnDemandClient, script: Script) -> None:
    """Files are listed with their size of page always said, and addresses are not shown."""
    script.will(ok([{"_id": FILE, "url": "https://a.example/?sig=1"}]), ok([]))

    found = [each async for each in client.media.files(external_user_id="anna")]

    assert found == [Media(FILE, url="https://a.example/?sig=1")]
    assert "sig" not in repr(found)
    assert dict(script.requests[1].url.params) == {
        "externalUserId": "anna",
        "sort": "-createdAt",
        "page": "2",
        "limit": "50",
    }


@pytest.mark.parametrize("answer", [ok(None), no(404)], ids=["deleted", "gone already"])
async def test_delete_media(client: OnDemandClient, script: Script, answer: httpx.Response) -> None:
    """A file is gone afterwards, or was before."""
    script.will(answer)

    await client.media.delete(FILE)

    assert script.asked == [f"DELETE /media/v1/public/file/{FILE}"]
