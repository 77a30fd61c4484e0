"""Sound becomes text, text sound, and one language another; and we know what there is."""

import httpx
import pytest

from bot.ondemand import (
    DownloadError,
    Endpoint,
    MalformedError,
    NotSubscribedError,
    OnDemandClient,
    Plugin,
)
from tests.unit.ondemand.other_side import (
    AGENT,
    KEY,
    Script,
    no,
    ok,
)


@pytest.mark.parametrize(
    "data", [{"text": "Hello"}, {"transcript": "Hello"}, "Hello"], ids=["now", "once", "bare"]
)
async def test_speech_to_text(client: OnDemandClient, script: Script, data: object) -> None:
    """What was said comes as text, whichever form the answer has."""
    script.will(ok(data))

    assert await client.services.speech_to_text("https://a.example/a.ogg") == "Hello"
    assert script.asked == ["POST /services/v1/public/service/execute/speech_to_text"]
    assert script.bodies == [{"audioUrl": "https://a.example/a.ogg"}]


async def test_silence_is_no_error(client: OnDemandClient, script: Script) -> None:
    """Where nobody speaks there is no text."""
    script.will(ok({"text": ""}))

    assert await client.services.speech_to_text("https://a.example/a.ogg") == ""


async def test_a_service_not_subscribed(client: OnDemandClient, script: Script) -> None:
    """A service the account lacks is told from a bad request."""
    script.will(no(400, "invalid_request", "Please subscribe to the service to use it"))

    with pytest.raises(NotSubscribedError):
        await client.services.translate("Hello", "es")


@pytest.mark.parametrize("bare", [True, False], ids=["bare", "in an object"])
async def test_text_to_speech(script: Script, bare: bool) -> None:
    """Speech comes as its bytes, fetched at once from where it was put."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34"]

    url = "https://store.example/a.mp3?sig=1"
    client = OnDemandClient(KEY, user_agent=AGENT, transport=script, resolve=resolve)
    script.will(ok(url if bare else {"audioUrl": url}), httpx.Response(200, content=b"ID3..."))

    sound = await client.services.text_to_speech("Hello", voice="nova")

    assert sound == b"ID3..."
    assert script.bodies[0] == {"model": "tts-1", "input": "Hello", "voice": "nova"}


@pytest.mark.parametrize("url", ["http://a.example/a.mp3", "https://127.0.0.1/a.mp3"])
async def test_speech_from_a_bad_address(client: OnDemandClient, script: Script, url: str) -> None:
    """Speech is not fetched from wherever somebody says."""
    script.will(ok({"audioUrl": url}))

    with pytest.raises(DownloadError):
        await client.services.text_to_speech("Hello")


@pytest.mark.parametrize("words", ["", " ", "x" * 3_001], ids=["none", "blank", "too many"])
async def test_words_nobody_can_speak(client: OnDemandClient, words: str) -> None:
    """What cannot become one speech is refused before it costs anything."""
    with pytest.raises(ValueError, match="speech takes"):
        await client.services.text_to_speech(words)


@pytest.mark.parametrize(
    "data", [{"translatedText": "Hola"}, {"text": "Hola"}, "Hola"], ids=["now", "once", "bare"]
)
async def test_translate(client: OnDemandClient, script: Script, data: object) -> None:
    """Words come back in the other language, whichever form the answer has."""
    script.will(ok(data))

    assert await client.services.translate("Hello", "es") == "Hola"
    assert script.bodies == [{"input": "Hello", "languageCode": "es"}]


@pytest.mark.parametrize("data", [None, {}, [], 7, {"words": "Hello"}], ids=str)
async def test_no_transcript(client: OnDemandClient, script: Script, data: object) -> None:
    """A failure never passes for silence."""
    script.will(ok(data))

    with pytest.raises(MalformedError):
        await client.services.speech_to_text("https://a.example/a.ogg")


@pytest.mark.parametrize("data", [None, {}, "", {"translatedText": ""}], ids=str)
async def test_an_empty_translation(client: OnDemandClient, script: Script, data: object) -> None:
    """A failure never passes for an empty translation."""
    script.will(ok(data))

    with pytest.raises(MalformedError):
        await client.services.translate("Hello", "es")


async def test_nothing_to_translate(client: OnDemandClient) -> None:
    """Blank words are their own translation, for free."""
    assert await client.services.translate(" \n", "es") == " \n"


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (
            [ok({"total": 1, "plugins": [{"pluginId": "plugin-1"}]}), ok({})],
            ["plugin-1"],
        ),
        ([ok({"items": [{"pluginId": "plugin-1"}, {"id": "x"}]}), ok({})], ["plugin-1"]),
        ([ok([{"pluginId": "plugin-1"}]), ok([])], ["plugin-1"]),
        ([ok({"total": 0})], []),
        ([httpx.Response(206, json={"message": "plugin-1: not active"})], []),
    ],
    ids=["as documented", "another name", "a bare list", "none", "206"],
)
async def test_plugins(
    client: OnDemandClient, script: Script, answers: list[httpx.Response], found: list[str]
) -> None:
    """Plugins are listed by the name that calls take, and none is no error."""
    script.will(*answers)

    assert [each.id async for each in client.catalog.plugins(["agent-1"])] == found
    assert script.requests[0].url.params["pluginIds"] == "plugin-1"


def test_a_plugin() -> None:
    """What a plugin tells of itself is understood."""
    source = {"pluginId": "plugin-1", "name": "Web", "type": "chat", "isSubscribed": True}

    assert Plugin.from_json(source) == Plugin("plugin-1", "Web", type="chat", is_subscribed=True)


@pytest.mark.parametrize(
    ("configuration", "is_active"),
    [({"active": True}, True), ({"active": False}, False), ({}, True), (None, True)],
    ids=str,
)
def test_a_plugin_that_is_switched_off(configuration: object, is_active: bool) -> None:
    """A plugin is taken to be on unless the list says otherwise."""
    source = {"pluginId": "plugin-1", "pluginConfiguration": configuration}

    assert Plugin.from_json(source).is_active is is_active


@pytest.mark.parametrize("wrap", ["endpointsData", "data", None])
async def test_endpoints(client: OnDemandClient, script: Script, wrap: str | None) -> None:
    """The registry is read in each of its forms."""
    entries = [
        {
            "endpoint_id": "predefined-a",
            "status": "active",
            "streaming_supported": True,
            "reasoning_efforts": None,
            "context_length": 1000,
        },
        {"endpoint_id": "predefined-b", "status": "inactive", "streaming_supported": False},
        {"status": "active"},
    ]
    script.will(httpx.Response(200, json={wrap: entries} if wrap else entries))

    assert await client.catalog.endpoints() == (
        Endpoint("predefined-a", is_active=True, context_length=1000),
        Endpoint("predefined-b", streams=False),
    )


async def test_no_registry(client: OnDemandClient, script: Script) -> None:
    """A failure never passes for an empty registry."""
    script.will(httpx.Response(200, json={"message": "later"}))

    with pytest.raises(MalformedError):
        await client.catalog.endpoints()
