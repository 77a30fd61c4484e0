"""The sandbox answers as the OnDemand platform does, operation by operation."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import jsonschema
import pytest
import yaml

from bot.sandbox.ondemand import OnDemandSandbox
from tests.unit.sandbox.platform_client import (
    DOCUMENT_READER,
    FILES,
    KEY,
    PlatformClient,
    connected,
    data_of,
    frames_of,
)

OPENAPI = yaml.safe_load(
    (Path(__file__).parent.parent / "samples/ondemand/openapi.yaml").read_text()
)
PERPLEXITY = "1722260873"


@pytest.fixture
async def ondemand() -> AsyncIterator[OnDemandSandbox]:
    """The platform."""
    async with OnDemandSandbox(pace=0) as sandbox:
        yield sandbox


@pytest.fixture
async def client(ondemand: OnDemandSandbox) -> AsyncIterator[PlatformClient]:
    """A client of it."""
    async with connected(ondemand) as client:
        yield client


def validate(value: object, schema: str) -> None:
    """Hold a value against a schema of the platform."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": OPENAPI["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


Act = Callable[[PlatformClient], Awaitable[httpx.Response]]


async def _asked_session(client: PlatformClient) -> str:
    session = await client.session(pluginIds=[f"plugin-{PERPLEXITY}"])
    await client.ask(session)
    await client.upload("notes.txt", b"Some notes.", sessionId=session)
    return session


async def _media_id(client: PlatformClient) -> str:
    return str((await client.upload("notes.txt", b"Some notes.")).json()["data"]["id"])


async def _create_session(client: PlatformClient) -> httpx.Response:
    context = [{"key": "channel", "value": "telegram"}]
    body = {
        "externalUserId": "anna",
        "contextMetadata": context,
        "agentIds": [f"agent-{PERPLEXITY}"],
    }
    return await client.post("/chat/v1/sessions", json=body)


async def _list_sessions(client: PlatformClient) -> httpx.Response:
    await _asked_session(client)
    return await client.get("/chat/v1/sessions")


async def _get_session(client: PlatformClient) -> httpx.Response:
    return await client.get(f"/chat/v1/sessions/{await _asked_session(client)}")


async def _delete_session(client: PlatformClient) -> httpx.Response:
    return await client.delete(f"/chat/v1/sessions/{await _asked_session(client)}")


async def _submit_query(client: PlatformClient) -> httpx.Response:
    return await client.ask(await client.session(), responseMode="sync")


async def _list_messages(client: PlatformClient) -> httpx.Response:
    return await client.get(f"/chat/v1/sessions/{await _asked_session(client)}/messages")


async def _get_message(client: PlatformClient) -> httpx.Response:
    session = await client.session()
    asked = await client.ask(session, responseMode="webhook")
    return await client.get(
        f"/chat/v1/sessions/{session}/messages/{asked.json()['data']['messageId']}"
    )


async def _create_media(client: PlatformClient) -> httpx.Response:
    url = "https://files.example.org/report.pdf"
    return await client.post(
        FILES, json={"url": url, "plugins": [DOCUMENT_READER], "responseMode": "sync"}
    )


async def _upload_media(client: PlatformClient) -> httpx.Response:
    return await client.upload("notes.txt", b"Some notes.")


async def _list_media(client: PlatformClient) -> httpx.Response:
    await _media_id(client)
    return await client.get(FILES, params={"limit": 10})


async def _delete_media(client: PlatformClient) -> httpx.Response:
    return await client.delete(f"{FILES}/{await _media_id(client)}")


async def _list_plugins(client: PlatformClient) -> httpx.Response:
    return await client.get("/plugin/v1/list")


async def _list_endpoints(client: PlatformClient) -> httpx.Response:
    return await client.get("/config/v1/public/endpoints")


async def _speech_to_text(client: PlatformClient) -> httpx.Response:
    return await client.execute("speech_to_text", audioUrl=await client.speak("Good morning."))


async def _text_to_speech(client: PlatformClient) -> httpx.Response:
    return await client.execute("text_to_speech", model="tts-1", input="Hello.", voice="nova")


async def _translate(client: PlatformClient) -> httpx.Response:
    return await client.execute("language_translation", input="Good morning.", languageCode="es")


ACTS: dict[str, Act] = {
    act.__name__[1:]: act
    for act in (
        _create_session, _list_sessions, _get_session, _delete_session, _submit_query,
        _list_messages, _get_message, _create_media, _upload_media, _list_media, _delete_media,
        _list_plugins, _list_endpoints, _speech_to_text, _text_to_speech, _translate,
    )
}  # fmt: skip
_METHODS = [method for path in OPENAPI["paths"].values() for method in path.values()]


@pytest.mark.parametrize("operation", [method["operationId"] for method in _METHODS])
async def test_every_operation_answers_in_the_platforms_shape(
    operation: str, ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """Status and body are those of the platform, and the call is written down under its name."""
    (method,) = (method for method in _METHODS if method["operationId"] == operation)
    ((status, response),) = method["responses"].items()
    shape = OPENAPI["components"]["responses"][response["$ref"].rpartition("/")[2]]

    answer = await ACTS[operation](client)

    assert answer.status_code == int(status), answer.text
    validate(
        answer.json(), shape["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    )
    assert answer.headers["x-trace-id"]
    assert ondemand.calls(operation)[-1].status == int(status)


@pytest.mark.parametrize("dialect", ["july", "october"])
async def test_every_frame_has_the_platforms_shape(
    dialect: str, ondemand: OnDemandSandbox, client: PlatformClient
) -> None:
    """A stream in either dialect is made of known frames and ends with [DONE]."""
    ondemand.will(dialect)
    session = await client.session(agentIds=[f"agent-{PERPLEXITY}"])

    stream = await client.ask(session, "Search for lighthouses")

    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert data_of(stream.text)[-1] == "[DONE]"
    for frame in frames_of(stream.text):
        validate(frame, "Frame")


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({}, 401, {"message": "No API key header", "errorCode": "unauthenticated"}),
        ({"apikey": "wrong"}, 401, {"message": "Invalid API Key", "errorCode": "unauthenticated"}),
        (
            {"apikey": ""},
            500,
            {"message": "An unexpected error occurred", "errorCode": "server_error"},
        ),
        (
            {"apikey": KEY, "user-agent": ""},
            403,
            {"error_code": 1010, "error_name": "browser_signature_banned"},
        ),
        ({"APIKEY": KEY}, 200, None),
    ],
    ids=["no key", "a wrong key", "an empty key", "no user agent", "a good key in capitals"],
)
async def test_who_may_come_in(headers: dict[str, str], status: int, body: object) -> None:
    """Without a good key and a name for the client nothing is answered but why."""
    async with OnDemandSandbox(keys=(KEY,)) as sandbox, httpx.AsyncClient() as client:
        answer = await client.get(f"{sandbox.url}/chat/v1/sessions", headers=headers)

    assert answer.status_code == status
    assert body is None or answer.json() == body


async def test_the_services_refuse_a_key_in_their_own_words() -> None:
    """Speech and translation sit behind a gateway that gives a request id instead of a code."""
    async with OnDemandSandbox(keys=("another",)) as sandbox, connected(sandbox) as client:
        answer = await client.execute("language_translation", input="Hello!", languageCode="es")

    assert answer.status_code == 401
    assert answer.json().keys() == {"message", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/", 404, '{"message":"no Route matched with those values"}'),
        ("POST", "/chat/v1/query", 404, '{"error_msg":"404 Route Not Found"}\n'),
        (
            "PUT",
            "/plugin/v1/list",
            405,
            '{"message":"Method not allowed","errorCode":"method_not_allowed"}',
        ),
    ],
    ids=["outside the platform", "no such operation", "another method"],
)
async def test_what_is_not_there(
    method: str, path: str, status: int, text: str, client: PlatformClient
) -> None:
    """An unknown address gets the refusal of whoever notices first."""
    answer = await client.request(method, path)

    assert (answer.status_code, answer.text) == (status, text)
