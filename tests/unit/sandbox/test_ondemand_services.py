"""Speech, translation and plugins of the sandbox's platform."""

from typing import Any

import pytest

from bot.sandbox.ondemand import OnDemandSandbox
from tests.unit.sandbox.platform_client import (
    PlatformClient,
)

PERPLEXITY = "1722260873"


async def test_speech_is_an_mp3_at_a_signed_address(client: PlatformClient) -> None:
    """The address works as given and no longer when a letter of its signature is changed."""
    url = await client.speak("Good morning.")

    sound = await client.get(url)
    forged = await client.get(url[:-1] + ("0" if url[-1] != "0" else "1"))

    assert sound.content[:3] == b"ID3"
    assert sound.headers["content-type"] == "application/octet-stream"
    assert (forged.status_code, "AuthenticationFailed" in forged.text) == (403, True)


async def test_speech_is_paid_by_its_characters(
    ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """What was spoken is counted, what was refused is not."""
    await client.speak("Good morning.")
    await client.speak("Guten Tag.")
    await client.execute("text_to_speech", model="tts-9", input="Hello.", voice="alloy")

    assert ondemand.characters_spoken == len("Good morning." + "Guten Tag.")


@pytest.mark.parametrize(
    "url", ["https://example.org/a.mp3", "not a url", "{base}/chat/v1/sessions"]
)
async def test_only_the_platforms_own_links_are_heard(
    url: str, ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """Anything else is never contacted; the refusal is the one for every bad recording."""
    answer = await client.execute("speech_to_text", audioUrl=url.format(base=ondemand.url))

    assert answer.status_code == 400
    assert answer.json() == {"message": "Unknown error", "errorCode": "400"}


@pytest.mark.parametrize(
    ("service", "fields"),
    [
        ("text_to_speech", {"model": "tts-9", "input": "Hi", "voice": "alloy"}),
        ("text_to_speech", {"model": "tts-1", "input": "Hi", "voice": "anna"}),
        ("text_to_speech", {"model": "tts-1", "input": " ", "voice": "alloy"}),
        ("text_to_speech", {"model": "tts-1", "input": "x" * 4097, "voice": "alloy"}),
        ("speech_to_text", {}),
        ("language_translation", {"input": "Hi", "languageCode": "Spanish"}),
    ],
    ids=["model", "voice", "no words", "too long", "no address", "language"],
)
async def test_what_a_service_does_not_take(
    service: str, fields: dict[str, Any], client: PlatformClient
) -> None:
    """A service refuses what its schema does not have."""
    answer = await client.execute(service, **fields)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "invalid_request")


async def test_plugins_come_in_pages(client: PlatformClient) -> None:
    """The list has some twenty-five plugins, ten a page; asking for one gives one."""
    pages = [(await client.get("/plugin/v1/list", params={"page": n})).json() for n in (1, 2, 3, 4)]
    one = (await client.get("/plugin/v1/list", params={"pluginIds": f"plugin-{PERPLEXITY}"})).json()
    sizes = [len(page["data"]["plugins"]) for page in pages]

    assert sizes == [10, 10, pages[0]["data"]["total"] - 20, 0]
    assert [plugin["name"] for plugin in one["data"]["plugins"]] == ["Perplexity"]


async def test_asking_for_a_plugin_nobody_subscribed_to(client: PlatformClient) -> None:
    """The answer is 206, one sentence, and no list."""
    answer = await client.get("/plugin/v1/list", params={"pluginIds": "plugin-1741770626"})

    assert answer.status_code == 206
    assert answer.json() == {"message": "plugin-1741770626: plugin subscription not active"}
