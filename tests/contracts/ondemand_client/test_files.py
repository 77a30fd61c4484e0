"""Files, services, lists and the results behind signed addresses."""

import asyncio
from dataclasses import replace

import pytest

from bot.ondemand import (
    MEDIA_KNOWLEDGE,
    DownloadError,
    FailedError,
    FileKind,
    GoneError,
    Limits,
    Media,
    NotSubscribedError,
    OnDemandClient,
    OnDemandError,
    RefusedError,
    ServerError,
    Session,
    TimedOutError,
    UnsafeAddressError,
)
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.speech import speak
from tests.contracts.ondemand_client.proof import (
    LIMITS,
    HurriedClock,
    Parameters,
    connected,
    proves,
    query,
    read,
    told,
)

NOTES = "Grüße: the lamp is lit at six. 👋"
PAGE = "https://files.example.org/report.pdf"


async def uploaded(
    client: OnDemandClient,
    name: str = "notes.txt",
    *,
    session_id: str | None = None,
    external_user_id: str | None = None,
) -> Media:
    """A text given to the platform."""
    return await client.media.upload(
        NOTES.encode(),
        name,
        content_type="text/plain",
        session_id=session_id,
        external_user_id=external_user_id,
    )


async def names(client: OnDemandClient) -> list[str]:
    """The names of all files, newest first."""
    return [each.name async for each in client.media.files()]


# Files
# --------------------------------------------------------------------------------------


async def test_a_file_is_read_and_asked_about(client: OnDemandClient, session: Session) -> None:
    """A document I give to a session is read as a whole, is among its messages, and is known."""
    media = await uploaded(client, session_id=session.id, external_user_id="anna")

    text = await client.media.extracted_text(await client.media.ready(media))
    events = await read(
        client, session.id, query("What does my file say?", plugins=[MEDIA_KNOWLEDGE])
    )
    (entry,) = [each async for each in client.chat.messages(session.id) if each.type == "media"]

    assert (media.session_id, media.external_user_id, media.source) == (
        session.id,
        "anna",
        "document",
    )
    assert (text, entry.id) == (NOTES, media.id)
    assert NOTES in told(events)


async def test_a_picture_is_described(client: OnDemandClient) -> None:
    """A picture has a description instead of an address with its text."""
    media = await client.media.upload(PIXEL, "photo.png", content_type="image/png")

    assert (media.source, media.state, media.extract_url) == ("image", "ready", "")
    assert "1 by 1 pixels" in await client.media.extracted_text(media)


#: The smallest picture there is.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4"
    "890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def test_many_files_are_listed_each_once(client: OnDemandClient) -> None:
    """Of sixty files each is listed once, the newest first."""
    for number in range(60):
        await uploaded(client, f"{number}.txt")

    assert await names(client) == [f"{number}.txt" for number in reversed(range(60))]


