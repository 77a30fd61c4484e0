"""The menu of what a person reads: their language, and whether what they write is translated."""

import asyncio
from collections.abc import Sequence

from bot.conversation import tongues
from bot.conversation.menus import Audience, Choice, Pressed, Presser, Screen, fields_of
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.settings import choices_of
from bot.conversation.translate_menu import pages_of
from bot.storage import JSON, Menu, Transaction


class ReadsMenu:
    """All languages, the chosen one ticked. The state is the page."""

    audience: Audience = "opener"

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """Everything there is to choose."""
        await asyncio.to_thread(tongues.warm)
        async with services.store.read() as tx:
            chosen = await choices_of(presser.user, tx)
        language = presser.language
        mine = chosen.tongue(presser.told)
        rows = [
            [Choice(say("automatic", language), ["to", None], chosen.reads is None)],
            *pages_of([mine], fields_of(menu).get("page") or 0, [chosen.reads or ""]),
            [Choice(say("reads mine", language), ["mine"], chosen.is_translated)],
        ]
        return Screen(say("reads", language), rows)

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Turn a page, choose a language, or say whether groups may translate this person."""
        match means:
            case ["page", int(page)]:
                return Pressed({"page": max(0, page)})
            case ["to", (str() | None) as to]:
                await tx.settings.set_for_user(presser.user, "reads", to)
            case ["mine"]:
                is_on = (await choices_of(presser.user, tx)).is_translated
                await tx.settings.set_for_user(
                    presser.user, "is_translated", False if is_on else None
                )
        return Pressed(menu.state)

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Let the choice hold from the next message on."""
        await services.chosen.forget(presser.user)
