"""The demo without its bot: the tests are the bot, and a browser beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.demo.app import Desk, build
from bot.sandbox.demo.child import Child
from bot.sandbox.demo.faults import Faults
from bot.sandbox.demo.happening import Happening
from bot.sandbox.demo.stage import Stage
from bot.sandbox.demo.stream import Stream
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.server import serve
from bot.sandbox.telegram import TelegramSandbox
from tests.contracts.telegram_sandbox.client import Client

Event = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Browser:
    """Somebody's browser, on the page of the demo."""

    http: httpx.AsyncClient
    people: dict[str, int]
    chats: dict[str, int]

    async def sees(self, path: str, **asked: Any) -> Any:
        """Ask for something; gives what is there."""
        answer = await self.http.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def does(
        self, who: str, verb: str, in_: str = "", expected: int = 200, **body: Any
    ) -> Any:
        """Do something as somebody: in a group, or in the private chat."""
        answer = await self.http.post(f"{self.path(who, in_)}/{verb}", json=body)
        assert answer.status_code == expected, answer.text
        told = answer.json()
        return told.get("message", told)

    def path(self, who: str, in_: str = "") -> str:
        """Where a chat of somebody is."""
        person = self.people[who]
        return f"/api/people/{person}/chats/{self.chats[in_] if in_ else person}"

    async def reads(self, who: str, in_: str = "", **asked: Any) -> list[Any]:
        """The messages of a chat, without what Telegram itself tells."""
        told = await self.sees(f"{self.path(who, in_)}/messages", **asked)
        return [one for one in told["messages"] if not one["service"]]

    @asynccontextmanager
    async def listens(self, **headers: str) -> AsyncIterator[Callable[[str], Any]]:
        """Open the stream of events; gives what waits for the next one of a kind."""
        async with self.http.stream("GET", "/api/events", headers=headers) as answer:
            events = _events(answer)

            async def until(kind: str) -> Any:
                async with asyncio.timeout(10):
                    async for told, data in events:
                        if told == kind:
                            return data

            yield until


async def _events(answer: httpx.Response) -> AsyncIterator[Event]:
    kind = ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


@dataclass(frozen=True, slots=True)
class Demo:
    """All the parts, for tests that look behind the page."""

    telegram: TelegramSandbox
    ondemand: OnDemandSandbox
    happening: Happening
    stage: Stage
    url: str


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo, whose bot is not started."""
    stream = Stream(1)
    happening = Happening(stream)
    async with (
        TelegramSandbox(limits="off", witness=happening) as telegram,
        OnDemandSandbox(pace=0, watch=happening.watches) as ondemand,
    ):
        stage = await Stage.set_up(telegram)
        child = Child(
            (), environment={}, folder=tmp_path, told=happening.notes, heard=lambda line: line
        )
        faults = Faults(telegram, ondemand, kill=child.kill, happening=happening, stream=stream)
        app = build(Desk(stage, stream, happening, faults, child))
        async with serve(app) as url:
            yield Demo(telegram, ondemand, happening, stage, url)


@pytest.fixture
async def browser(demo: Demo) -> AsyncIterator[Browser]:
    """A browser on its page."""
    people = {one.name: one.id for one in demo.stage.people.values()}
    chats = {one.chat.title: one.id for one in demo.stage.groups.values()}
    async with httpx.AsyncClient(base_url=demo.url, timeout=20) as http:
        yield Browser(http, people, chats)


@pytest.fixture
async def bot(demo: Demo) -> AsyncIterator[Client]:
    """The bot, played by the test; it has heard of the groups it was added to."""
    base = f"{demo.telegram.url}/bot{demo.telegram.token}/"
    async with httpx.AsyncClient(base_url=base, timeout=20) as http:
        client = Client(http)
        await client.hears(seconds=0)
        await client.confirms()
        yield client
