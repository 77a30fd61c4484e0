"""The plainest client there is: raw HTTP, and no opinion about what comes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from bot.sandbox.ondemand import OnDemandSandbox

KEY = "a-key-of-thirty-two-characters-x"
ENDPOINT = "predefined-gpt-5.6-luna"
DOCUMENT_READER = "plugin-1713954536"
AUDIO_READER = "plugin-1713958830"
SERVICES = "/services/v1/public/service/execute"
FILES = "/media/v1/public/file"


class PlatformClient(httpx.AsyncClient):
    """Raw calls to the sandbox, with the key of one account."""

    async def session(self, **fields: Any) -> str:
        """Create a session and return its id."""
        answer = await self.post("/chat/v1/sessions", json={"externalUserId": "anna", **fields})
        return str(answer.json()["data"]["id"])

    async def ask(self, session: str, query: str = "Hello!", **fields: Any) -> httpx.Response:
        """Ask a question, as a stream unless said otherwise."""
        body = {"query": query, "endpointId": ENDPOINT, "responseMode": "stream", **fields}
        return await self.post(f"/chat/v1/sessions/{session}/query", json=body)

    async def message(self, session: str, message: str) -> dict[str, Any]:
        """Read a message."""
        answer = await self.get(f"/chat/v1/sessions/{session}/messages/{message}")
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def settled(self, session: str, message: str) -> dict[str, Any]:
        """Read a message until it is no longer processing, for two seconds at most."""
        for _ in range(100):
            if (read := await self.message(session, message))["status"] != "processing":
                return read
            await asyncio.sleep(0.02)
        raise TimeoutError("the message is still processing")

    async def upload(self, name: str, content: bytes, **fields: Any) -> httpx.Response:
        """Upload a file, for the document reader unless said otherwise."""
        form = {"plugins": DOCUMENT_READER, "responseMode": "sync", **fields}
        kept = {name: value for name, value in form.items() if value is not None}
        return await self.post(f"{FILES}/raw", files={"file": (name, content)}, data=kept)

    async def execute(self, service: str, **fields: Any) -> httpx.Response:
        """Call one of the services."""
        return await self.post(f"{SERVICES}/{service}", json=fields)

    async def speak(self, text: str) -> str:
        """Have a text spoken and return the URL of the sound."""
        answer = await self.execute("text_to_speech", model="tts-1", input=text, voice="alloy")
        return str(answer.json()["data"]["audioUrl"])


@asynccontextmanager
async def connected(sandbox: OnDemandSandbox, key: str = KEY) -> AsyncIterator[PlatformClient]:
    """Give a client of this sandbox, patient for ten seconds."""
    async with PlatformClient(base_url=sandbox.url, headers={"apikey": key}, timeout=10) as client:
        yield client


def data_of(stream: str) -> list[str]:
    """Return the data of each frame of a well-written stream."""
    return [line[5:].strip() for line in stream.splitlines() if line.startswith("data:")]


def frames_of(stream: str) -> list[dict[str, Any]]:
    """Return the frames of a well-written stream that are JSON."""
    return [json.loads(data) for data in data_of(stream) if data.startswith("{")]


def answer_of(stream: str) -> str:
    """Return the answer a stream tells."""
    told = [frame for frame in frames_of(stream) if frame.get("eventType") == "fulfillment"]
    return "".join(frame["answer"] for frame in told)
