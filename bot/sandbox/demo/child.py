"""The bot's process: started, watched, killed on request, and started again.

Whatever becomes of it, who started it goes on. A process that was killed on request is started
again at once, as is one that ends by itself for the first time; one that keeps ending is given ever
more time.
"""

import asyncio
import contextlib
import ctypes
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

Condition = Literal["starting", "running", "killed", "failed", "ending"]

#: Seconds before a process that ended by itself is started again: after the first time, and so on.
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
#: Seconds a process must have lived for the next end to count as the first.
LIVED = 30.0
#: Seconds it gets to end when it is told to; then it is killed.
GRACE = 1.0
_LONGEST_LINE = 1 << 20  # bytes of its log


@dataclass(frozen=True, slots=True)
class State:
    """How the bot is, from one moment on."""

    condition: Condition
    at: datetime
    pid: int | None = None
    #: How often it was started.
    starts: int = 0
    #: The last it said, where it failed.
    line: str | None = None
    #: Seconds until it is started again, where it failed.
    again_in: float | None = None


class Child:
    """A program that is kept running, for the length of an `async with` block.

    `told` hears of each change of its state; `heard` gets each line it writes to stderr, and
    returns what may be shown of it. It gets a session of its own, so that Ctrl-C in the terminal
    reaches only who started it.
    """

    def __init__(
        self,
        program: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        told: Callable[[State], None],
        heard: Callable[[str], str],
        pauses: Sequence[float] = PAUSES,
        grace: float = GRACE,
    ) -> None:
        self._program = program
        self._environment = environment
        self._folder = folder
        self._told = told
        self._heard = heard
        self._pauses = pauses
        self._grace = grace
        self._process: asyncio.subprocess.Process | None = None
        self._is_killed = False
        self._last_line: str | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.state = State("starting", datetime.now(UTC))

    async def __aenter__(self) -> "Child":
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    def works(self) -> None:
        """Take note that it is seen at work."""
        if self.state.condition == "starting" and self._process:
            self._become("running")

    def kill(self) -> bool:
        """Kill it at once, as a power cut would; False where there is nothing to kill."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._is_killed = True
        self._process.kill()
        return True

    async def end(self) -> None:
        """Tell it to end, kill it if it takes too long, and start it no more."""
        keeping, self._keeping = self._keeping, None
        if keeping is None:
            return
        process = self._process
        self._become("ending")
        try:
            if process and process.returncode is None:
                process.terminate()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(process.wait()), self._grace)
        finally:
            # Also where whoever waits is cancelled: nothing may stay behind.
            if process and process.returncode is None:
                process.kill()
                await process.wait()
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep(self) -> None:
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            code = await self._live()
            if self.state.condition == "ending":
                return
            if self._is_killed:
                failures = 0
                self._become("killed")
                continue
            lived = asyncio.get_running_loop().time() - began
            pause = self._pauses[0 if lived > LIVED else min(failures, len(self._pauses) - 1)]
            failures = 1 if lived > LIVED else failures + 1
            line = self._last_line or f"It ended with exit code {code} and said nothing."
            self._become("failed", line=line, again_in=pause)
            await asyncio.sleep(pause)

    async def _live(self) -> int | None:
        """Let one process live until it ends; tells its exit code, None where there was none."""
        self._is_killed, self._last_line = False, None
        self.state = replace(self.state, starts=self.state.starts + 1)
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._program,
                cwd=self._folder,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                limit=_LONGEST_LINE,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        except OSError as error:
            self._last_line = f"It cannot be started: {error.strerror}."
            return None
        self._become("starting", pid=process.pid)
        try:
            await self._listen(process)
            return await process.wait()
        finally:
            self._process = None

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr  # noqa: S101  # It is a pipe.
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:  # Longer than any line of a log.
                continue
            if not line:
                return
            text = line.decode(errors="replace").strip()
            if text:
                self._last_line = self._heard(text)

    def _become(
        self,
        condition: Condition,
        *,
        pid: int | None = None,
        line: str | None = None,
        again_in: float | None = None,
    ) -> None:
        if condition == "running":
            pid = self.state.pid
        self.state = State(
            condition, datetime.now(UTC), pid, self.state.starts, line=line, again_in=again_in
        )
        self._told(self.state)


def _end_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies, however that dies."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
