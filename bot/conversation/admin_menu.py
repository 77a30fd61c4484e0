"""`/admin`: the operators' own menu, in private. It shows numbers and no words of anybody.

The state says which page is looked at (`at`). Each page is a class with what it shows and what a
press on it does; what is done is done in SQL, so two operators at once do not disturb each other.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Protocol

from bot import chart
from bot.conversation.admin_broadcast import BroadcastPage
from bot.conversation.admin_people import InvitesPage, PeoplePage
from bot.conversation.admin_turns import ParkedPage, TracePage
from bot.conversation.menus import Audience, Choice, Pressed, Presser, Screen, fields_of
from bot.conversation.phrases import say
from bot.conversation.quotas import Left, Quotas, day_of
from bot.conversation.services import Services
from bot.conversation.usage_report import grouped, length, lines_left
from bot.storage import JSON, Menu, Transaction

#: Days in the chart.
_DAYS: Final = 14


class Page(Protocol):
    """One page of the menu. `state` is the menu's, with `at` and what the page keeps there."""

    async def screen(
        self, state: Mapping[str, Any], presser: Presser, services: Services
    ) -> Screen:
        """What it shows."""

    async def press(
        self, means: Sequence[JSON], state: Mapping[str, Any], presser: Presser, tx: Transaction
    ) -> Pressed:
        """Do what a button or a reply means."""


class AdminMenu:
    """The pages, and the first of them: what happened today."""

    audience: Audience = "operators"

    def __init__(self) -> None:
        self._pages: Mapping[str, Page] = {
            "people": PeoplePage(),
            "invites": InvitesPage(),
            "broadcast": BroadcastPage(),
            "parked": ParkedPage(),
            "trace": TracePage(),
        }

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """The page that is looked at, with a way back."""
        state, language = fields_of(menu), presser.language
        page = self._pages.get(str(state.get("at")))
        if page is None:
            return await _today(presser, services)
        shown = await page.screen(state, presser, services)
        back = [[Choice(say("back", language), ["at", ""])]]
        return Screen(shown.text, [*shown.rows, *back], shown.awaits)

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Look at a page, or do what a button of this one means."""
        state = fields_of(menu)
        match means:
            case ["at", str(name)]:
                return Pressed({"at": name})
            case ["chart" | "refresh"]:
                return Pressed(menu.state)
        page = self._pages.get(str(state.get("at")))
        return await page.press(means, state, presser, tx) if page else Pressed(menu.state)

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Draw the chart."""
        if list(means) == ["chart"]:
            await _draw(presser, services)


async def _today(presser: Presser, services: Services) -> Screen:
    language = presser.language
    async with services.store.read() as tx:
        numbers = await tx.statistics.of_day(day_of(services.clock.now()))
    text = say(
        "admin",
        language,
        people=grouped(numbers.people),
        known=grouped(numbers.known),
        questions=grouped(numbers.questions),
        tokens=grouped(numbers.tokens),
        voice=length(numbers.voice),
        parked=grouped(numbers.parked),
        failed=grouped(numbers.failed),
    )
    access = say(f"access {services.door.mode}", language)
    paragraphs = [
        text,
        *_limits(services.quotas, language),
        say("admin access", language, access=access),
    ]
    pages = [
        ["chart", "refresh"],
        ["people", "invites"],
        ["broadcast", "parked"],
        ["trace"],
    ]
    rows = [
        [
            Choice(
                say(f"admin {name}", language),
                [name] if name in {"chart", "refresh"} else ["at", name],
            )
            for name in row
        ]
        for row in pages
    ]
    return Screen("\n\n".join(paragraphs), rows)


def _limits(quotas: Quotas, language: str) -> list[str]:
    """What a day has room for: of each person, and of everybody together."""
    each = Left(quotas.person.questions, quotas.person.tokens, quotas.person.voice)
    everybody = Left(quotas.questions_of_all)
    none = [f"• {say('quota none', language)}"]
    return [
        "\n".join([say(title, language), *(lines_left(limits, language) or none)])
        for title, limits in (("admin limits", each), ("admin limits of all", everybody))
    ]


async def _draw(presser: Presser, services: Services) -> None:
    last = day_of(services.clock.now())
    days = [last - timedelta(days=back) for back in reversed(range(_DAYS))]
    async with services.store.read() as tx:
        found = await tx.statistics.questions(days[0], last)
    values = [found.get(day, 0) for day in days]
    picture = await asyncio.to_thread(chart.bars, values)
    caption = say(
        "chart caption",
        presser.language,
        first=days[0].isoformat(),
        last=last.isoformat(),
        number=grouped(max(values)),
    )
    await services.surface.post_photo(presser.address, picture, caption=caption)
