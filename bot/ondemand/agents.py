"""Plugins under their two names, and what to offer when some are refused.

The platform renamed `pluginIds: ["plugin-N"]` to `agentIds: ["agent-N"]` and takes one form, the
other or both, by the month (observed live, 2026-07 to 2026-10). The digits are the same in both,
so inside we compare by them; agents of a customer's own are 24 hexadecimal digits and have no
prefix. All rules here are pure.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

#: How many plugins one call may name: ten in 2024's documents, twenty in 2026's. We keep to ten.
MOST_PLUGINS = 10

_PREFIX = re.compile(r"^(?:agent|plugin)-")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to name plugins on the wire."""

    field: str
    prefix: str


AGENT_IDS = Dialect("agentIds", "agent-")
PLUGIN_IDS = Dialect("pluginIds", "plugin-")
#: In the order they are tried.
DIALECTS = (AGENT_IDS, PLUGIN_IDS)


def suffix(plugin_id: str) -> str:
    """What a plugin's two names have in common.

    >>> suffix("plugin-1722260873") == suffix("agent-1722260873")
    True
    """
    return _PREFIX.sub("", plugin_id.strip())


def spelled(plugin_id: str, prefix: str) -> str:
    """A plugin's name with this prefix. Ids that never had one are left alone."""
    bare = suffix(plugin_id)
    return prefix + bare if bare.isdecimal() else bare


@dataclass(frozen=True, slots=True)
class Offer:
    """The plugins one call names, in one dialect, and how we came to it."""

    plugins: tuple[str, ...]
    #: What is left to try, the present one first. Empty: no plugins are named at all.
    dialects: tuple[Dialect, ...] = DIALECTS
    #: The plugins given up on the way, without prefixes.
    dropped: tuple[str, ...] = ()
    #: Those of them that the platform itself refused by their ids.
    refused: tuple[str, ...] = ()

    def fields(self) -> dict[str, list[str]]:
        """What goes into the body: one field, or none where there are no plugins."""
        if not self.plugins or not self.dialects:
            return {}
        dialect = self.dialects[0]
        return {dialect.field: [spelled(each, dialect.prefix) for each in self.plugins]}


def first_offer(plugins: Iterable[str], dialects: tuple[Dialect, ...] = DIALECTS) -> Offer:
    """Name these plugins, each once, in the first dialect."""
    distinct = dict.fromkeys(bare for each in plugins if (bare := suffix(each)))
    return Offer(tuple(distinct)[:MOST_PLUGINS], dialects)


def next_offer(offer: Offer, refused: Collection[str]) -> Offer | None:
    """What to offer after a refusal that named these ids; None when nothing is left to try.

    First the ones they named are dropped, once; if none of them is ours, all go, since their
    ids then are of a kind we cannot match. A refusal that names nothing is answered in the next
    dialect, and after the last one without plugins. So one call is sent four times at most, and
    always ends.
    """
    if not offer.fields():
        return None
    if refused and not offer.dropped:
        kept = tuple(each for each in offer.plugins if each not in refused)
        if kept == offer.plugins:
            return _without(offer, refused)
        gone = _rest(offer, kept)
        return replace(offer, plugins=kept, dropped=gone, refused=gone)
    if refused or len(offer.dialects) < 2:
        return _without(offer, refused)
    return replace(offer, dialects=offer.dialects[1:])


def _without(offer: Offer, refused: Collection[str]) -> Offer:
    named = tuple(each for each in offer.plugins if each in refused)
    dropped = offer.dropped + offer.plugins
    return replace(offer, plugins=(), dropped=dropped, refused=offer.refused + named)


def _rest(offer: Offer, kept: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in offer.plugins if each not in kept)
