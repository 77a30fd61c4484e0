"""The pure rules of the page, asked in the browser that runs them."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

#: Text, entities as (type, offset, length), and what is said of it: marks as [type: words].
TREES = [
    ("plain", [], "plain"),
    ("a bold word", [("bold", 2, 4)], "a [bold: bold] word"),
    ("all", [("bold", 0, 3), ("italic", 0, 3)], "[bold: [italic: all]]"),
    ("one two", [("bold", 0, 7), ("italic", 4, 3)], "[bold: one [italic: two]]"),
    ("abcd", [("bold", 0, 3), ("italic", 2, 2)], "[bold: ab[italic: c]][italic: d]"),
    ("👍 yes", [("bold", 3, 3)], "👍 [bold: yes]"),
    ("short", [("bold", 2, 99)], "sh[bold: ort]"),
    ("none", [("bold", 9, 2), ("bold", 1, 0), ("bold", -1, 2)], "none"),
    ("one two", [("code", 0, 3), ("code", 4, 3)], "[code: one] [code: two]"),
]

_TREE = """async ([text, entities]) => {
  const { tree } = await import('/js/entities.js');
  const one = (each) => `[${each.entity.type}: ${told(each.children)}]`;
  const told = (all) => all.map((each) => typeof each === 'string' ? each : one(each)).join('');
  return told(tree(text, entities));
}"""

#: An address, and where it leads; None where it leads nowhere.
ADDRESSES = [
    ("https://example.org/a?b=c", "https://example.org/a?b=c"),
    ("example.org", "https://example.org/"),
    ("mailto:anna@example.org", "mailto:anna@example.org"),
    ("tg://resolve?domain=bot", "tg://resolve?domain=bot"),
    ("javascript:alert(1)", None),
    ("JavaScript:alert(1)", None),
    (" javascript:alert(1)", None),
    ("data:text/html,<script>alert(1)</script>", None),
    ("vbscript:msgbox(1)", None),
    ("file:///etc/passwd", None),
    ("blob:https://example.org/1", None),
]


@pytest.fixture(scope="module")
def script(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose modules can be asked."""
    page = browser.new_page()
    page.goto(address)
    yield page
    page.close()


@pytest.mark.parametrize(("text", "entities", "told"), TREES)
def test_entities_nest_and_lose_no_word(
    script: Page, text: str, entities: list[tuple[str, int, int]], told: str
) -> None:
    """Marks nest, those that cross are parted, and every word stays."""
    given = [{"type": type_, "offset": at, "length": long} for type_, at, long in entities]

    assert script.evaluate(_TREE, [text, given]) == told


@pytest.mark.parametrize(("link", "leads"), ADDRESSES)
def test_a_link_is_one_only_if_it_is_harmless(script: Page, link: str, leads: str | None) -> None:
    """What would run, or read my files, is no link."""
    harmless = "async (a) => (await import('/js/entities.js')).harmless(a)"

    assert script.evaluate(harmless, link) == leads


def test_what_comes_late_or_twice_changes_nothing(script: Page) -> None:
    """The newer state of a message wins, in whatever order both arrive."""
    told: Any = script.evaluate(
        """async () => {
          const { NOTHING, reduce } = await import('/js/store.js');
          const sender = { id: 1, name: 'Anna', is_bot: false };
          const place = { chat: 7, topic: null };
          const message = (id, version, text) => ({ ...place, id, version, text, sender });
          const chat = { id: 7, kind: 'private', topics: [], actions: [], drafts: [], last: null };
          const page = [message(1, 1, 'first'), message(2, 5, 'older'), message(3, 6, 'gone')];
          const events = [
            ['chats', [chat]], ['fetching', place],
            ['message', message(2, 9, 'newest')], ['message', message(2, 8, 'old')],
            ['deleted', { ...place, id: 3 }],
            ['page', { place, has_older: true, messages: page }],
          ];
          const state = events.reduce((known, [type, data]) => reduce(known, type, data), NOTHING);
          return [state.histories['7'].messages.map(({ text }) => text), NOTHING.order.length];
        }"""
    )

    assert told == [["first", "newest"], 0]


def test_topics_part_a_forum_and_nothing_else(script: Page) -> None:
    """A reply in a topic counts as unread there; in a group, topics are not told apart."""
    told: Any = script.evaluate(
        """async () => {
          const { placeKey } = await import('/js/places.js');
          const known = { chats: { 1: { kind: 'forum' }, 2: { kind: 'group' } } };
          const key = ([chat, topic]) => placeKey(known, { chat, topic });
          return [[1, 5], [1, null], [2, 5]].map(key);
        }"""
    )

    assert told == ["1/5", "1/general", "2"]


def test_times_and_sizes_read_well(script: Page) -> None:
    """Days, lengths and sizes are told as people tell them."""
    told: Any = script.evaluate(
        """async () => {
          const { day, length, size, took } = await import('/js/words.js');
          const now = new Date(2026, 10, 28, 0, 30);
          const at = (hour, date) => new Date(2026, 10, date, hour).toISOString();
          return [day(at(0, 28), now), day(at(23, 27), now), day(at(12, 2), now),
            length(65), length(3.4), size(900), size(20971520), took(12), took(6400)];
        }"""
    )

    assert told == [
        *("Today", "Yesterday", "Monday 2 November"),
        *("1:05", "0:03", "900 B", "20 MB", "12 ms", "6.40 s"),
    ]
