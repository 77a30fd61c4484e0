"""The menus of settings: what a person chose, and what was chosen for a group."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.conversation.membership import with_way_to_see
from bot.conversation.menus import (
    BY_ADMINS,
    Audience,
    Choice,
    Pressed,
    Presser,
    Screen,
    fields_of,
    turning,
)
from bot.conversation.phrases import LANGUAGES, closest, say
from bot.conversation.services import Services
from bot.conversation.settings import (
    DECIDINGS,
    FORMATTINGS,
    LISTENINGS,
    MEMORIES,
    OWN_NAMES,
    STREAMINGS,
    Choices,
    choices_of,
    choices_of_group,
)
from bot.conversation.translation_menu import HERE as TRANSLATION_PART
from bot.conversation.translation_menu import TranslationMenu
from bot.conversation.voice_menu import VoiceMenu
from bot.ondemand import PREFERENCES, Endpoint, OnDemandError
from bot.storage import JSON, NO_NEWS, Menu, Transaction

#: Languages in a row, and models on a page.
_IN_A_ROW: Final = 2
_PAGE: Final = 8

#: Words of a model's name that are written in capitals.
_CAPITALS: Final = frozenset({"gpt", "glm", "xai", "llm", "oss", "ai"})


class SettingsMenu:
    """What a person chose. The state says what is looked at (`at`): one setting, or all of them."""

    audience: Audience = "opener"

    def __init__(self) -> None:
        self._voice = VoiceMenu()

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """All settings with what is chosen, or one with everything there is to choose."""
        async with services.store.read() as tx:
            chosen = await choices_of(presser.user, tx)
            wants_none = NO_NEWS in await tx.settings.of_user(presser.user)
        # The language may have been chosen by this very press.
        language = chosen.language or closest(presser.told)
        back = [[Choice(say("back", language), ["at", ""])]]
        state = fields_of(menu)
        match state.get("at"):
            case "voice":
                shown = await self._voice.screen(
                    menu, replace(presser, language=language), services
                )
                return Screen(shown.text, [*shown.rows, *back])
            case "look":
                rows = [
                    _row(name, values, getattr(chosen, name), language)
                    for name, values in (("formatting", FORMATTINGS), ("streaming", STREAMINGS))
                ]
                return Screen(say("settings look how", language), [*rows, *back])
            case ("language" | "answers_in") as name:
                return _languages(name, getattr(chosen, name), language, back)
            case "endpoint":
                return await _models(state.get("page", 0), chosen, language, back, services)
        shown = _all(chosen, language, services)
        news = say("news none" if wants_none else "news on", language)
        return Screen(
            shown.text,
            [*shown.rows, [Choice(say("settings news", language, value=news), ["news"])]],
        )

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Look at a setting, or choose."""
        match means:
            case ["at", str(name)]:
                return Pressed({"at": name})
            case ["news"]:
                wants_none = NO_NEWS in await tx.settings.of_user(presser.user)
                await tx.settings.set_for_user(presser.user, NO_NEWS, None if wants_none else True)
                return Pressed(menu.state)
            case ["formatting" | "streaming" as name, str(value)]:
                await tx.settings.set_for_user(presser.user, name, value)
                return Pressed(menu.state)
            case ["page", int(page)]:
                return Pressed({"at": "endpoint", "page": max(0, page)})
            case [("language" | "answers_in" | "endpoint") as name, (str() | None) as value]:
                await tx.settings.set_for_user(presser.user, name, value)
                return Pressed(menu.state)
        return await self._voice.press(means, menu, presser, tx)

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Let the choice hold from the next message on."""
        await services.chosen.forget(presser.user)


class GroupSettingsMenu:
    """What holds in a group, as was chosen there. The state is what is looked at (`at`)."""

    audience: Audience = "group"

    def __init__(self) -> None:
        self._translation = TranslationMenu()

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """Everything there is to choose, or what there is about translation."""
        language = presser.language
        if _is_translation(menu):
            back = [[Choice(say("back", language), ["at", ""])]]
            return await self._translation.screen(menu, presser, services, back)
        async with services.store.read() as tx:
            chosen = await choices_of_group(menu.chat_id, tx)
        rows = [
            _row(name, values, getattr(chosen, name), language)
            for name, values in (("memory", MEMORIES), ("listening", LISTENINGS))
        ]
        # Who chooses is for the admins to say, whoever chooses.
        rows.append(
            [
                Choice(
                    say(f"deciding {value}", language),
                    [BY_ADMINS, "deciding", value],
                    value == chosen.deciding,
                )
                for value in DECIDINGS
            ]
        )
        rows.append([Choice(say("settings translation", language), ["at", TRANSLATION_PART])])
        shown = Screen(say("settings group", language), rows)
        wants_all = chosen.listening == "everything"
        return (
            await with_way_to_see(shown, menu.chat_id, language, services) if wants_all else shown
        )

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Choose for the group."""
        means = means[1:] if means[:1] == [BY_ADMINS] else means
        match means:
            case ["at", str(at)]:
                return Pressed({"at": at})
            case [("memory" | "listening" | "deciding") as name, str(value)]:
                await tx.settings.set_for_chat(menu.chat_id, name, value)
                return Pressed(menu.state)
        return await self._translation.press(means, menu, presser, tx)

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Let the choice hold from the next message on."""
        await services.chosen.forget(menu.chat_id)


def _is_translation(menu: Menu) -> bool:
    at = fields_of(menu).get("at")
    return isinstance(at, str) and at.startswith(TRANSLATION_PART)


def plain_name(endpoint_id: str, name: str = "") -> str:
    """What to call a model: the registry's name where it is one for people, else made of the id."""
    if " " in name.strip() or any(map(str.isupper, name)):
        return name.strip()
    words = (name.strip() or endpoint_id.removeprefix("predefined-")).replace("_", "-").split("-")
    return " ".join(
        word.upper() if word in _CAPITALS else word[:1].upper() + word[1:] for word in words if word
    )


