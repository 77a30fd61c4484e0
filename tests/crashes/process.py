"""The bot's own process: started, killed without warning, started again on the same database."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox

ROOT = Path(__file__).parent.parent.parent

#: Seconds within which a process that was told to end, or that ends itself, has ended.
PATIENCE = 30.0

#: How a program is started that an operator starts by `ondemand-bot run`.
RUN = ("-m", "bot", "run")


class BotProcess:
    """`python -m bot run`, with an environment and a folder of its own.

    It talks to the sandboxes over loopback and to nobody else. They live in the process of the
    test and so outlive it.
    """

    def __init__(
        self,
        *,
        telegram: TelegramSandbox,
        ondemand: OnDemandSandbox,
        url: str,
        folder: Path,
        **variables: str,
    ) -> None:
        self._folder = folder
        self._variables = {
            "TELEGRAM_API_URL": telegram.url,
            "PORT": "0",
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "ONDEMAND_API_URL": ondemand.url,
            "ONDEMAND_API_KEY": "a-key-for-the-sandbox",
            "DATABASE_URL": url,
            # People here ask more than anybody would.
            "RATE_QUESTIONS_AT_ONCE": "1000",
            "PYTHONPATH": str(ROOT),
            **variables,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def set(self, **variables: str) -> None:
        """Have it start with these variables from now on."""
        self._variables |= variables

    def start(self, *program: str) -> None:
        """Start it, or this test program in its place; it goes on where it ended."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *(program or RUN)],
                cwd=self._folder,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it at once, as a power cut would. One that has ended already stays ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def tell_to_end(self) -> None:
        """Ask it to end, as `docker stop` and systemd do."""
        self._send(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does, as a machine that hangs."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on where it was stopped, as if no time had passed."""
        self._send(signal.SIGCONT)

    async def ended(self) -> int:
        """Wait until it has ended by itself; tells its exit code, negative for a signal."""
        process = self._process
        assert process is not None
        # A thread waits, so that the sandboxes in this process go on meanwhile.
        code = await asyncio.to_thread(process.wait, PATIENCE)
        self._process = None
        return code

    def _send(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sign)

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    @property
    def log(self) -> str:
        """What all the processes wrote so far."""
        path = self._folder / "log"
        return path.read_text() if path.exists() else ""
