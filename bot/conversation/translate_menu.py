"""The menu of languages to translate into."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

from bot.conversation import tongues
from bot.conversation.lines import quoted
from bot.conversation.menus import Audience, Choice, Pressed, Presser, Screen, fields_of, turning
from bot.conversation.phrases import say
from bot.conversation.services import Services
from bot.conversation.settings import choices_of, translation_at
from bot.storage import JSON, Menu, Transaction

#: Languages in a row, and on a page.
IN_A_ROW: Final = 2
PAGE: Final = 12

#: What is read most on Telegram. The others follow by their names.
_COMMON: Final = (
    "en", "es", "fr", "de", "pt", "it", "ru", "ar", "hi", "zh", "ja", "tr", "uk", "fa", "id", "ko",
)  # fmt: skip

#: Characters of what somebody wrote for a language that are shown again.
_SHOWN: Final = 40


class TranslateMenu:
    """Into which language. The state says what is to be translated, and what was found so far:

    - `text`: words of whoever opened it; without them it is the message that the menu replies to,
      or, where `is_empty`, nothing yet,
    - `unknown`: what they wrote for a language, and the `near` ones,
    - `page`: of the list of all languages,
    - `to`: the language that was chosen.
    """

    audience: Audience = "opener"

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """The languages to choose from, or what is done now that one is chosen."""
        await asyncio.to_thread(tongues.warm)
        state, language = fields_of(menu), presser.language
        to = state.get("to")
        if isinstance(to, str):
            phrase = "translate reply" if state.get("is_empty") else "translating"
            text = say(phrase, language, name=tongues.name_of(to, language))
            return Screen(text, awaits=["said", to] if state.get("is_empty") else None)
        near: list[str] = state.get("near") or []
        if near and "page" not in state:
            others = [[Choice(say("translate others", language), ["page", 0])]]
            return Screen(_question(state, language), [*rows_of(near), *others])
        async with services.store.read() as tx:
            mine = (await choices_of(presser.user, tx)).tongue(presser.told)
            here = (await translation_at(presser.address, tx)).languages
        page = state.get("page") or 0
        return Screen(_question(state, language), pages_of([mine, *here], page))

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Turn a page, choose a language, or tell what is to be translated into it."""
        state = fields_of(menu)
        match means:
            case ["page", int(page)]:
                return Pressed({**state, "page": max(0, page)})
            case ["to", str(to)] if state.get("is_empty"):
                return Pressed({**state, "to": to})
            case ["to", str(to)]:
                text = state.get("text")
                # What was said is kept no longer than it is needed.
                about: dict[str, JSON] = {"to": to, "text": text}
                return Pressed({"to": to}, wish="translate", about=about)
            case ["said", str(to), str(text)]:
                about = {"to": to, "text": text, "is_below": True}
                return Pressed(menu.state, wish="translate", about=about, is_shown=True)
        return Pressed(menu.state)

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Nothing more is to be done."""


def pages_of(first: Iterable[str], page: int, chosen: Sequence[str] = ()) -> list[list[Choice]]:
    """A page of all languages, these first, and the row that turns pages."""
    others = sorted(set(tongues.TONGUES) - set(_COMMON), key=tongues.own_name)
    listed = list(dict.fromkeys([*first, *_COMMON, *others]))
    shown = listed[page * PAGE : (page + 1) * PAGE]
    return [*rows_of(shown, chosen), *turning(page, is_last=len(listed) <= (page + 1) * PAGE)]


def rows_of(languages: Sequence[str], chosen: Sequence[str] = ()) -> list[list[Choice]]:
    """Languages as buttons that mean `["to", tongue]`, by the names they call themselves."""
    choices = [Choice(labelled(code), ["to", code], code in chosen) for code in languages]
    return [choices[at : at + IN_A_ROW] for at in range(0, len(choices), IN_A_ROW)]


def labelled(code: str) -> str:
    """A language on a button: its flag, where it has one, and what it calls itself."""
    return f"{tongues.flag(code)} {tongues.own_name(code)}".strip()


def _question(state: dict[str, Any], language: str) -> str:
    unknown = state.get("unknown")
    if unknown:
        phrase = "translate near" if state.get("near") else "translate unknown"
        return say(phrase, language, words=quoted(str(unknown)[:_SHOWN]))
    return say("translate how" if state.get("is_empty") else "translate into", language)
