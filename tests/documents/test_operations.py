"""What an operator deploys fits the program that it deploys."""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.cli import app
from bot.delivery.postgres import CONNECTIONS
from bot.metrics import Metrics
from bot.settings import Settings
from bot.storage.engines import POOL
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
ALERTS = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((ROOT / "deploy/grafana.json").read_text())


def samples() -> set[str]:
    """The names under which the numbers are found in Prometheus."""
    endings = {
        "counter": ["_total"],
        "gauge": [""],
        "info": ["_info"],
        "histogram": ["_bucket", "_sum", "_count"],
    }
    return {
        family.name + ending
        for family in Metrics().registry.collect()
        for ending in endings[family.type]
    }


def asked_for(expression: str) -> set[str]:
    """Our names in an expression of Prometheus."""
    return set(re.findall(r"ondemand_bot_\w+", expression))


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_there_is_and_says_what_to_do(rule: dict[str, object]) -> None:
    """I am woken by numbers that exist, and find in the manual what it means."""
    headings = re.findall(r"^### (\w+)$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)

    assert asked_for(str(rule["expr"])) <= samples()
    assert rule["alert"] in headings
    annotations = rule["annotations"]
    assert isinstance(annotations, dict)
    assert annotations["runbook"] == f"docs/operations.md#{str(rule['alert']).lower()}"


def test_the_dashboard_asks_for_what_there_is() -> None:
    """No panel stays empty for ever, and none of our numbers is shown nowhere."""
    asked = {
        name
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
        for name in asked_for(target["expr"])
    }

    assert asked <= samples()
    bare = {re.sub("_(total|bucket|sum|count)$", "", name) for name in samples()}
    assert bare == {re.sub("_(total|bucket)$", "", name) for name in asked}


def test_the_containers_run_commands_that_exist() -> None:
    """Every service of ours starts one, with variables that the program knows."""
    commands = {each.callback.__name__ for each in app.registered_commands if each.callback}
    ours = {name: each for name, each in COMPOSE["services"].items() if "build" in each}

    assert {each["command"] for each in ours.values()} <= commands
    variables = {name for each in ours.values() for name in each["environment"]}
    assert {name.lower() for name in variables} <= set(Settings.model_fields)


def test_the_containers_fit_into_their_database() -> None:
    """However busy all of them are, the database has a connection for each that asks for one."""
    # A worker hears of jobs, hears the others, and is elected, on a connection each.
    held = {"web": POOL, "worker": POOL + CONNECTIONS + 3}
    manual = (ROOT / "docs/operations.md").read_text()
    services = COMPOSE["services"]
    allowed = int(services["postgres"]["command"].rpartition("max_connections=")[2])

    at_once = sum(services[name]["deploy"]["replicas"] * most for name, most in held.items())

    # One migrates, and PostgreSQL keeps three for its superuser.
    assert at_once + 1 + 3 <= allowed
    assert f"A worker holds up to {held['worker']} connections" in manual
    assert f"A `web` or a `run` holds up to {held['web']}." in manual


def test_the_procfile_runs_commands_that_exist() -> None:
    """So does every process there."""
    commands = {each.callback.__name__ for each in app.registered_commands if each.callback}

    lines = (ROOT / "Procfile").read_text().splitlines()

    assert {line.split()[-1] for line in lines} <= commands


@pytest.mark.skipif(shutil.which("caddy") is None, reason="no caddy: install the package caddy")
async def test_the_proxy_writes_no_secret_down(tmp_path: Path) -> None:
    """No door is open and Telegram is refused: the log says so, without the path or the secret."""
    url = f"http://127.0.0.1:{free_port()}"
    secret = {"X-Telegram-Bot-Api-Secret-Token": "a-secret"}
    adapted = await caddy("adapt", "--config", str(ROOT / "deploy/Caddyfile"), WEBHOOK_URL=url)
    config = json.loads((await adapted.communicate())[0])
    to_a_dead_door(config)
    config["admin"] = {"disabled": True}
    (tmp_path / "caddy.json").write_text(json.dumps(config))

    serving = await caddy("run", "--config", str(tmp_path / "caddy.json"), HOME=str(tmp_path))
    try:
        async with asyncio.timeout(30), httpx.AsyncClient(headers=secret) as telegram:
            await answered(telegram, url)
            response = await telegram.post(f"{url}/telegram/a-path", json={"update_id": 1})
    finally:
        serving.terminate()
        log = (await serving.communicate())[1].decode()

    assert response.status_code in (502, 503)
    assert '"logger":"http.log.error' in log
    assert '"logger":"http.log.access' in log
    assert "a-secret" not in log
    assert "a-path" not in log


async def caddy(*arguments: str, **variables: str) -> asyncio.subprocess.Process:
    """Start Caddy, with nothing of this machine's settings."""
    return await asyncio.create_subprocess_exec(
        "caddy",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], **variables},
    )


async def answered(http: httpx.AsyncClient, url: str) -> None:
    """Wait until somebody listens there."""
    while True:
        try:
            await http.get(url)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
        else:
            return


def to_a_dead_door(config: Any) -> None:
    """Have every reverse proxy of a configuration lead to a port that nobody listens on."""
    if isinstance(config, dict):
        if config.get("handler") == "reverse_proxy":
            del config["dynamic_upstreams"]
            config["upstreams"] = [{"dial": f"127.0.0.1:{free_port()}"}]
            config["load_balancing"]["try_duration"] = 0
        config = list(config.values())
    if isinstance(config, list):
        for each in config:
            to_a_dead_door(each)
