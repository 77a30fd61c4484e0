"""`ondemand-bot worker` in a terminal: where it is refused, and how it ends."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.sandbox.telegram.people import Person
from tests.commands.test_cli import KEY, TOKEN, ondemand_bot
from tests.crashes.process import BotProcess
from tests.dialogues.conftest import grows, is_final, labels
from tests.ports import free_port
from tests.scale.crowd import WORKER
from tests.waiting import until

SECRETS = {"TELEGRAM_BOT_TOKEN": TOKEN, "ONDEMAND_API_KEY": KEY}

LONG = "One sentence comes first. " + " ".join(f"word{number}" for number in range(300))


def test_a_worker_on_sqlite_is_refused_in_one_line(tmp_path: Path) -> None:
    """I start many processes on a file: I am told what to do instead, and no file appears."""
    ended = ondemand_bot("worker", folder=tmp_path, **SECRETS)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "ondemand-bot: DATABASE_URL must be a PostgreSQL for several processes; "
        "on SQLite `ondemand-bot run` does everything in one\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["web", "worker"])
def test_one_of_many_without_a_key_is_refused_in_one_line(
    new_postgres: Callable[..., str], tmp_path: Path, command: str
) -> None:
    """I forgot the key that all processes share: I am told, and none makes one of its own."""
    ended = ondemand_bot(
        command,
        folder=tmp_path,
        DATABASE_URL=new_postgres(),
        WEBHOOK_URL="https://bot.example.org",
        WEBHOOK_SECRET="s3cret-of_the-webhook-0123456789abcdef",  # noqa: S106  # Nobody's.
        **SECRETS,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "ondemand-bot: DATA_KEY must be set for several processes, to the same for all: "
        "see docs/settings.md\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_worker_on_an_empty_database_says_what_to_do(
    new_postgres: Callable[..., str], tmp_path: Path
) -> None:
    """I forgot to migrate: one line says so."""
    key = Fernet.generate_key().decode()
    ended = ondemand_bot(
        "worker", folder=tmp_path, DATABASE_URL=new_postgres(), DATA_KEY=key, **SECRETS
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.endswith("run `ondemand-bot migrate`\n")
    assert ended.stderr.count("\n") == 1


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    """Telegram, on loopback."""
    async with TelegramSandbox(limits="off") as sandbox:
        yield sandbox


@pytest.fixture
async def ondemand() -> AsyncIterator[OnDemandSandbox]:
    """OnDemand, answering at once."""
    async with OnDemandSandbox(pace=0) as sandbox:
        yield sandbox


@pytest.fixture
async def workers(
    telegram: TelegramSandbox,
    ondemand: OnDemandSandbox,
    migrated: Callable[[str], str],
    new_postgres: Callable[..., str],
    tmp_path: Path,
) -> AsyncIterator[tuple[BotProcess, BotProcess]]:
    """Two processes of one bot, not started yet; ended whatever happens."""
    url, key = new_postgres(copy_of=migrated("postgresql")), Fernet.generate_key().decode()

    def worker(name: str) -> BotProcess:
        (tmp_path / name).mkdir()
        return BotProcess(
            telegram=telegram, ondemand=ondemand, url=url, folder=tmp_path / name, DATA_KEY=key
        )

    one, two = worker("one"), worker("two")
    try:
        yield one, two
    finally:
        one.kill()
        two.kill()


@pytest.mark.timeout(180)
async def test_stop_reaches_the_worker_that_answers_while_it_is_being_replaced(
    workers: tuple[BotProcess, BotProcess], telegram: TelegramSandbox, ondemand: OnDemandSandbox
) -> None:
    """My answer grows in an old process that is about to end; I press Stop, and it stops."""
    old, new = workers
    anna: Person = telegram.person("Anna")
    ondemand.assistant.will_say(LONG, word_delay=0.4)
    old.start(*WORKER)
    await anna.says("Tell me everything.")
    await anna.reads(when=grows, timeout=60)
    new.start(*WORKER)
    await until(lambda: '"working"' in new.log, 60)
    old.tell_to_end()
    # From now on the new one takes presses, and the old one nothing but its answer.
    await until(lambda: '"elected"' in new.log, 20)

    await anna.presses("■ Stop")

    await anna.sees_eventually(lambda seen: is_final(seen[-1]), 20)
    (answer,) = (read for read in anna.sees() if read.is_bot)
    assert "stopped" in answer.text.lower()
    assert "word299" not in answer.text
    assert "↻ Again" in labels(answer)
    assert await old.ended() == 0
    new.tell_to_end()
    assert await new.ended() == 0


@pytest.mark.timeout(180)
async def test_an_operator_sees_what_each_worker_does(
    workers: tuple[BotProcess, BotProcess], telegram: TelegramSandbox
) -> None:
    """Answers are counted where they are made; both are ready, though only one of them polls."""
    anna: Person = telegram.person("Anna")
    ports = [free_port(), free_port()]
    for worker, port in zip(workers, ports, strict=True):
        worker.set(PORT=str(port))
        worker.start(*WORKER)
    await until(lambda: all('"working"' in worker.log for worker in workers), 60)

    await anna.says("What is 2 + 3?")
    await anna.reads(when=is_final, timeout=60)

    async with httpx.AsyncClient() as client:
        pages = [await client.get(f"http://127.0.0.1:{port}/metrics") for port in ports]
        ready = [await client.get(f"http://127.0.0.1:{port}/readyz") for port in ports]
    answered = 'ondemand_bot_turns_total{outcome="settled"} 1.0'
    assert [answered in page.text for page in pages].count(True) == 1
    assert [page.status_code for page in ready] == [200, 200]
    parts = [page.json()["parts"] for page in ready]
    assert all(each["telegram"]["well"] and each["ondemand"]["well"] for each in parts)
    assert [each["telegram"]["says"] for each in parts].count("another process polls") == 1