@proves("media_201", "media_old_id", "media_no_pagination")
@pytest.mark.parametrize("behaviour", ["media_201", "media_old_id", "media_no_pagination"])
async def test_a_file_in_another_form(
    behaviour: str, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """Whichever year answers, my file is given, listed once and forgotten."""
    ondemand.will(behaviour)

    media = await uploaded(client)
    linked = await client.media.create_from_url(PAGE, kind=FileKind.DOCUMENT)
    listed = [each.id async for each in client.media.files()]
    await client.media.delete(media.id)
    await client.media.delete(media.id)  # Twice is no error.

    assert listed == [linked.id, media.id]
    assert await names(client) == ["report.pdf"]


@proves("media_error_but_created")
@pytest.mark.parametrize("how", ["upload", "from an address"])
async def test_an_error_that_was_none(
    how: str, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """A file that is there although they said it failed is found, and not given twice."""
    await uploaded(client, "older.txt")
    ondemand.will("media_error_but_created")

    if how == "upload":
        media = await uploaded(client, external_user_id="anna")
    else:
        media = await client.media.create_from_url(PAGE, kind=FileKind.DOCUMENT)

    assert media.name in ("notes.txt", "report.pdf")
    assert await names(client) == [media.name, "older.txt"]


@proves("media_error")
async def test_a_file_is_given_in_the_other_dialect(
    ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """A file refused in one dialect is given in the other, and is there once."""
    ondemand.will("media_error", times=1)

    media = await uploaded(client)

    first, second = (call.body for call in ondemand.calls("upload_media"))
    assert first is None  # Refused before it was read.
    assert second["agents"] == "agent-1713954536"
    assert "plugins" not in second
    assert await names(client) == [media.name]


@proves("media_error", "payload_too_large")
@pytest.mark.parametrize(
    ("behaviour", "kind", "uploads"),
    [("media_error", ServerError, 2), ("payload_too_large", RefusedError, 1)],
)
async def test_a_file_nobody_takes(
    behaviour: str,
    kind: type[OnDemandError],
    uploads: int,
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
) -> None:
    """A file they cannot take is an error, and there is no file."""
    ondemand.will(behaviour)

    with pytest.raises(OnDemandError) as caught:
        await uploaded(client)
    with pytest.raises(OnDemandError) as linked:
        await client.media.create_from_url(PAGE, kind=FileKind.DOCUMENT)

    assert (type(caught.value), type(linked.value)) == (kind, kind)
    assert caught.value.nothing_happened is (kind is RefusedError)
    assert len(ondemand.calls("upload_media")) == uploads
    assert len(ondemand.calls("create_media")) == 1
    assert await names(client) == []


async def test_a_text_in_an_old_encoding(client: OnDemandClient) -> None:
    """A text that is not UTF-8 is refused as a server error, and not given."""
    with pytest.raises(ServerError):
        await client.media.upload("Grüße".encode("latin-1"), "a.txt", content_type="text/plain")

    assert await names(client) == []


async def test_a_file_for_a_session_that_is_gone(client: OnDemandClient, session: Session) -> None:
    """A file cannot be given to a session that is no more."""
    await client.chat.delete_session(session.id)

    with pytest.raises(GoneError):
        await uploaded(client, session_id=session.id)


@proves("media_processing")
async def test_a_file_that_takes_its_time(
    ondemand: OnDemandSandbox, client: OnDemandClient, clock: HurriedClock
) -> None:
    """A file that is not ready is looked for every five seconds until it is."""
    ondemand.will("media_processing", reads=2)
    media = await uploaded(client)

    ready = await client.media.ready(media)

    assert (media.state, ready.state, ready.id) == ("processing", "ready", media.id)
    assert await client.media.extracted_text(ready) == NOTES
    assert clock.pauses == [5.0, 5.0]


@proves("media_processing")
async def test_a_file_that_cannot_be_read(
    ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """A file they give up on is a failure, and no empty text."""
    ondemand.will("media_processing", reads=1, fails=True)
    media = await uploaded(client)

    with pytest.raises(FailedError) as caught:
        await client.media.ready(media)

    assert caught.value.message_id == media.id


@proves("media_processing")
async def test_a_file_that_is_never_ready(
    ondemand: OnDemandSandbox, client: OnDemandClient, clock: HurriedClock
) -> None:
    """A file that stays in the making is left after five minutes."""
    ondemand.will("media_processing", reads=1_000)
    media = await uploaded(client)

    with pytest.raises(TimedOutError):
        await client.media.ready(media)

    assert clock.now <= 300


@proves("hang", "reset")
@pytest.mark.parametrize("behaviour", ["hang", "reset"])
async def test_an_upload_without_an_answer(behaviour: str, ondemand: OnDemandSandbox) -> None:
    """A file that may have got lost is looked for, and not sent again."""
    parameters: Parameters = {"seconds": 0.4} if behaviour == "hang" else {}
    ondemand.will(behaviour, operation="upload_media", **parameters)

    async with connected(ondemand.url, limits=Limits(long_call=0.2, media_ready=10)) as client:
        with pytest.raises(OnDemandError) as caught:
            await uploaded(client)

    assert caught.value.nothing_happened is False
    assert len(ondemand.calls("upload_media")) == 1
    assert len(ondemand.calls("list_media")) == (3 if behaviour == "hang" else 1)


@proves("slow")
async def test_a_slow_upload_arrives(ondemand: OnDemandSandbox) -> None:
    """A file given up too early is found as soon as it is there, and is there once."""
    ondemand.will("slow", operation="upload_media", seconds=0.3)

    async with connected(ondemand.url, limits=Limits(long_call=0.2)) as client:
        media = await uploaded(client)

        assert await client.media.extracted_text(media) == NOTES
        assert await names(client) == ["notes.txt"]


# Results behind addresses
# --------------------------------------------------------------------------------------


@proves("links_expired")
async def test_a_link_that_has_expired(ondemand: OnDemandSandbox, client: OnDemandClient) -> None:
    """A text behind a dead link is an error and no empty text; the list has a fresh link."""
    ondemand.will("links_expired", times=1)
    media = await uploaded(client)

    with pytest.raises(DownloadError) as caught:
        await client.media.extracted_text(media)
    (fresh,) = [each async for each in client.media.files()]

    assert (caught.value.nothing_happened, caught.value.worth_repeating) == (False, False)
    assert "sig=" not in str(caught.value)
    assert await client.media.extracted_text(fresh) == NOTES


@proves("links_expired")
async def test_speech_that_has_expired(ondemand: OnDemandSandbox, client: OnDemandClient) -> None:
    """Speech behind a dead link is an error, and is not made, and paid, again."""
    ondemand.will("links_expired")

    with pytest.raises(DownloadError):
        await client.services.text_to_speech("Good morning.")

    assert len(ondemand.calls("text_to_speech")) == 1


@proves("links_expired", "unknown_error")
async def test_a_voice_that_has_expired(ondemand: OnDemandSandbox, client: OnDemandClient) -> None:
    """A voice behind a dead link cannot be heard, and cannot be told from a broken one."""
    sound = await client.services.text_to_speech("Good morning.")
    ondemand.will("links_expired", times=1)
    media = await client.media.upload(sound, "voice.mp3", content_type="audio/mpeg")

    with pytest.raises(RefusedError) as caught:
        await client.services.speech_to_text(media.url)
    (fresh,) = [each async for each in client.media.files()]

    assert (type(caught.value), caught.value.code) == (RefusedError, "400")
    assert await client.services.speech_to_text(fresh.url) == "Good morning."


@proves("speech_huge", "speech_not_sound", "speech_private")
@pytest.mark.parametrize(
    ("behaviour", "parameters", "kind"),
    [
        ("speech_huge", {}, DownloadError),
        ("speech_not_sound", {}, DownloadError),
        ("speech_private", {}, UnsafeAddressError),
        ("speech_private", {"url": "http://169.254.169.254/latest"}, UnsafeAddressError),
    ],
)
async def test_speech_that_cannot_be_fetched(
    behaviour: str,
    parameters: Parameters,
    kind: type[OnDemandError],
    ondemand: OnDemandSandbox,
    client: OnDemandClient,
) -> None:
    """Too much, a page, an address of somebody's own network: an error, paid once."""
    ondemand.will(behaviour, **parameters)

    with pytest.raises(kind):
        await client.services.text_to_speech("Good morning.")

    assert len(ondemand.calls("text_to_speech")) == 1


@proves("speech_slow")
@pytest.mark.parametrize(("patience", "arrives"), [(10.0, True), (0.1, False)])
async def test_speech_that_comes_slowly(
    patience: float, arrives: bool, ondemand: OnDemandSandbox
) -> None:
    """Speech may pause on its way, up to the time I give a download."""
    ondemand.will("speech_slow", seconds=0.3)
    limits = replace(LIMITS, download_time=patience)

    async with connected(ondemand.url, limits=limits) as client:
        if arrives:
            assert (await client.services.text_to_speech("Hello.")).startswith(b"ID3")
        else:
            with pytest.raises(DownloadError):
                await client.services.text_to_speech("Hello.")


@proves("heard_slow")
async def test_a_transcript_that_takes_too_long(ondemand: OnDemandSandbox) -> None:
    """A transcript that does not come in time is uncertain, and is not asked for, and paid, again.

    One that only takes a while is waited for.
    """
    async with connected(ondemand.url, limits=replace(LIMITS, long_call=1.0)) as client:
        sound = await client.services.text_to_speech("Good morning.")
        media = await client.media.upload(sound, "voice.mp3", content_type="audio/mpeg")
        ondemand.will("heard_slow", seconds=0.1, times=1)
        ondemand.will("heard_slow", seconds=5, times=1)

        heard = await client.services.speech_to_text(media.url)
        with pytest.raises(TimedOutError):
            await client.services.speech_to_text(media.url)

    assert heard == "Good morning."
    assert len(ondemand.calls("speech_to_text")) == 2


@proves("refuses_ogg")
async def test_a_format_that_is_not_heard(
    ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """An Ogg may be refused like anything broken, where the same words as an MP3 are heard."""
    ondemand.will("refuses_ogg")
    ogg = await asyncio.to_thread(speak, "Good morning.", container="ogg")
    mp3 = await client.services.text_to_speech("Good morning.")
    note = await client.media.upload(ogg, "voice.ogg", content_type="audio/ogg")
    second = await client.media.upload(mp3, "voice.mp3", content_type="audio/mpeg")

    with pytest.raises(RefusedError) as caught:
        await client.services.speech_to_text(note.url)

    assert (type(caught.value), caught.value.code) == (RefusedError, "400")
    assert await client.services.speech_to_text(second.url) == "Good morning."


async def test_a_forgotten_file_is_gone_from_its_address(client: OnDemandClient) -> None:
    """What I have forgotten cannot be fetched any more."""
    media = await uploaded(client)
    await client.media.delete(media.id)

    with pytest.raises(DownloadError):
        await client.media.extracted_text(media)


# Services
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["tts-1", "tts-1-hd"])
async def test_what_is_said_is_heard_again(model: str, client: OnDemandClient) -> None:
    """Words spoken, given as a voice and heard are the same words."""
    words = "The lamp is lit at six."

    sound = await client.services.text_to_speech(words, voice="onyx", model=model)  # type: ignore[arg-type]  # One of two.
    media = await client.media.upload(sound, "voice.mp3", content_type="audio/mpeg")
    heard = await client.services.speech_to_text(media.url)

    assert (media.source, media.state) == ("audio", "ready")
    assert (heard, await client.media.extracted_text(media)) == (words, words)


async def test_something_that_is_no_sound(client: OnDemandClient) -> None:
    """What cannot be heard is refused, and no silence."""
    media = await uploaded(client)

    with pytest.raises(RefusedError):
        await client.services.speech_to_text(media.url)


@pytest.mark.parametrize(
    ("language", "translated"),
    [("es", "Buenos días."), ("ar", "صباح الخير."), ("en", "Good morning.")],
)
async def test_words_in_another_language(
    language: str, translated: str, client: OnDemandClient
) -> None:
    """Words are told in the language I name."""
    assert await client.services.translate("Good morning.", language) == translated


@proves("data_as_text")
async def test_services_that_answer_with_bare_text(
    ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """The bare form of old answers is understood by every service."""
    ondemand.will("data_as_text")

    sound = await client.services.text_to_speech("Good morning.")
    media = await client.media.upload(sound, "voice.mp3", content_type="audio/mpeg")

    assert await client.services.speech_to_text(media.url) == "Good morning."
    assert await client.services.translate("Good morning.", "es") == "Buenos días."


@proves("nothing_heard", "data_as_text")
@pytest.mark.parametrize("bare", [False, True], ids=["in an object", "bare"])
async def test_a_voice_that_says_nothing(
    bare: bool, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """Silence is empty, and no error."""
    sound = await client.services.text_to_speech("Good morning.")
    media = await client.media.upload(sound, "voice.mp3", content_type="audio/mpeg")
    ondemand.will("nothing_heard")
    if bare:
        ondemand.will("data_as_text")

    assert await client.services.speech_to_text(media.url) == ""


@proves("translates_nothing", "translates_long")
async def test_a_translation_is_whatever_comes_back(
    client: OnDemandClient, ondemand: OnDemandSandbox
) -> None:
    """The same text, or a much longer one, is handed on: whoever asked decides what it is worth."""
    text = "Good morning. How are you?"

    ondemand.will("translates_nothing")
    same = await client.services.translate(text, "es")
    ondemand.will("translates_long")
    longer = await client.services.translate(text, "es")

    assert same == text
    assert len(longer) == len(text) * 3 // 2


@proves("not_subscribed", "unknown_error")
@pytest.mark.parametrize(
    ("behaviour", "kind"), [("not_subscribed", NotSubscribedError), ("unknown_error", RefusedError)]
)
async def test_a_service_that_is_not_to_be_had(
    behaviour: str, kind: type[OnDemandError], ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """A service I have not subscribed to is told from one that fails, at the first no."""
    ondemand.will(behaviour)

    results = await asyncio.gather(
        client.services.speech_to_text(f"{ondemand.url}/storage/a.mp3"),
        client.services.text_to_speech("Hello!"),
        client.services.translate("Hello!", "es"),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [kind] * 3
    assert len(ondemand.calls()) == 3


# Lists
# --------------------------------------------------------------------------------------


async def test_the_plugins_of_the_account(client: OnDemandClient) -> None:
    """All plugins I have subscribed to are listed, over as many pages as they take."""
    plugins = [each async for each in client.catalog.plugins()]

    assert len(plugins) == len({each.id for each in plugins}) > 20
    assert {each.is_subscribed for each in plugins} == {True}
    assert [each.name for each in plugins if not each.is_active] == ["Terminal"]
    assert "plugin-1713962163" in {each.id for each in plugins}


@proves("no_plugins", "plugins_partial")
@pytest.mark.parametrize("behaviour", ["no_plugins", "plugins_partial"])
async def test_an_empty_list_of_plugins(
    behaviour: str, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """No list, or a sentence instead of one, is an empty list and no error."""
    ondemand.will(behaviour)

    assert [each async for each in client.catalog.plugins(["1722260873"])] == []


@proves("registry_shape")
@pytest.mark.parametrize("shape", [None, "array", "data"])
async def test_the_models(
    shape: str | None, ondemand: OnDemandSandbox, client: OnDemandClient
) -> None:
    """I learn which models live, in whatever shape the registry comes."""
    if shape:
        ondemand.will("registry_shape", shape=shape)

    endpoints = {each.id: each for each in await client.catalog.endpoints()}

    assert endpoints["predefined-gpt-5.6-sol"].is_active
    assert endpoints["predefined-gpt-5.6-sol"].reasoning_efforts == ("low", "medium", "max")
    assert not endpoints["predefined-openai-gpt4o"].is_active
