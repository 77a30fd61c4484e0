"""The menu of what a group has translated: its languages, which messages, and how it is shown."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from bot.conversation import tongues
from bot.conversation.membership import with_way_to_see
from bot.conversation.menus import Choice, Pressed, Presser, Screen, fields_of
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.settings import translation_at
from bot.conversation.surface import Address
from bot.conversation.translate_menu import labelled, pages_of
from bot.conversation.translation_choices import (
    HOWS,
    MOST_LANGUAGES,
    TRANSLATION,
    WHICHES,
    GroupTranslation,
)
from bot.storage import JSON, Menu, Transaction

#: What `at` in the state of the menu begins with while this part of it is looked at.
HERE = "translation"


class TranslationMenu:
    """A part of a group's settings, for the topic that the menu stands in, or for all of the group.

    The state is `at`, and in the list of languages the `page`.
    """

    async def screen(
        self, menu: Menu, presser: Presser, services: Services, back: list[list[Choice]]
    ) -> Screen:
        """What is chosen, or all languages."""
        await asyncio.to_thread(tongues.warm)
        state, language = fields_of(menu), presser.language
        async with services.store.read() as tx:
            chosen = await _chosen(menu, tx)
        if state.get("at") == f"{HERE} languages":
            rows = pages_of(chosen.languages, state.get("page") or 0, chosen.languages)
            leave = [[Choice(say("back", language), ["at", HERE])]]
            return Screen(say("translation languages how", language), [*rows, *leave])
        names = ", ".join(map(labelled, chosen.languages)) or say("translation none", language)
        rows = [
            [Choice(say("translation languages", language), ["at", f"{HERE} languages"])],
            *(
                [Choice(say(f"which {which}", language), ["which", which], which == chosen.which)]
                for which in WHICHES
            ),
            [Choice(say(f"how {how}", language), ["how", how], how == chosen.how) for how in HOWS],
        ]
        shown = Screen(say("translation", language, names=names), [*rows, *back])
        wants_all = bool(chosen.languages)
        return (
            await with_way_to_see(shown, menu.chat_id, language, services) if wants_all else shown
        )

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Turn a page, or choose."""
        chosen = await _chosen(menu, tx)
        match means:
            case ["page", int(page)]:
                return Pressed({**fields_of(menu), "page": max(0, page)})
            case ["to", str(to)] if to in chosen.languages:
                left = tuple(each for each in chosen.languages if each != to)
                chosen = replace(chosen, languages=left)
            case ["to", str()] if len(chosen.languages) == MOST_LANGUAGES:
                return Pressed(menu.state, toast="translation full")
            case ["to", str(to)]:
                chosen = replace(chosen, languages=(*chosen.languages, to))
            case [("which" | "how") as name, str(value)]:
                chosen = replace(chosen, **cast("dict[str, Any]", {name: value}))
        await keep(chosen, menu.chat_id, menu.topic_id, tx)
        return Pressed(menu.state)


async def keep(chosen: GroupTranslation, chat: int, topic: int, tx: Transaction) -> None:
    """Keep what was chosen for a topic, or with zero for all of a chat."""
    await tx.settings.set_for_chat(chat, TRANSLATION, chosen.to_json(), topic_id=topic)


async def _chosen(menu: Menu, tx: Transaction) -> GroupTranslation:
    return await translation_at(Address(menu.chat_id, menu.topic_id or None, is_group=True), tx)
