"""The page about the demo, compared with the demo."""

import inspect
import re
from pathlib import Path

import pytest

from bot.cli import demo
from bot.sandbox.demo import Options
from bot.sandbox.demo.app import DEEDS, READS
from bot.sandbox.demo.faults import FAULTS

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "demo.md").read_text()


def test_every_option_is_told_with_its_default() -> None:
    """I find every option, and what holds when I say nothing."""
    usual = Options()
    told = dict(re.findall(r"`--([a-z-]+)(?: (\d+))?`", DOCUMENT))

    assert told.keys() == {name.replace("_", "-") for name in inspect.signature(demo).parameters}
    assert {name: int(value) for name, value in told.items() if value} == {
        "port": usual.port,
        "telegram-port": usual.telegram_port,
        "ondemand-port": usual.ondemand_port,
    }


def test_every_fault_is_told() -> None:
    """I find every fault of the panel, in its order."""
    section = DOCUMENT.partition("### Faults")[2].partition("### ")[0]

    assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == list(FAULTS)


@pytest.mark.parametrize("path", [path for path, _ in READS])
def test_everything_that_can_be_asked_for_is_told(path: str) -> None:
    """I find everything that the page can see."""
    assert f"`GET {path.replace(':int', '')}" in DOCUMENT


@pytest.mark.parametrize("path", [path for path, _ in DEEDS])
def test_everything_that_can_be_done_is_told(path: str) -> None:
    """I find everything that the page can do."""
    inside, _, verb = path.rpartition("/")

    assert f"| `{verb}` |" in DOCUMENT if "{chat}" in inside else f"`POST {path}`" in DOCUMENT
