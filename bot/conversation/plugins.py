"""Plugins: which there are, and which of them a person or a group lets the assistant use.

A choice holds the plugins with their names, so that it can be shown while OnDemand lists nothing.
Whoever never chose has what the operator named.
"""

import asyncio
import logging
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from bot.clock import Clock
from bot.conversation.lines import quoted, tidy
from bot.ondemand import (
    MOST_PLUGINS,
    PLUGIN_IDS,
    OnDemandClient,
    OnDemandError,
    Plugin,
    spelled,
    suffix,
)
from bot.storage import JSON

log = logging.getLogger(__name__)

#: Under which names choices and sets are kept.
CHOICE: Final = "plugins"
SETS: Final = "plugin sets"

#: Graphemes of a name, and of a line about a plugin.
LONGEST_NAME = 40
LONGEST_LINE = 120

#: How many sets one person or group keeps.
MOST_SETS = 12

#: Seconds that a list is good for; that a failure is believed; and that anybody waits for a list.
_FRESH = 300.0
_AGAIN = 30.0
_PATIENCE = 8.0

#: Plugins of one account that are looked at.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class PluginChoice:
    """The plugins that somebody chose."""

    #: `None` where nobody chose; then those of the operator are on.
    chosen: tuple[Plugin, ...] | None = None

    @classmethod
    def from_json(cls, kept: JSON) -> Self:
        """As it was kept; what makes no sense is as if it was never chosen."""
        return cls(plugins_from(kept)) if isinstance(kept, list) else cls()

    def to_json(self) -> JSON:
        """As it is kept."""
        return None if self.chosen is None else plugins_to(self.chosen)

    def of(self, usual: Iterable[Plugin]) -> tuple[Plugin, ...]:
        """The plugins that are on: those chosen, or else the usual ones."""
        on = self.chosen if self.chosen is not None else usual
        return tuple({suffix(each.id): each for each in on}.values())[:MOST_PLUGINS]

    def with_(self, plugin: Plugin, usual: Iterable[Plugin]) -> Self | None:
        """The choice with one more; `None` where there is no room for it."""
        on = self.without([plugin.id], usual).of(usual)
        return None if len(on) >= MOST_PLUGINS else replace(self, chosen=(*on, plugin))

    def without(self, ids: Collection[str], usual: Iterable[Plugin] = ()) -> Self:
        """The choice without these."""
        gone = set(map(suffix, ids))
        left = tuple(each for each in self.of(usual) if suffix(each.id) not in gone)
        return replace(self, chosen=left)

    def is_same(self, plugins: Iterable[Plugin]) -> bool:
        """Whether exactly these were chosen."""
        return self.chosen is not None and _ids(self.chosen) == _ids(plugins)


#: The choice of whoever never chose.
UNCHOSEN: Final = PluginChoice()


def plugins_from(kept: JSON) -> tuple[Plugin, ...]:
    """Plugins as they were kept, with their names; what makes no sense is left out."""
    found = []
    for each in kept if isinstance(kept, list) else ():
        match each:
            case [str(plugin), str(name)] if suffix(plugin):
                found.append(Plugin(suffix(plugin), name))
    return tuple(found)


def plugins_to(plugins: Iterable[Plugin]) -> list[JSON]:
    """Plugins as they are kept."""
    return [[suffix(each.id), tidy(each.name, LONGEST_NAME)] for each in plugins]


def sets_from(kept: JSON) -> dict[str, tuple[Plugin, ...]]:
    """Sets by their names, as they were kept."""
    sets = kept if isinstance(kept, dict) else {}
    return {name: plugins_from(each) for name, each in sets.items()}


def sets_with(
    sets: Mapping[str, tuple[Plugin, ...]], name: str, plugins: Iterable[Plugin]
) -> dict[str, JSON]:
    """Sets as they are kept, with this one more or instead of one that is called alike."""
    kept: dict[str, JSON] = {
        each: plugins_to(held) for each, held in sets.items() if each.casefold() != name.casefold()
    }
    return kept if len(kept) >= MOST_SETS else {**kept, name: plugins_to(plugins)}


