"""Documents say what the code does, and their links lead somewhere."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.cli import app
from bot.metrics import Metrics
from bot.settings import REQUIRED_TO_RUN, Settings
from bot.telegram.commands import COMMANDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def rows(document: str) -> list[list[str]]:
    """The cells of every row of every table in a document, without the headings."""
    lines = (ROOT / document).read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return [
        row for row, following in pairwise([*cells, [""]]) if "---" not in row[0] + following[0]
    ]


def default_of(name: str) -> str:
    """How the default of a variable is written."""
    default = Settings.model_fields[name].default
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return "" if default in (None, ()) else str(default)


def test_every_variable_is_documented_as_it_is() -> None:
    """I find every variable, its default and its meaning in docs/settings.md."""
    documented = [row for row in rows("docs/settings.md") if row[0].strip("`").isupper()]

    expected = [
        [f"`{name.upper()}`", f"`{default}`" if (default := default_of(name)) else "", description]
        for name, field in Settings.model_fields.items()
        if (description := field.description)
    ]
    assert documented == expected


def test_the_example_env_file_names_every_variable_with_its_default() -> None:
    """I copy .env.example, fill in two lines, and everything else is as documented."""
    lines = (ROOT / ".env.example").read_text().splitlines()

    assignments = [re.fullmatch(r"#?([A-Z_]+)=(.*)", line) for line in lines]
    written = {match[1]: match[2] for match in assignments if match}
    to_fill_in = [line.removesuffix("=") for line in lines if re.fullmatch(r"[A-Z_]+=", line)]

    assert written == {name.upper(): default_of(name) for name in Settings.model_fields}
    assert tuple(to_fill_in) == REQUIRED_TO_RUN


def test_every_metric_is_documented_as_it_is() -> None:
    """I find every metric with its labels in docs/metrics.md."""
    documented = {row[0].strip("`"): row[2] for row in rows("docs/metrics.md")}

    families = Metrics().registry.collect()
    exposed = {
        family.name + ("_info" if family.type == "info" else ""): family.documentation
        for family in families
    }
    assert documented == exposed


def test_the_readme_names_every_command() -> None:
    """I find every command in the README, and no command that does not exist."""
    text = (ROOT / "README.md").read_text()
    exist = {command.callback.__name__ for command in app.registered_commands if command.callback}
    exist |= {
        str(group.typer_instance.info.name)
        for group in app.registered_groups
        if group.typer_instance
    }

    assert set(re.findall(r"`ondemand-bot (\w+)`", text)) == exist


def test_the_readme_names_everything_that_people_can_write() -> None:
    """I find what I can write to the bot in the README, but for what operators alone can."""
    _, _, section = (ROOT / "README.md").read_text().partition("## What people can write to it")
    named = re.findall(r"^\| `/(\w+)` \|", section.partition("\n## ")[0], re.MULTILINE)

    assert sorted(named) == sorted(each.name for each in COMMANDS if not each.for_operators)


def test_the_layers_are_drawn_as_they_are_checked() -> None:
    """I see in docs/architecture.md which room may look down on which, and that is what holds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (layers,) = (
        contract["layers"]
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    _, _, rules = (ROOT / "docs/architecture.md").read_text().partition("## The rules")
    _, drawn, *_ = rules.split("```\n")

    assert drawn.splitlines() == [layer.replace("bot.", "") for layer in layers]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    """No link of the documents leads to a file or a heading that is not there."""
    links = re.findall(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)", document.read_text())

    for target, heading in links:
        file = document if not target else (document.parent / target)
        assert file.exists(), f"{target} is not there"
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}
            assert heading in anchors, f"{target} has no heading {heading}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_named_in_a_document_is_there(document: Path) -> None:
    """A path that a document mentions exists."""
    named = re.findall(
        r"`((?:bot|tests|docs|migrations|benchmarks|\.ci)/[\w./-]*)`", document.read_text()
    )

    assert [name for name in named if not (ROOT / name).exists()] == []
