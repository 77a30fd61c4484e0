"""The bot's process as the demo keeps it, played by programs of a line or two."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.sandbox.demo.child import Child, State

#: Says that it is there, and stays until it is told to end.
STAYS = "import sys, signal; print('here', file=sys.stderr, flush=True); signal.pause()"
#: Stays although it is told to end.
IS_DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {STAYS}"
#: Ends at once, with a reason.
FAILS = "import sys; print('no luck today', file=sys.stderr); sys.exit(3)"
#: Says more in a line than anybody reads.
BABBLES = "import sys; print('a' * (3 << 20), file=sys.stderr); print('done', file=sys.stderr)"


@dataclass
class Notes:
    """What was told of a process."""

    states: list[State] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def told(self, state: State) -> None:
        """Write down how it is."""
        self.states.append(state)
        self._news.set()

    def heard(self, line: str) -> str:
        """Write down what it said."""
        self.lines.append(line)
        self._news.set()
        return line.upper()

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until this has happened."""
        async with asyncio.timeout(20):
            while not happened():
                self._news.clear()
                await self._news.wait()

    @property
    def conditions(self) -> list[str]:
        """How it was, one after the other."""
        return [state.condition for state in self.states]


@pytest.fixture
async def notes() -> AsyncIterator[Notes]:
    """What is told in this test."""
    yield Notes()


def child(notes: Notes, program: str, folder: Path, *, grace: float = 5.0) -> Child:
    """A child that runs a few lines of Python."""
    return Child(
        (sys.executable, "-S", "-c", program),
        environment={},
        folder=folder,
        told=notes.told,
        heard=notes.heard,
        pauses=(0.0, 0.01, 0.02),
        grace=grace,
    )


def lives(pid: int | None) -> bool:
    """Whether a process with this number is there."""
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_starts_and_ends_with_the_demo(notes: Notes, tmp_path: Path) -> None:
    """The bot is started, is seen at work, and is told to end when the demo ends."""
    async with child(notes, STAYS, tmp_path) as bot:
        await notes.until(lambda: notes.lines)
        bot.works()
        bot.works()
        pid = bot.state.pid

    assert notes.conditions == ["starting", "running", "ending"]
    assert notes.states[1].pid == pid
    assert not lives(pid)


async def test_a_killed_one_is_started_again_at_once(notes: Notes, tmp_path: Path) -> None:
    """I kill the bot; another process takes its place, and I am told so."""
    async with child(notes, STAYS, tmp_path) as bot:
        await notes.until(lambda: notes.lines)
        killed = [bot.kill(), bot.kill()]
        await notes.until(lambda: len(notes.lines) == 2)

    assert killed[0]
    assert notes.conditions == ["starting", "killed", "starting", "ending"]
    assert [state.starts for state in notes.states] == [1, 1, 2, 2]
    assert notes.states[0].pid != notes.states[2].pid


async def test_one_that_keeps_failing_is_given_ever_more_time(notes: Notes, tmp_path: Path) -> None:
    """A bot that cannot start does not end the demo: I read why, and when it is tried again."""
    async with child(notes, FAILS, tmp_path):
        await notes.until(lambda: notes.conditions.count("failed") == 4)

    failed = [state for state in notes.states if state.condition == "failed"]
    assert [state.again_in for state in failed] == [0.0, 0.01, 0.02, 0.02]
    assert {state.line for state in failed} == {"NO LUCK TODAY"}


async def test_one_that_cannot_be_started_is_told(notes: Notes, tmp_path: Path) -> None:
    """Where the program is missing I am told what the system says."""
    bot = Child(
        ("/nowhere/at/all",),
        environment={},
        folder=tmp_path,
        told=notes.told,
        heard=notes.heard,
        pauses=(60.0,),
    )
    async with bot:
        await notes.until(lambda: "failed" in notes.conditions)
        is_killed = bot.kill()

    assert notes.states[0].line == "It cannot be started: No such file or directory."
    assert not is_killed


async def test_one_that_says_nothing_is_told_with_its_code(notes: Notes, tmp_path: Path) -> None:
    """A bot that dies without a word is told by its exit code."""
    async with child(notes, "raise SystemExit(7)", tmp_path):
        await notes.until(lambda: "failed" in notes.conditions)

    assert notes.states[1].line == "It ended with exit code 7 and said nothing."


async def test_an_endless_line_does_no_harm(notes: Notes, tmp_path: Path) -> None:
    """A line of megabytes is left out, and what comes after it is heard."""
    async with child(notes, BABBLES, tmp_path):
        await notes.until(lambda: "failed" in notes.conditions)

    assert notes.lines[-1] == "done"
    assert notes.states[1].line == "DONE"


async def test_one_that_does_not_listen_is_killed(notes: Notes, tmp_path: Path) -> None:
    """A bot that does not end when it is told to does not hold up the end of the demo."""
    async with child(notes, IS_DEAF, tmp_path, grace=0.1) as bot:
        await notes.until(lambda: notes.lines)
        pid = bot.state.pid

    assert notes.conditions[-1] == "ending"
    assert not lives(pid)


async def test_a_demo_that_is_cut_short_leaves_nothing(notes: Notes, tmp_path: Path) -> None:
    """A second Ctrl-C does not wait, and leaves no process behind either."""
    bot = child(notes, IS_DEAF, tmp_path, grace=60)

    async def live() -> None:
        async with bot:
            await notes.until(lambda: notes.lines)

    living = asyncio.create_task(live())
    await notes.until(lambda: "ending" in notes.conditions)
    pid = notes.states[0].pid
    living.cancel()
    await asyncio.gather(living, return_exceptions=True)

    assert not lives(pid)


#: A demo that dies in the middle of everything; tells the number of its bot first.
DIES = """
import asyncio, os, pathlib, sys
from bot.sandbox.demo.child import Child

async def main():
    heard = asyncio.Event()
    program = (sys.executable, "-S", "-c", sys.argv[1])
    bot = Child(program, environment={}, folder=pathlib.Path("."),
                told=lambda state: None, heard=lambda line: heard.set() or line)
    await bot.__aenter__()
    await heard.wait()
    print(bot.state.pid, flush=True)
    os._exit(1)

asyncio.run(main())
"""


def is_over(pid: int) -> bool:
    """Whether a process of Linux has ended, also where nobody has taken note of it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_a_demo_that_dies_takes_the_bot_along(tmp_path: Path) -> None:
    """Whatever ends the demo, no bot goes on asking a Telegram that is not there any more."""
    program = (sys.executable, "-c", DIES, STAYS)
    ended = await asyncio.to_thread(
        subprocess.run, program, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    pid = int(ended.stdout)

    async with asyncio.timeout(10):
        # The system ends it when the parent is gone; nobody is told.
        while not is_over(pid):
            await asyncio.sleep(0.01)
