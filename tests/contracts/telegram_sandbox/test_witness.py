"""Somebody who looks on, a world that goes on from another, and what people put on messages."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

import httpx
import pytest

from bot.sandbox.telegram import Action, Call, Draft, TelegramSandbox
from bot.sandbox.telegram.traces import Pending
from bot.sandbox.telegram.witness import Witness
from bot.sandbox.telegram.world import Message
from tests.contracts.telegram_sandbox.client import Client


@dataclass
class Notes(Witness):
    """Writes everything down, one word for each thing."""

    words: list[str] = field(default_factory=list)

    def sees(self, message: Message) -> None:
        """Write down a message."""
        gone, emoji = message.is_deleted, sum(map(len, message.reactions.values()))
        self.words.append(f"{message.content.get('text')}{' gone' * gone}{' ♥' * emoji}")

    def sees_action(self, action: Action) -> None:
        """Write down an action."""
        self.words.append(action.name)

    def sees_draft(self, chat: int, topic: int | None, draft: Draft | None) -> None:
        """Write down a draft."""
        self.words.append(f"draft {draft.text if draft else 'gone'}")

    def hears(self, call: Call, *, is_over: bool) -> None:
        """Write down a call that is over."""
        if is_over:
            self.words.append(f"{call.method} {call.status}")

    def follows(self, update: Pending, state: Literal["waiting", "fetched", "confirmed"]) -> None:
        """Write down what an update does."""
        self.words.append(state)


async def test_a_witness_is_told_everything_in_its_order() -> None:
    """Who looks on sees messages grow and go, actions, drafts, calls, and updates on their way."""
    notes = Notes()
    async with TelegramSandbox(limits="off", witness=notes) as telegram, asyncio.timeout(20):
        anna = telegram.person("Anna")
        async with httpx.AsyncClient(base_url=f"{telegram.url}/bot{telegram.token}/") as http:
            call = Client(http)
            await anna.says("Hello!")
            await call.hears()
            await call.confirms()
            await call("sendChatAction", chat_id=anna.id, action="typing")
            await call("sendMessageDraft", chat_id=anna.id, draft_id=1, text="H")
            posted = await call("sendMessage", chat_id=anna.id, text="Hi")
            where = {"chat_id": anna.id, "message_id": posted["message_id"]}
            await call("editMessageText", text="Hi!", **where)
            await anna.reacts(posted["message_id"], "👍")
            await call("editMessageText", text="Hi!", **where)
            await call("deleteMessage", **where)

    assert notes.words == [
        *("waiting", "Hello!", "fetched", "getUpdates 200", "confirmed", "getUpdates 200"),
        *("typing", "sendChatAction 200", "draft H", "sendMessageDraft 200"),
        *("draft gone", "Hi", "sendMessage 200", "Hi!", "editMessageText 200", "Hi! ♥"),
        *("editMessageText 400", "Hi! gone ♥", "deleteMessage 200"),
    ]


async def test_a_world_goes_on_above_the_numbers_of_another() -> None:
    """A bot that remembers an earlier world takes nothing in this one for what it knows."""
    numbers = []
    for after in (0, 1000):
        async with TelegramSandbox(after=after) as telegram:
            anna = telegram.person("Anna")
            group = telegram.group("Trip", anna, telegram.bot)
            said = [await anna.says("Hello!"), await anna.says("Hello!", in_=group)]
            updates = [one["update_id"] for one in telegram.updates()]
        numbers.append([*(one.id for one in said), *updates])

    assert numbers[1] == [number + 1000 for number in numbers[0]]


@pytest.mark.parametrize("asked", [True, False])
async def test_a_bot_that_asks_for_reactions_hears_of_them(asked: bool) -> None:
    """What I put on a message the bot hears of only if it wants to."""
    async with TelegramSandbox(limits="off") as telegram, asyncio.timeout(20):
        anna = telegram.person("Anna")
        async with httpx.AsyncClient(base_url=f"{telegram.url}/bot{telegram.token}/") as http:
            call = Client(http)
            wanted = ["message", "message_reaction"] if asked else ["message"]
            await call("getUpdates", allowed_updates=wanted)
            said = await anna.says("Hello!")
            await anna.reacts(said, "👍")
            await anna.reacts(said, None)
            heard = await call.hears(3 if asked else 1)

    changes = [
        [
            [one["emoji"] for one in update["message_reaction"][name]]
            for name in ("old_reaction", "new_reaction")
        ]
        for update in heard[1:]
    ]
    assert changes == ([[[], ["👍"]], [["👍"], []]] if asked else [])
    assert anna.sees()[0].reactions == ()
