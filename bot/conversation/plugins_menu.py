"""The menu of plugins: what the assistant may use, found, switched, and kept as sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Self, get_args

from bot.conversation.access import Visitor
from bot.conversation.lines import matches, quoted, tidy
from bot.conversation.menus import Audience, Choice, Pressed, Presser, Screen
from bot.conversation.phrases import say
from bot.conversation.plugin_choices import ChoiceHere, choice_here
from bot.conversation.plugins import (
    LONGEST_LINE,
    LONGEST_NAME,
    MOST_SETS,
    SETS,
    UNCHOSEN,
    PluginChoice,
    name_of,
    named,
    plugins_from,
    plugins_to,
    searchable,
    sets_from,
    sets_with,
)
from bot.conversation.services import Services
from bot.conversation.settings import chosen_at, keep_at, place_of
from bot.conversation.surface import Address
from bot.conversation.turns import Turn
from bot.ondemand import MOST_PLUGINS, Plugin, suffix
from bot.storage import JSON, Menu, Transaction

#: Plugins on a page.
PAGE = 6

#: Graphemes that are searched for.
_LONGEST_SEARCH = 60

#: Graphemes of the name of a set.
_LONGEST_SET = 30

#: Plugins that are named of a set; twelve sets have to fit into a message.
_NAMES_OF_A_SET = 5

View = Literal["plugins", "sets", "name"]

VIEWS: Final[tuple[View, ...]] = get_args(View)


@dataclass(frozen=True, slots=True)
class _State:
    """Where in the menu one is."""

    view: View = "plugins"
    page: int = 0
    #: What is searched for.
    find: str = ""

    @classmethod
    def from_json(cls, kept: JSON) -> Self:
        """As it was kept; see `searching` for how a menu begins."""
        fields: Mapping[str, JSON] = kept if isinstance(kept, dict) else {}
        view, page, find = fields.get("view"), fields.get("page"), fields.get("find")
        return cls(
            view if view in VIEWS else "plugins",
            page if isinstance(page, int) else 0,
            find if isinstance(find, str) else "",
        )

    def to_json(self) -> JSON:
        """As it is kept."""
        return {"view": self.view, "page": self.page, "find": self.find}


def searching(words: str) -> JSON:
    """The state of a menu that shows what these words find; without any, everything."""
    return _State(find=tidy(words, _LONGEST_SEARCH)).to_json()


async def switch_on(
    plugin_id: str, visitor: Visitor, turn: Turn, services: Services
) -> tuple[str, str]:
    """Switch this plugin on where the visitor is, once for each turn.

    Tells what became of it, as a phrase, and the name of the plugin for it.
    """
    offered = await services.catalogue.look()
    plugin = offered.find(plugin_id)
    if plugin is None:
        return ("plugins away" if offered.is_unsure else "plugin unknown"), ""
    address, user, usual = visitor.address, visitor.user, services.catalogue.usual

    async def choose(tx: Transaction) -> str:
        at = services.clock.now()
        await tx.users.meet(user, language=visitor.language, at=at)
        chat = await tx.chats.meet(address.chat, kind=visitor.chat_kind, at=at)
        here = await _choice_at(replace(address, chat=chat.id), user, tx)
        more = here.choice.with_(plugin, usual)
        if more is None:
            return "plugins full"
        await here.keep(more, tx)
        return "plugin on"

    return await turn.step_in("switched on", choose), quoted(name_of(plugin))


class PluginsMenu:
    """Plugins of a person, or of a group by its admins.

    Buttons and awaited words carry what is on where nobody chose yet, since a press knows of no
    list of plugins: the first choice begins with that.
    """

    audience: Audience = "group"

    async def screen(self, menu: Menu, presser: Presser, services: Services) -> Screen:
        """What is on, and a page of what there is; or the sets."""
        state = _State.from_json(menu.state)
        async with services.store.read() as tx:
            kept = await chosen_at(presser.address, menu.user_id, tx)
            here = await _choice_at(presser.address, menu.user_id, tx)
        choice = here.choice
        usual = services.catalogue.usual
        on = choice.of(usual)
        begin = None if choice.chosen is not None else plugins_to(on)
        language = presser.language
        if state.view == "name":
            back = [Choice(say("plugins back", language), ["sets"])]
            return Screen(say("plugin set name", language), [back], awaits=["keep", begin])
        if state.view == "sets":
            return _sets_screen(sets_from(kept.get(SETS)), choice, on, language)
        offered = await services.catalogue.look()
        # What is on is shown although OnDemand lists it no more, so that it can be switched off.
        missing = [each for each in on if offered.find(each.id) is None]
        there = [*offered.plugins, *missing]
        found = [each for each in there if matches(searchable(each), state.find)]
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(0, state.page), pages - 1)
        shown = found[page * PAGE : (page + 1) * PAGE]
        ids = {suffix(each.id) for each in on}
        rows = [[_switch(each, ids, begin)] for each in shown]
        if pages > 1:
            rows.append(
                [
                    Choice("◀", ["page", (page - 1) % pages]),
                    Choice(f"{page + 1} / {pages}", ["page", page]),
                    Choice("▶", ["page", (page + 1) % pages]),
                ]
            )
        below = [Choice(say("plugin sets button", language), ["sets"])]
        if state.find:
            below.insert(0, Choice(say("plugins all", language), ["all"]))
        if choice.chosen is not None and here.conversation is None:
            below.append(Choice(say("plugins usual", language), ["usual"]))
        scope = Choice(say("plugins only here", language), ["only here", begin])
        if here.conversation is not None:
            scope = Choice(say("plugins everywhere", language), ["everywhere"])
        known = [offered.find(each.id) or each for each in on]
        text = [
            say("plugins group" if presser.address.is_group else "plugins", language),
            say("plugins on", language, names=named(known)) if on else "",
            say("plugins are only here", language) if here.conversation is not None else "",
            _found(state.find, found, language),
            "\n".join(_line(each) for each in shown),
            say("plugins unsure", language) if offered.is_unsure else "",
        ]
        rows = [*rows, below, [scope]]
        return Screen("\n\n".join(filter(None, text)), rows, awaits=["find"])

    async def press(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction
    ) -> Pressed:
        """Switch a plugin, turn the page, search, or do something with a set."""
        match means:
            case ["page", int(page)]:
                find = _State.from_json(menu.state).find
                return Pressed(_State(page=page, find=find).to_json())
            case ["find", str(words)]:
                return Pressed(searching(words))
            case ["all"]:
                return Pressed(_State().to_json())
            case ["full"]:
                return Pressed(menu.state, toast="plugins full")
            case ["sets"]:
                return Pressed(_State("sets").to_json())
            case ["name"]:
                return Pressed(_State("name").to_json())
        return await _change(means, menu, presser, tx)

    async def follow_up(
        self, means: Sequence[JSON], menu: Menu, presser: Presser, services: Services
    ) -> None:
        """Nothing more is to be done."""


async def _change(means: Sequence[JSON], menu: Menu, presser: Presser, tx: Transaction) -> Pressed:
    """Do what changes a choice or a set."""
    address, user = presser.address, menu.user_id
    here = await _choice_at(address, user, tx)
    choice, sets = here.choice, sets_from((await chosen_at(address, user, tx)).get(SETS))

    async def keep_sets(value: dict[str, JSON]) -> None:
        await keep_at(address, user, SETS, value or None, tx)

    match means:
        case ["on", [str(plugin), str(name)], begin]:
            more = choice.with_(Plugin(plugin, name), plugins_from(begin))
            if more is None:
                return Pressed(menu.state, toast="plugins full")
            await here.keep(more, tx)
        case ["off", str(plugin), begin]:
            await here.keep(choice.without([plugin], plugins_from(begin)), tx)
        case ["usual"]:
            await here.keep(UNCHOSEN, tx)
        case ["only here", begin]:
            place = await place_of(address, user, tx)
            conversation = await tx.conversations.current(place, at=presser.at)
            held = plugins_to(choice.of(plugins_from(begin)))
            await tx.conversations.choose_plugins(conversation.id, held)
        case ["everywhere"] if here.conversation is not None:
            await tx.conversations.choose_plugins(here.conversation, None)
        case ["keep", begin, str(words)]:
            if not (name := tidy(words, _LONGEST_SET)):
                return Pressed(menu.state)
            on = choice.of(plugins_from(begin))
            await keep_sets(sets_with(sets, name, on))
            return Pressed(_State("sets").to_json())
        case ["apply", str(name)] if name in sets:
            await here.keep(PluginChoice(sets[name]), tx)
        case ["drop", str(name)]:
            await keep_sets({each: plugins_to(held) for each, held in sets.items() if each != name})
    return Pressed(menu.state)


async def _choice_at(address: Address, user: int, tx: Transaction) -> ChoiceHere:
    """The choice that holds in the conversation which is open here."""
    conversation = await tx.conversations.open_in(await place_of(address, user, tx))
    return await choice_here(conversation, address, user, tx)


def _switch(plugin: Plugin, on: set[str], begin: JSON) -> Choice:
    """The button of a plugin, which says what pressing makes of it."""
    bare, name = suffix(plugin.id), name_of(plugin)
    if bare in on:
        return Choice(name, ["off", bare, begin], is_chosen=True)
    if len(on) >= MOST_PLUGINS:
        return Choice(name, ["full"])
    return Choice(name, ["on", [bare, tidy(plugin.name, LONGEST_NAME)], begin])


def _line(plugin: Plugin) -> str:
    """What a plugin is for."""
    about = tidy(plugin.description, LONGEST_LINE)
    name = f"**{quoted(name_of(plugin))}**"
    return f"• {name} — {quoted(about)}" if about else f"• {name}"


def _found(words: str, found: Sequence[Plugin], language: str) -> str:
    if not words:
        return "" if found else say("plugins none", language)
    phrase = "plugins found" if found else "plugins not found"
    return say(phrase, language, words=quoted(words))


def _sets_screen(
    sets: Mapping[str, tuple[Plugin, ...]],
    choice: PluginChoice,
    on: Sequence[Plugin],
    language: str,
) -> Screen:
    """The sets, each to be switched to or deleted."""
    rows = [
        [
            Choice(name, ["apply", name], choice.is_same(held)),
            Choice("✕", ["drop", name]),
        ]
        for name, held in sets.items()
    ]
    if on and len(sets) < MOST_SETS:
        rows.append([Choice(say("plugin set keep", language), ["name"])])
    rows.append([Choice(say("plugins back", language), ["all"])])
    lines = []
    for name, held in sets.items():
        more = ", …" if len(held) > _NAMES_OF_A_SET else ""
        lines.append(f"• **{quoted(name)}** — {named(held[:_NAMES_OF_A_SET])}{more}")
    return Screen("\n\n".join(filter(None, [say("plugin sets", language), "\n".join(lines)])), rows)