def offered(registry: Sequence[Endpoint]) -> list[Endpoint]:
    """The models that can be chosen, the best known first, the others by their names."""
    ranks = {name: rank for rank, name in enumerate(PREFERENCES)}
    alive = {each.id: each for each in registry if each.is_active and each.streams}
    return sorted(
        alive.values(), key=lambda each: (ranks.get(each.id, len(ranks)), plain_name(each.id))
    )


def _all(chosen: Choices, language: str, services: Services) -> Screen:
    automatic = say("automatic", language)
    values = {
        "language": OWN_NAMES.get(chosen.language or "", automatic),
        "answers_in": OWN_NAMES.get(chosen.answers_in or "", automatic),
        "endpoint": automatic,
    }
    if chosen.endpoint is not None:
        values["endpoint"] = _name_of(chosen.endpoint, services)
    if services.models.is_fixed:
        del values["endpoint"]  # The operator chose, for everybody.
    rows = [
        [Choice(say(f"settings {name}", language, value=value), ["at", name])]
        for name, value in values.items()
    ]
    rows.append([Choice(say("settings voice", language), ["at", "voice"])])
    rows.append([Choice(say("settings look", language), ["at", "look"])])
    return Screen(say("settings", language), rows)


def _name_of(endpoint_id: str, services: Services) -> str:
    names = (each.name for each in services.models.known if each.id == endpoint_id)
    return plain_name(endpoint_id, next(names, ""))


def _languages(name: str, chosen: str | None, language: str, back: list[list[Choice]]) -> Screen:
    automatic = Choice(say("automatic", language), [name, None], chosen is None)
    choices = [Choice(OWN_NAMES[code], [name, code], code == chosen) for code in LANGUAGES]
    rows = [choices[at : at + _IN_A_ROW] for at in range(0, len(choices), _IN_A_ROW)]
    return Screen(say(f"settings {name} how", language), [[automatic], *rows, *back])


async def _models(
    page: int, chosen: Choices, language: str, back: list[list[Choice]], services: Services
) -> Screen:
    automatic = say("automatic", language)
    rows = [[Choice(automatic, ["endpoint", None], chosen.endpoint is None)]]
    try:
        models = offered(await services.models.registry())
    except OnDemandError:
        return Screen(say("settings endpoint away", language), [*rows, *back])
    shown = models[page * _PAGE : (page + 1) * _PAGE]
    for each in shown:
        is_chosen = each.id == chosen.endpoint
        rows.append([Choice(plain_name(each.id, each.name), ["endpoint", each.id], is_chosen)])
    pages = turning(page, is_last=len(models) <= (page + 1) * _PAGE)
    return Screen(say("settings endpoint how", language), [*rows, *pages, *back])


def _row(name: str, values: Sequence[str], chosen: str, language: str) -> list[Choice]:
    return [
        Choice(say(f"{name} {value}", language), [name, value], value == chosen) for value in values
    ]
