"""The bot as a process of its own, between the two sandboxes."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox

HERE = Path(__file__).parent
RUN = (sys.executable, "-m", "bot", "run")
WEB = (sys.executable, "-m", "bot", "web")

#: A plain application of python-telegram-bot that keeps nothing.
ECHO = (sys.executable, str(HERE / "ptb_echo.py"))


@asynccontextmanager
async def process(
    command: Sequence[str],
    telegram: TelegramSandbox,
    ondemand: OnDemandSandbox,
    **variables: str,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a bot in an empty folder until the block ends, which begins when it takes updates in."""
    with tempfile.TemporaryDirectory() as folder:
        started = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(HERE.parent),
                "TELEGRAM_API_URL": telegram.url,
                "TELEGRAM_BOT_TOKEN": telegram.token,
                "ONDEMAND_API_URL": ondemand.url,
                "ONDEMAND_API_KEY": "a-key-for-the-benchmark",
                "PORT": "0",
                # As for who pays for more: the bot is measured, and not its pace.
                "ONDEMAND_QUERIES_PER_MINUTE": "100000",
                "TELEGRAM_CALLS_PER_SECOND": "1000",
                "LOG_LEVEL": "ERROR",
                **variables,
            },
        )
        try:
            async with asyncio.timeout(60):
                while not _is_there(telegram):
                    await asyncio.sleep(0.02)
            yield started
        finally:
            if started.returncode is None:
                started.terminate()
            await started.wait()


def _is_there(telegram: TelegramSandbox) -> bool:
    """Whether a bot polls, or has told where it is to be called."""
    hooks = telegram.calls("setWebhook")
    return bool(telegram.calls("getUpdates")) or any(each.status for each in hooks)


def resident(pid: int) -> float:
    """Megabytes of memory a process holds, as Linux counts them."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
