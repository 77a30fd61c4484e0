"""What taking in through a webhook costs: `uv run --with tornado python -m benchmarks.webhook`.

The bot and a plain python-telegram-bot application get the same posts in the same run, over the
same number of connections. Ours answers when the update is committed, the other when it is in
memory. `run` works on what it took in meanwhile; `web`, which needs `--database`, leaves that to
workers. Read the ratios; the figures alone depend on the machine. All talk to loopback only.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cryptography.fernet import Fernet

from benchmarks.bots import ECHO, RUN, WEB, process
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from tests.ports import free_port

SECRET = "a-secret-of-the-benchmark-0123456789"  # noqa: S105  # It guards nothing.
KEY = Fernet.generate_key().decode()


@asynccontextmanager
async def hooked(command: Sequence[str], database: str = "") -> AsyncIterator[str]:
    """Run a bot with a webhook until the block ends; gives the address that Telegram is told."""
    port = free_port()
    variables = {
        "WEBHOOK_URL": f"http://127.0.0.1:{port}",
        "WEBHOOK_SECRET": SECRET,
        "PORT": str(port),
        "DATABASE_URL": database,
        "DATA_KEY": KEY,
    }
    async with (
        TelegramSandbox(limits="off") as telegram,
        OnDemandSandbox(pace=0) as ondemand,
        process(command, telegram, ondemand, **variables),
    ):
        yield str(telegram.calls("setWebhook")[-1].parameters["url"])


def posts(url: str, updates: int) -> list[bytes]:
    """Requests with messages of groups that are not for the bot: only taking in is measured."""
    host, _, path = url.removeprefix("http://").partition("/")
    made = []
    first = time.time_ns() // 1_000_000  # No round repeats what another has posted.
    for number in range(first, first + updates):
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": -1000 - number % 50, "type": "supergroup", "title": "Group"},
            "from": {"id": 7, "is_bot": False, "first_name": "Anna"},
            "text": f"not for the bot {number}",
        }
        body = json.dumps({"update_id": number, "message": message}).encode()
        head = (
            f"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


async def push(url: str, waiting: list[bytes], took: list[float]) -> None:
    """Post on one connection, one after the other, until nothing waits."""
    host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    while waiting:
        started = time.perf_counter()
        writer.write(waiting.pop())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.partition(b"\r\n")[0].decode())
        took.append(time.perf_counter() - started)
    writer.close()


async def measure(
    command: Sequence[str], updates: int, connections: int, database: str = ""
) -> tuple[float, float]:
    """Updates a second, and seconds that ninety-nine in a hundred took at most."""
    async with hooked(command, database) as url:
        waiting, took = posts(url, updates), list[float]()
        await push(url, waiting[:1], [])  # What is loaded at the first request is not measured.
        started = time.perf_counter()
        async with asyncio.timeout(300):
            await asyncio.gather(*(push(url, waiting, took) for _ in range(connections)))
        return updates / (time.perf_counter() - started), statistics.quantiles(took, n=100)[98]


async def main() -> None:
    """Measure both, in turns."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--updates", type=int, default=5000)
    options.add_argument("--connections", type=int, default=40, help="as many as Telegram opens")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--database", default="", help="an empty PostgreSQL, to measure `web`")
    told = options.parse_args()
    size = (told.updates, told.connections)
    contestants = {"in memory": (ECHO, ""), "run": (RUN, "")}
    if told.database:
        contestants["web"] = (WEB, told.database)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for _ in range(told.rounds):
        for name, (command, database) in contestants.items():
            found[name].append(await measure(command, *size, database))
    theirs = statistics.median(rate for rate, _ in found["in memory"])
    for name, each in found.items():
        rate, end = (statistics.median(one) for one in zip(*each, strict=True))
        print(
            f"{name:<10} {rate:8.0f} updates/s   p99 {end * 1000:7.1f} ms   "
            f"ratio {rate / theirs:.2f}"
        )


if __name__ == "__main__":
    asyncio.run(main())
