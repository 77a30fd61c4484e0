"""`ondemand-bot` in a terminal: what is printed, where, and with which exit code."""

import asyncio
import json
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import make_url

from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.storage import head
from tests import postgres

README = Path(__file__).parents[2] / "README.md"
TOKEN = "1234567890:AAabcdefghijklmnopqrstuvwxyz0123456"
KEY = "canary-ondemand-key-0123456789"


def ondemand_bot(
    *arguments: str, folder: Path, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command as an operator would, with these variables and no others."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def doctor(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Ask the doctor, and serve the sandbox meanwhile."""
    async with TelegramSandbox(token=TOKEN) as telegram:
        variables = {"TELEGRAM_API_URL": telegram.url, **variables}
        ended = await asyncio.to_thread(ondemand_bot, "doctor", folder=folder, **variables)
        assert {call.method for call in telegram.calls()} <= {"getMe", "getWebhookInfo"}
        return ended


@pytest.fixture
async def ondemand() -> AsyncIterator[OnDemandSandbox]:
    """The platform, on loopback."""
    async with OnDemandSandbox(pace=0, keys=(KEY,)) as sandbox:
        yield sandbox


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    """Telegram, on loopback."""
    async with TelegramSandbox(token=TOKEN) as sandbox:
        yield sandbox


def test_the_version_is_told(tmp_path: Path) -> None:
    """I ask for the version."""
    ended = ondemand_bot("--version", folder=tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"ondemand-bot {version('ondemand-telegram-bot')}\n"


def test_migrate_makes_the_database_and_says_so(tmp_path: Path) -> None:
    """One command makes my database."""
    ended = ondemand_bot("migrate", folder=tmp_path)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"The database is at revision {head()}, empty before.\n"
    assert (tmp_path / "data" / "bot.db").exists()


def test_the_doctor_finds_what_is_missing_and_changes_nothing(tmp_path: Path) -> None:
    """In an empty folder I am told, line by line, what I still need."""
    ended = ondemand_bot("doctor", folder=tmp_path)

    assert ended.returncode == 1
    assert ended.stdout.splitlines() == [
        "FAIL  telegram   TELEGRAM_BOT_TOKEN is missing",
        "FAIL  ondemand   ONDEMAND_API_KEY is missing",
        "ok    sound      voice notes can be made, and made MP3",
        "ok    data key   data/key will be made at the first start",
        "ok    database   sqlite:///data/bot.db is empty; the first start fills it",
    ]
    assert list(tmp_path.iterdir()) == []


async def test_the_doctor_is_content_with_a_complete_set_up(
    url: str, ondemand: OnDemandSandbox, tmp_path: Path
) -> None:
    """When everything is there, every line is ok, on both databases, and no question was paid."""
    ended = await doctor(
        tmp_path,
        DATABASE_URL=url,
        TELEGRAM_BOT_TOKEN=TOKEN,
        ONDEMAND_API_KEY=KEY,
        ONDEMAND_API_URL=ondemand.url,
        ONDEMAND_ENDPOINT_ID="predefined-kimi-k3",
        ONDEMAND_PLUGIN_IDS="plugin-1722260873, agent-1713924030",
        DATA_KEY=Fernet.generate_key().decode(),
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[:-1] == [
        "ok    telegram   @ondemand_sandbox_bot answers; 0 updates wait",
        f"ok    ondemand   {ondemand.url} accepts ONDEMAND_API_KEY",
        "ok    endpoint   predefined-kimi-k3 is active and streams",
        "ok    plugins    subscribed to plugin-1722260873, agent-1713924030",
        "ok    services   subscribed to speech to text, text to speech, translation",
        "ok    sound      voice notes can be made, and made MP3",
        "ok    data key   DATA_KEY gives 1",
    ]
    assert f"revision {head()}, the newest" in ended.stdout.splitlines()[-1]
    assert ondemand.paid == 0
    assert {call.method for call in ondemand.calls() if "service" not in call.path} == {"GET"}


async def test_the_doctor_tells_everything_that_is_wrong_at_once(
    ondemand: OnDemandSandbox, tmp_path: Path
) -> None:
    """One look names what I cannot use, and what to do about it, as the README shows it."""
    ondemand.will("not_subscribed", operation="speech_to_text")

    ended = await doctor(
        tmp_path,
        TELEGRAM_BOT_TOKEN=TOKEN,
        ONDEMAND_API_KEY=KEY,
        ONDEMAND_API_URL=ondemand.url,
        ONDEMAND_ENDPOINT_ID="predefined-openai-gpt4o",
        ONDEMAND_PLUGIN_IDS="plugin-1741770626,plugin-1722260873",
    )

    assert (ended.returncode, ended.stderr) == (1, "")
    printed = ended.stdout.replace(ondemand.url, "https://api.on-demand.io")
    printed = printed.replace("@ondemand_sandbox_bot", "@my_assistant_bot")
    _, _, shown = README.read_text().partition("$ ondemand-bot doctor\n")
    assert printed == shown.partition("```")[0]


@pytest.mark.parametrize("trouble", ["refused", "unreachable"])
async def test_the_doctor_stops_at_a_closed_door(
    trouble: str, ondemand: OnDemandSandbox, tmp_path: Path
) -> None:
    """When the platform does not let me in I am told why, and nothing else of it."""
    key, url = "not-the-key-of-anybody", ondemand.url
    if trouble == "unreachable":
        async with OnDemandSandbox() as gone:
            url = gone.url

    ended = await doctor(
        tmp_path, TELEGRAM_BOT_TOKEN=TOKEN, ONDEMAND_API_KEY=key, ONDEMAND_API_URL=url
    )

    told = ended.stdout.splitlines()
    says = "ONDEMAND_API_KEY is refused (" if trouble == "refused" else f"{url} cannot be reached"
    looked_at = ["telegram", "ondemand", "sound", "data", "database"]
    assert [line.split()[1] for line in told] == looked_at
    assert told[1].startswith(f"FAIL  ondemand   {says}")
    assert ended.returncode == 1
    assert key not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_database_is_copied_and_compared(
    tmp_path: Path, new_postgres: Callable[..., str]
) -> None:
    """I move to PostgreSQL: table by table I read that nothing differs."""
    ondemand_bot("migrate", folder=tmp_path)
    target = new_postgres()

    ended = ondemand_bot("db", "copy", target, folder=tmp_path)
    again = ondemand_bot("db", "copy", folder=tmp_path, TARGET_DATABASE_URL=target)

    *tables, told = ended.stdout.splitlines()
    assert (ended.returncode, ended.stderr) == (0, "")
    assert {line.split()[-1] for line in tables} == {"same"}
    assert told.startswith("0 rows were copied from sqlite:///data/bot.db to postgresql://")
    assert again.returncode == 0  # Nothing was in it, so it is still an empty one.


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "WEBHOOK_URL must be set for `web`: see docs/settings.md"),
        (
            {"WEBHOOK_URL": "https://bot.example.org", "WEBHOOK_SECRET": "a" * 32},
            "DATABASE_URL must be a PostgreSQL for several processes; "
            "on SQLite `ondemand-bot run` does everything in one",
        ),
    ],
    ids=["without a webhook", "on SQLite"],
)
def test_web_alone_needs_a_webhook_and_workers(
    tmp_path: Path, variables: dict[str, str], says: str
) -> None:
    """What would take in and never answer does not start, and makes no file."""
    ended = ondemand_bot(
        "web", folder=tmp_path, TELEGRAM_BOT_TOKEN=TOKEN, ONDEMAND_API_KEY=KEY, **variables
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"ondemand-bot: {says}\n"
    assert list(tmp_path.iterdir()) == []


def test_run_tells_all_that_is_missing_and_makes_nothing(tmp_path: Path) -> None:
    """I start without the two secrets: one line names both, and no file appears."""
    ended = ondemand_bot("run", folder=tmp_path)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "ondemand-bot: TELEGRAM_BOT_TOKEN and ONDEMAND_API_KEY must be set: see docs/settings.md\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["migrate", "doctor"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_BOT_TOKEN", "hunter22-is-not-a-token"),
        ("PORT", "hunter22"),
        ("DATA_KEY", "hunter22"),
        ("ONDEMAND_API_KEY", "hunter22\nsecond line"),
        ("LOG_LEVEL", "hunter22" * 5000),
    ],
)
def test_a_wrong_variable_ends_the_program_with_one_line(
    tmp_path: Path, command: str, name: str, value: str
) -> None:
    """A mistake in my settings is one line on stderr and exit code 2, and is not repeated."""
    ended = ondemand_bot(command, folder=tmp_path, **{name: value})

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"ondemand-bot: {name} must ")
    assert len(ended.stderr.splitlines()) == 1
    assert "hunter22" not in ended.stderr


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("mysql://bot:hunter22@localhost/bot", 2, "names mysql, which is not supported"),
        ("sqlite://", 2, "must name a file"),
        ("sqlite:////dev/null/bot.db", 2, "cannot be made or written"),
        ("sqlite:///damaged.db", 2, "left as it is"),
        ("postgresql://bot:hunter22@127.0.0.1:1/bot", 1, "postgresql://bot:***@127.0.0.1:1/bot"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_one_line(
    tmp_path: Path, url: str, code: int, says: str
) -> None:
    """I am told what is wrong with my database and what to do, without a traceback."""
    (tmp_path / "damaged.db").write_bytes(b"words that are no database " * 100)

    ended = ondemand_bot("migrate", folder=tmp_path, DATABASE_URL=url)

    assert (ended.returncode, ended.stdout) == (code, "")
    assert says in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "hunter22" not in ended.stderr


def test_a_server_that_refuses_us_is_told_as_a_mistake_of_mine(
    postgres_server: str, tmp_path: Path
) -> None:
    """A wrong role or a wrong database is mine to mend: exit code 2, and what the server said."""
    server = make_url(postgres_server).set(drivername="postgresql")
    wrong = [server.set(username="nobody_here"), server.set(database="nothing_here")]

    ended = [
        ondemand_bot(
            "migrate", folder=tmp_path, DATABASE_URL=url.render_as_string(hide_password=False)
        )
        for url in wrong
    ]

    assert [process.returncode for process in ended] == [2, 2]
    assert [process.stderr.count("\n") for process in ended] == [1, 1]
    assert ["does not exist" in process.stderr for process in ended] == [True, True]


def test_a_role_without_rights_is_told_as_a_mistake_of_mine(
    new_postgres: Callable[..., str], postgres_server: str, tmp_path: Path
) -> None:
    """My role may not make tables: I am told so in one line."""
    role = f"poor_{secrets.token_hex(4)}"
    url = make_url(new_postgres())
    postgres.execute(postgres_server, f"CREATE ROLE {role} LOGIN")

    ended = ondemand_bot(
        "migrate",
        folder=tmp_path,
        DATABASE_URL=url.set(username=role).render_as_string(hide_password=False),
    )

    postgres.execute(postgres_server, f"DROP ROLE {role}")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "permission denied" in ended.stderr


def test_a_secret_in_a_message_is_blacked_out(tmp_path: Path) -> None:
    """Where a message has to name what I set, the secret in it is not shown."""
    ended = ondemand_bot(
        "migrate",
        folder=tmp_path,
        ONDEMAND_API_KEY=KEY,
        DATABASE_URL=f"sqlite:////dev/null/{KEY}.db",
    )

    assert ended.returncode == 2
    assert "/dev/null/[secret].db cannot be made" in ended.stderr


#: The command line with a command that breaks.
BROKEN = """
from bot import cli

@cli.app.command()
def stumble(context: cli.typer.Context) -> None:
    settings = cli._settings(context)
    raise KeyError(settings.telegram_bot_token.get_secret_value())

cli.main()
"""


def test_a_bug_is_one_line_and_a_log_that_shows_no_secret(tmp_path: Path) -> None:
    """When the program breaks I am told in one line, with a number to find it in the log."""
    ended = subprocess.run(
        [sys.executable, "-c", BROKEN, "stumble"],
        cwd=tmp_path,
        env={"TELEGRAM_BOT_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    *_, logged, told = ended.stderr.splitlines()
    line = json.loads(logged)
    assert ended.returncode == 1
    assert told == f"ondemand-bot: this is a bug (KeyError); the log has it as {line['reference']}"
    assert "stumble" in line["exception"]
    assert TOKEN not in ended.stderr


#: Opens the house as `run` does, logs whatever key is in the file, and closes it.
OPEN_ONCE = """
import asyncio, logging, pathlib
from bot import house
from bot.log import Redactor
from bot.settings import Settings

async def main():
    settings = Settings.load()
    house.start_logging(settings, Redactor())
    async with house.open_house(settings):
        if house.KEY_FILE.exists():
            logging.getLogger("bot").info("the key is " + house.KEY_FILE.read_text())

asyncio.run(main())
"""


def open_once(folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Start the house in this folder, and end it."""
    return subprocess.run(
        [sys.executable, "-c", OPEN_ONCE],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_wrong_data_key_is_found_by_the_doctor(tmp_path: Path) -> None:
    """A key that does not fit the database is told before the bot is started."""
    ondemand_bot("migrate", folder=tmp_path)
    first, second = (Fernet.generate_key().decode() for _ in range(2))
    opened = open_once(tmp_path, DATA_KEY=first)

    found = [
        ondemand_bot("doctor", folder=tmp_path, DATA_KEY=key).stdout.splitlines()[-1]
        for key in (first, second)
    ]

    assert opened.returncode == 0
    assert found[0].startswith("ok    database")
    assert found[1].startswith("FAIL  database   the database holds words written with 1 data key")


def test_the_first_start_makes_a_key_and_never_logs_it(tmp_path: Path) -> None:
    """I set no key; one is made, and it is blacked out like the ones I set myself."""
    ondemand_bot("migrate", folder=tmp_path)

    opened = open_once(tmp_path)

    assert opened.returncode == 0
    assert "the key is [secret]" in opened.stderr
    assert (tmp_path / "data/key").read_text() not in opened.stderr


def test_a_lost_data_key_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    """When data/key is gone I am told so every time, until I bring it back."""
    ondemand_bot("migrate", folder=tmp_path)
    open_once(tmp_path)
    key = (tmp_path / "data/key").rename(tmp_path / "away")

    told = [ondemand_bot("doctor", folder=tmp_path).stdout.splitlines()[-1] for _ in range(2)]
    opened = open_once(tmp_path)

    assert [line.split("   ")[0] for line in told] == ["FAIL  database"] * 2
    assert "KeyMissingError" in opened.stderr
    assert not (tmp_path / "data/key").exists()
    key.rename(tmp_path / "data/key")
    assert open_once(tmp_path).returncode == 0


def test_no_key_is_made_for_a_database_that_is_not_there(tmp_path: Path) -> None:
    """A start before `migrate` leaves nothing behind."""
    opened = open_once(tmp_path)

    assert "SchemaError" in opened.stderr
    assert list(tmp_path.iterdir()) == []


async def test_no_secret_reaches_a_terminal_at_debug_level(
    url: str, ondemand: OnDemandSandbox, telegram: TelegramSandbox, tmp_path: Path
) -> None:
    """At the loudest level, with every secret set, none of them is printed by any command."""
    canaries = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "ONDEMAND_API_KEY": KEY,
        "WEBHOOK_SECRET": "canary_webhook_secret-0123456789abcdef",
        "DATA_KEY": Fernet.generate_key().decode(),
    }
    ondemand.will("sporadic_401", times=2)
    printed = ""
    for command in ("migrate", "doctor"):
        for form in ("console", "json"):
            ended = await asyncio.to_thread(
                ondemand_bot,
                command,
                folder=tmp_path,
                DATABASE_URL=url,
                TELEGRAM_API_URL=telegram.url,
                ONDEMAND_API_URL=ondemand.url,
                LOG_LEVEL="DEBUG",
                LOG_FORMAT=form,
                **canaries,
            )
            assert ended.returncode == 0
            printed += ended.stdout + ended.stderr

    assert [name for name, secret in canaries.items() if secret in printed] == []
    assert [sign for sign in ("sig=", "/storage/") if sign in printed] == []
    assert "stamina.retry_scheduled" in printed
