"""What wakes an operator is counted where it happens, and can be read there."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
import stamina
import yaml
from cryptography.fernet import Fernet

from bot import app
from bot.sandbox.ondemand import OnDemandSandbox
from bot.sandbox.telegram import TelegramSandbox
from bot.settings import Settings
from bot.web import webhook_path
from tests.dialogues.conftest import is_final
from tests.dialogues.line import Line, open_line
from tests.ports import free_port
from tests.waiting import until, until_found

SECRET = "s3cret-of_the-webhook-0123456789abcdef"

ALERTS = {
    rule["alert"]: str(rule["expr"])
    for group in yaml.safe_load((Path(__file__).parents[2] / "deploy/alerts.yml").read_text())[
        "groups"
    ]
    for rule in group["rules"]
}


@pytest.fixture
def pace() -> float:
    """Nothing here has to be waited for long."""
    return 1.0


@pytest.fixture
async def line(ondemand: OnDemandSandbox) -> AsyncIterator[Line]:
    """What lies between the bot and OnDemand."""
    async with open_line(ondemand.url) as line:
        yield line


@pytest.fixture
async def doors(
    telegram: TelegramSandbox,
    line: Line,
    migrated: Callable[[str], str],
    new_postgres: Callable[..., str],
) -> AsyncIterator[dict[str, str]]:
    """A `web` and a `worker` on one database; where each of them is looked at."""
    ports = {"web": free_port(), "worker": free_port()}
    common = Settings(
        telegram_api_url=telegram.url,
        telegram_bot_token=telegram.token,
        ondemand_api_url=line.url,
        ondemand_api_key="a-key-for-the-sandbox",
        database_url=new_postgres(copy_of=migrated("postgresql")),
        data_key=Fernet.generate_key().decode(),
        webhook_url=f"http://127.0.0.1:{ports['web']}",
        webhook_secret=SECRET,
    ).model_dump(exclude_unset=True)
    stopping = asyncio.Event()
    with stamina.set_testing(True, attempts=100, cap=True):
        tasks = [
            asyncio.create_task(
                each(Settings.model_validate(common | {"port": ports[name]}), stopping=stopping)
            )
            for name, each in (("web", app.web), ("worker", app.work))
        ]
        yield {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        stopping.set()
        await asyncio.gather(*tasks)


async def counted(door: str, alert: str) -> list[bool]:
    """Of each series that an alert asks for, whether this process has counted in it."""
    async with httpx.AsyncClient(base_url=door) as client:
        shown = (await client.get("/metrics")).text.splitlines()
    wanted = re.findall(r'(ondemand_bot_\w+)(?:\{(\w+="\w+")\})?', ALERTS[alert])
    return [
        any(
            re.match(rf"{name}[{{ ]", line) and label in line and float(line.split()[-1]) > 0
            for line in shown
        )
        for name, label in wanted
    ]


async def test_what_wakes_me_is_counted_by_the_process_to_which_it_happens(
    telegram: TelegramSandbox, line: Line, doors: dict[str, str]
) -> None:
    """I have all my processes scraped; a day on which much goes wrong is seen in their numbers."""
    people = [telegram.person(name) for name in ("Anna", "Bert", "Cora", "Dana", "Emil")]
    await until(lambda: telegram.calls("setWebhook"))
    await people[0].says("Hello?")
    await people[0].reads(when=is_final)

    # Somebody forges a call; an update cannot be read; OnDemand goes away, and people wait.
    async with httpx.AsyncClient() as client:
        forged = await client.post(doors["web"] + webhook_path(SECRET), json={})
    said = dict(telegram.updates()[-1]["message"])
    telegram.inject({"message": {**said, "message_id": 77, "entities": 5}})
    await line.cut()
    for person in people:
        await person.says("Are you there?")

    async def wakes(process: str, alert: str) -> bool:
        return await counted(doors[process], alert) == [True]

    assert forged.status_code == 401
    await until_found(partial(wakes, "web", "WebhookIsForged"))
    await until_found(partial(wakes, "worker", "UpdatesAreGivenUp"))
    await until_found(partial(wakes, "worker", "AssistantIsAway"))
    for process in doors:
        await until_found(partial(wakes, process, "PeopleWait"))
        await until_found(partial(wakes, process, "DatabaseIsSlow"))