def name_of(plugin: Plugin) -> str:
    """What a plugin is called, in a word for a button; its id where it has no name."""
    name = tidy(plugin.name, LONGEST_NAME)
    is_seen = any(unicodedata.category(sign)[0] not in "CZM" for sign in name)
    return name if is_seen else tidy(spelled(plugin.id, PLUGIN_IDS.prefix), LONGEST_NAME)


def named(plugins: Iterable[Plugin]) -> str:
    """The names of plugins, one after the other, as Markdown."""
    return ", ".join(quoted(name_of(each)) for each in plugins)


def searchable(plugin: Plugin) -> str:
    """All that is known of a plugin, to be searched."""
    return " ".join((plugin.id, plugin.name, plugin.description, plugin.category))


@dataclass(frozen=True, slots=True)
class Offered:
    """The plugins there are to choose from."""

    plugins: tuple[Plugin, ...]
    #: Whether there may be more, because OnDemand told nothing just now.
    is_unsure: bool = False

    def find(self, plugin_id: str) -> Plugin | None:
        """The plugin with this id, under whichever of its names."""
        bare = suffix(plugin_id)
        return next((each for each in self.plugins if suffix(each.id) == bare), None)


class Catalogue:
    """The plugins of the account and those the operator named, looked up now and then.

    An account may be told an empty list although its plugins work, so an empty list proves
    nothing: what was known before stays known.
    """

    def __init__(self, client: OnDemandClient, *, clock: Clock, named: Sequence[str] = ()) -> None:
        self._client = client
        self._clock = clock
        self._named = tuple(dict.fromkeys(filter(None, map(suffix, named))))
        self._listed: dict[str, Plugin] = {}
        self._is_unsure = True
        self._look_at = 0.0
        self._looking = asyncio.Lock()

    @property
    def usual(self) -> tuple[Plugin, ...]:
        """The plugins that are on where nobody chose: those the operator named."""
        return tuple(self._listed.get(each, Plugin(each)) for each in self._named)

    def known(self, plugin: Plugin) -> Plugin:
        """All that is known of a plugin; nothing is looked up."""
        return self._listed.get(suffix(plugin.id), plugin)

    async def look(self) -> Offered:
        """What there is to choose from: the operator's first, then as OnDemand lists them.

        Never fails and never takes long; where the list cannot be had, it is what was known.
        """
        async with self._looking:
            if self._clock.monotonic() >= self._look_at:
                await self._look_anew()
        others = (
            each
            for bare, each in self._listed.items()
            # Readers of files are called by the files.
            if bare not in self._named and each.is_active and each.type != "file"
        )
        return Offered((*self.usual, *others), self._is_unsure)

    async def _look_anew(self) -> None:
        listed: dict[str, Plugin] = {}
        is_whole = False
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._read((), listed)
                is_whole = bool(listed)
                if missing := [each for each in self._named if each not in listed]:
                    await self._read(missing, listed)
        except (OnDemandError, TimeoutError) as error:
            log.warning("plugins not listed", extra={"error": type(error).__name__})
        self._is_unsure = not is_whole
        # What came of it is as good as what was known before, and both together are better.
        self._listed = listed if is_whole else self._listed | listed
        self._look_at = self._clock.monotonic() + (_AGAIN if self._is_unsure else _FRESH)

    async def _read(self, ids: Collection[str], listed: dict[str, Plugin]) -> None:
        async for plugin in self._client.catalog.plugins(ids):
            listed.setdefault(suffix(plugin.id), plugin)
            if len(listed) >= _MOST:
                return


def _ids(plugins: Iterable[Plugin]) -> set[str]:
    return {suffix(each.id) for each in plugins}
