"""`python -m tests.crashes.bot_that_stops_at K4`: the bot, which kills itself at this step.

Between two statements nothing is to be seen from outside, so there a test cannot kill in time. The
store is wrapped instead, and the process gets the same signal from within.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from unittest.mock import patch

from bot import app, cli, house
from bot.house import House
from bot.settings import Settings
from bot.storage import Arrival, Entry, Fate, HeldLane, Hold, Store, Transaction, Upload
from bot.storage.broadcasts import Broadcasts
from bot.storage.conversations import Conversations
from bot.storage.inbox import Inbox
from bot.storage.voice import Speech, Transcripts, Uploads

#: The step, and when in it the process dies.
STEPS = {
    "K0": "an update is written down and not committed",
    "K1": "it is committed, and Telegram does not know",
    "K2": "Telegram knows, and nobody works on it",
    "K3": "its first attempt is counted",
    "K4": "OnDemand made a session, and we did not write it down",
    "K7": "the answer is whole and remembered, and nobody has seen it",
    "K10": "the answer was sent and remembered, and the turn is not settled",
}

#: The same for a question that was spoken.
VOICE_STEPS = {
    "V1": "the recording is fetched from Telegram and not given to OnDemand",
    "V2": "OnDemand has it, and we did not write down under which number",
    "V3": "what was heard is written down",
    "V4": "the answer is spoken and paid for, and its sound not fetched",
    "V5": "its sound is fetched and not kept",
    "V6": "the voice note is about to be sent",
}

#: The same for a file.
FILE_STEPS = {
    "F1": "what it is called at OnDemand is written down, and it is not there",
    "F2": "OnDemand has it, and we did not write it down",
}

#: The same for a broadcast.
BROADCAST_STEPS = {
    "B1": "it is written down who is written to next, and nobody was",
    "B2": "they were written to, and it is not written down",
}

#: Seconds until the poll that confirms an update has gone out.
_CONFIRMED = 0.5


def die() -> None:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


class _Inbox(Inbox):
    """The shelf of accepted updates; dies before a step or asks for death after its commit."""

    def __init__(self, tx: Transaction, step: str) -> None:
        super().__init__(tx.connection)
        self._step = step
        self.dies_after_commit = False

    async def accept(self, arrivals: Sequence[Arrival], *, at: datetime) -> set[str]:
        """K0 and K1."""
        lanes = await super().accept(arrivals, at=at)
        if self._step == "K0":
            die()
        self.dies_after_commit = self._step == "K1"
        return lanes

    async def take_over(self, lane: str, *, at: datetime) -> HeldLane:
        """K2."""
        if self._step == "K2":
            await asyncio.sleep(_CONFIRMED)
            die()
        return _Lane(self, (await super().take_over(lane, at=at)).hold, self._step)

    async def held(self, hold: Hold) -> HeldLane:
        """Where K10 happens."""
        return _Lane(self, (await super().held(hold)).hold, self._step)

    async def remember(self, hold: Hold, entry: Entry, step: str, result: str) -> None:
        """K7, V2, V6 and those of a file."""
        if (self._step, step) in {("V2", "recording media"), ("F2", "file 0")}:
            die()
        self.dies_after_commit |= (self._step, step) in {
            ("K7", "answered"),
            ("V6", "spoken 1"),
            ("F1", "file 0 name"),
        }
        await super().remember(hold, entry, step, result)


class _Lane(HeldLane):
    """A lane on which the process dies."""

    def __init__(self, inbox: _Inbox, hold: Hold, step: str) -> None:
        super().__init__(inbox._connection, hold)
        self._inbox = inbox
        self._step = step

    async def begin(self, entry: Entry) -> dict[str, str]:
        """K3."""
        self._inbox.dies_after_commit = self._step == "K3"
        return await super().begin(entry)

    async def settle(
        self, entries: Sequence[Entry], *, at: datetime, trail: str | None = None
    ) -> None:
        """K10."""
        if self._step == "K10":
            die()
        await super().settle(entries, at=at, trail=trail)


class _Conversations(Conversations):
    """The shelf of conversations; dies before it writes a session down."""

    async def bind(self, conversation_id: int, session_id: str | None) -> bool:
        """K4."""
        die()
        return False


class _Uploads(Uploads):
    """The shelf of recordings at OnDemand."""

    async def begin(self, upload: Upload) -> None:
        """V1."""
        die()


class _Broadcasts(Broadcasts):
    """The shelf of broadcasts; dies at the third person."""

    claimed = 0

    def __init__(self, inbox: _Inbox) -> None:
        super().__init__(inbox._connection)
        self._inbox = inbox

    async def claim(self, number: int) -> int | None:
        """B1."""
        _Broadcasts.claimed += 1
        is_third = _Broadcasts.claimed == 3
        self._inbox.dies_after_commit |= is_third and self._inbox._step == "B1"
        return await super().claim(number)

    async def mark(self, number: int, user_id: int, fate: Fate) -> None:
        """B2."""
        if _Broadcasts.claimed == 3 and self._inbox._step == "B2":
            die()
        await super().mark(number, user_id, fate)


class _Transcripts(Transcripts):
    """The shelf of what was heard."""

    def __init__(self, inbox: _Inbox) -> None:
        super().__init__(inbox._connection)
        self._inbox = inbox

    async def keep(self, *arguments: Any, **more: Any) -> None:
        """V3."""
        self._inbox.dies_after_commit = True
        await super().keep(*arguments, **more)


class _Speech(Speech):
    """The shelf of what was spoken."""

    def __init__(self, inbox: _Inbox) -> None:
        super().__init__(inbox._connection)
        self._inbox = inbox

    async def note(self, *arguments: Any, **more: Any) -> None:
        """V4."""
        self._inbox.dies_after_commit = self._inbox._step == "V4"
        await super().note(*arguments, **more)

    async def keep(self, *arguments: Any, **more: Any) -> None:
        """V5."""
        if self._inbox._step == "V5":
            die()
        await super().keep(*arguments, **more)


class StoreThatStops:
    """The database, until the step."""

    def __init__(self, store: Store, step: str) -> None:
        self._store = store
        self._step = step
        self.read = store.read

    @asynccontextmanager
    async def begin(self, *, is_urgent: bool = False) -> AsyncIterator[Transaction]:
        """A transaction that may be the last."""
        async with self._store.begin(is_urgent=is_urgent) as tx:
            tx.inbox = inbox = _Inbox(tx, self._step)
            if self._step == "K4":
                tx.conversations = _Conversations(tx.connection)
            if self._step == "V1":
                tx.uploads = _Uploads(tx.connection)
            if self._step == "V3":
                tx.transcripts = _Transcripts(inbox)
            if self._step in BROADCAST_STEPS:
                tx.broadcasts = _Broadcasts(inbox)
            if self._step in {"V4", "V5"}:
                tx.speech = _Speech(inbox)
            yield tx
        if inbox.dies_after_commit:
            die()


def main(step: str) -> None:
    """Run the bot until the step."""
    open_house = house.open_house

    @asynccontextmanager
    async def open_house_that_stops(settings: Settings, **parts: Any) -> AsyncIterator[House]:
        async with open_house(settings, **parts) as opened:
            yield replace(opened, store=cast(Store, StoreThatStops(opened.store, step)))

    sys.argv = ["ondemand-bot", "run"]
    with patch.object(app, "open_house", open_house_that_stops):
        cli.main()


if __name__ == "__main__":
    main(sys.argv[1])
