"""`ondemand-bot inbox`: an operator looks at what waits, and decides."""

import asyncio
import json
from pathlib import Path

from cryptography.fernet import Fernet

from bot.clock import SystemClock
from bot.metrics import Metrics
from bot.storage import Arrival, Cipher, open_store, parse
from tests.commands.test_cli import ondemand_bot

CANARY = "a private sentence"


async def _left_behind(url: str, key: str) -> None:
    """An inbox in which one update was given up and one waits."""
    clock = SystemClock()
    async with (
        open_store(parse(url), cipher=Cipher([key]), clock=clock, metrics=Metrics()) as store,
        store.begin() as tx,
    ):
        payload = json.dumps({"text": CANARY})
        await tx.inbox.accept(
            [Arrival(n, "talk:5:0", "message", payload) for n in (11, 12)], at=clock.now()
        )
        lane = await tx.inbox.take_over("talk:5:0", at=clock.now())
        entry = await lane.next()
        assert entry is not None
        await lane.begin(entry)
        await tx.inbox.remember(lane.hold, entry, "asked", json.dumps(CANARY))
        await lane.bury([entry], at=clock.now(), failure="ValueError")


def test_an_operator_sees_what_waits_and_has_it_tried_again(url: str, tmp_path: Path) -> None:
    """I list, look at one, have it tried again, and bury the other; no words are shown.

    What is buried is gone for good, and what waits is tried by itself.
    """
    key = Fernet.generate_key().decode()
    asyncio.run(_left_behind(url, key))

    def inbox(*words: str) -> tuple[int, list[str]]:
        ended = ondemand_bot("inbox", *words, folder=tmp_path, DATABASE_URL=url, DATA_KEY=key)
        assert ended.stderr == "" or ended.returncode == 1
        assert CANARY not in ended.stdout + ended.stderr
        return ended.returncode, ended.stdout.splitlines()

    _, before = inbox("list")
    _, shown = inbox("show", "11")
    retried, _ = inbox("retry", "11")
    retried_again, _ = inbox("retry", "11")
    buried, _ = inbox("bury", "12")
    buried_again, _ = inbox("bury", "12")
    _, after = inbox("list")
    unknown, _ = inbox("show", "99")

    assert [line.split()[:2] for line in before] == [["11", "parked"], ["12", "open"], ["2", "in"]]
    assert "ValueError" in shown[0]
    assert shown[-1] == "steps     asked"
    assert (retried, buried) == (0, 0)
    assert (retried_again, buried_again, unknown) == (1, 1, 1)
    assert [line.split()[:2] for line in after] == [["11", "open"], ["1", "in"]]
