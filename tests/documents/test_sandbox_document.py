"""`docs/sandbox.md` says what the code does."""

import re
from inspect import isfunction
from pathlib import Path

from bot.sandbox import recordings
from bot.sandbox.ondemand.behaviours import (
    ELSEWHERE,
    ON_ASKING,
    ON_STREAMING,
    ON_THE_WAY,
    Behaviour,
)
from bot.sandbox.ondemand.control import ROUTES
from bot.sandbox.telegram import behaviours as telegram

PAGE = (Path(__file__).parents[2] / "docs/sandbox.md").read_text()

_GROUPS = {
    "Any call, on its way in": ON_THE_WAY,
    "Sessions and queries": ON_ASKING,
    "Streams": ON_STREAMING,
    "The other operations": ELSEWHERE,
}


def _row(behaviour: Behaviour) -> str:
    parameters = ", ".join(f"`{name}`" for name in behaviour.parameters)
    return f"| `{behaviour.name}` | {parameters} | {behaviour.meaning} |"


def behaviours_section() -> str:
    """Return the tables as they have to stand in the page."""
    parts = []
    for title, group in _GROUPS.items():
        rows = "\n".join(map(_row, group))
        parts.append(f"### {title}\n\n| Behaviour | Parameters | Meaning |\n|---|---|---|\n{rows}")
    return "\n\n".join(parts)


def test_the_page_has_the_table_of_behaviours() -> None:
    """Every behaviour is in the page, with its parameters and in its own words."""
    written = PAGE.partition("<!-- behaviours -->\n")[2].partition("\n<!-- /behaviours -->")[0]

    assert written == behaviours_section()


def test_the_page_has_every_route() -> None:
    """Each route of the control API, with each of its methods, is explained."""
    routes = {(method, route.path) for route in ROUTES for method in route.methods or ()}

    for method, path in sorted(routes - {("HEAD", route.path) for route in ROUTES}):
        assert f"`{method} {path}`" in PAGE


def telegram_section() -> str:
    """Return the table of what Telegram may do, as it has to stand in the page."""
    rows = [
        f"| `{one.name}` | {', '.join(f'`{name}`' for name in one.parameters)} | {one.meaning} |"
        for one in telegram.BEHAVIOURS.values()
    ]
    return "\n".join(["| Behaviour | Parameters | Meaning |", "|---|---|---|", *rows])


def test_the_page_has_the_table_of_what_telegram_may_do() -> None:
    """Every way in which Telegram can be told to misbehave is in the page."""
    mark = "<!-- {}telegram behaviours -->"
    written = PAGE.partition(mark.format("") + "\n")[2].partition("\n" + mark.format("/"))[0]

    assert written == telegram_section()


def test_the_page_has_every_recording() -> None:
    """Each recording that can be made is in the page."""
    section = PAGE.partition("| Recording |")[2].partition("\n\n")[0]
    made = {
        name
        for name, one in vars(recordings).items()
        if isfunction(one) and one.__module__ == recordings.__name__ and not name.startswith("_")
    }

    assert set(re.findall(r"`(\w+)\(", section)) == made
