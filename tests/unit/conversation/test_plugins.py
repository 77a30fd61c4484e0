"""Which tools there are and which are on: choices, sets, names of any kind, and a patient list."""

from collections.abc import AsyncIterator, Collection
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from bot.conversation.lines import matches, quoted
from bot.conversation.plugins import (
    MOST_SETS,
    UNCHOSEN,
    Catalogue,
    PluginChoice,
    name_of,
    searchable,
    sets_from,
    sets_with,
)
from bot.ondemand import MOST_PLUGINS, OnDemandClient, Plugin, ServerError
from bot.telegram.markup import render
from tests.conftest import HandClock

WEATHER = Plugin("plugin-1", "Weather", "Rain and sun", "information")
MAPS = Plugin("agent-2", "Maps")


@pytest.mark.parametrize(
    ("kept", "chosen"),
    [
        (None, None),
        ([], []),
        ([["1", "Weather"], ["2", ""]], ["1", "2"]),
        ([["plugin-1", "Weather"]], ["1"]),
        ([["1"], "2", None, [3, "x"], ["", "y"], ["4", "z"]], ["4"]),
        ({"1": "Weather"}, None),
        ("1", None),
    ],
    ids=["never", "none at all", "two", "prefixed", "nonsense among them", "an object", "a word"],
)
def test_a_choice_is_read_whatever_was_kept(kept: Any, chosen: list[str] | None) -> None:
    """What makes no sense is as if it was never chosen."""
    choice = PluginChoice.from_json(kept)

    assert (None if choice.chosen is None else [each.id for each in choice.chosen]) == chosen
    assert PluginChoice.from_json(choice.to_json()) == choice


@pytest.mark.parametrize(
    ("choice", "usual", "on"),
    [
        (UNCHOSEN, [], []),
        (UNCHOSEN, [WEATHER], ["plugin-1"]),
        (PluginChoice(()), [WEATHER], []),
        (PluginChoice((MAPS,)), [WEATHER], ["agent-2"]),
        (PluginChoice((MAPS, Plugin("plugin-2"))), [], ["plugin-2"]),
        (UNCHOSEN, [Plugin(str(n)) for n in range(12)], [str(n) for n in range(10)]),
    ],
    ids=["nothing", "the usual", "none chosen", "chosen", "one by two names", "too many"],
)
def test_what_is_on(choice: PluginChoice, usual: list[Plugin], on: list[str]) -> None:
    """What was chosen counts, and else what the operator named; ten at most."""
    assert [each.id for each in choice.of(usual)] == on


def test_the_first_choice_begins_with_the_usual() -> None:
    """Whoever adds one to the operator's keeps those; whoever takes one away, too."""
    more, less = UNCHOSEN.with_(MAPS, [WEATHER]), UNCHOSEN.without(["agent-1"], [WEATHER, MAPS])

    assert more == PluginChoice((WEATHER, MAPS))
    assert less == PluginChoice((MAPS,))


def test_the_eleventh_has_no_room() -> None:
    """One more than OnDemand takes is not chosen; one of the ten can be chosen again."""
    full = PluginChoice(tuple(Plugin(str(n)) for n in range(MOST_PLUGINS)))

    assert full.with_(Plugin("99"), []) is None
    assert full.with_(Plugin("plugin-3"), []) is not None


def test_sets() -> None:
    """A set replaces one that is called alike, and beyond twelve there is no more room."""
    one = sets_from(sets_with({}, "Travel", [MAPS]))
    again = sets_from(sets_with(one, "TRAVEL", [WEATHER]))
    full = {str(n): (MAPS,) for n in range(MOST_SETS)}

    assert {name: [each.name for each in held] for name, held in one.items()} == {
        "Travel": ["Maps"]
    }
    assert {name: [each.name for each in held] for name, held in again.items()} == {
        "TRAVEL": ["Weather"]
    }
    assert list(sets_with(full, "one more", [MAPS])) == list(full)
    assert sets_from(["nonsense"]) == {}


@given(st.text())
def test_any_name_can_be_a_label(words: str) -> None:
    """Whatever a tool is called, its label is seen, short, and can be sent and shown."""
    label = name_of(Plugin("plugin-7", words))
    (part,) = render(f"**{quoted(label)}**")

    assert 0 < len(list(iter_graphemes(label))) <= 40
    assert label.encode().decode() == label == label.strip()
    assert part.text.strip("\u2068\u2069") == label
    assert len(part.text) <= 700


@pytest.mark.parametrize(
    ("words", "found"),
    [("", True), ("RAIN", True), ("weather sun", True), ("weather snow", False), ("1", True)],
)
def test_matches(words: str, found: bool) -> None:
    """Every word counts, wherever it stands."""
    assert matches(searchable(WEATHER), words) is found


class Listing:
    """OnDemand's list of plugins, as somebody else keeps it."""

    def __init__(self) -> None:
        self.plugins: list[Plugin] = []
        self.others: list[Plugin] = []
        self.fails = False
        self.calls = 0

    def list(self, ids: Collection[str]) -> list[Plugin]:
        """What is told."""
        self.calls += 1
        if self.fails:
            raise ServerError(500)
        return self.others if ids else self.plugins


class Client:
    """As much of the client as the catalogue asks."""

    def __init__(self, listing: Listing) -> None:
        self.catalog = self
        self._listing = listing

    async def plugins(self, ids: Collection[str] = ()) -> AsyncIterator[Plugin]:
        """The list."""
        for each in self._listing.list(ids):
            yield each


async def test_a_list_is_good_for_minutes_and_a_failure_for_seconds() -> None:
    """Nobody asks at every press; what was known stays known while the list is away."""
    clock, listing = HandClock(), Listing()
    catalogue = Catalogue(cast("OnDemandClient", Client(listing)), clock=clock, named=["1"])
    listing.fails = True
    first = await catalogue.look()
    listing.fails = False
    listing.plugins = [MAPS, Plugin("3", "Film reader", type="file"), Plugin("4", is_active=False)]
    listing.others = [WEATHER]
    soon = await catalogue.look()
    clock.advance(31)
    later = await catalogue.look()
    listing.plugins, listing.others = [], []
    clock.advance(290)
    still = await catalogue.look()
    clock.advance(20)
    after = await catalogue.look()

    assert (first.plugins, first.is_unsure) == ((Plugin("1"),), True)
    assert soon == first
    assert (later.plugins, later.is_unsure) == ((WEATHER, MAPS), False)
    assert still == later
    assert (after.plugins, after.is_unsure) == ((WEATHER, MAPS), True)
    assert catalogue.usual == (WEATHER,)
    assert later.find("plugin-2") == MAPS
    assert later.find("3") is None
    assert listing.calls == 5
