"""The page for everybody: by keyboard, for a screen reader, in either light, on a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.messenger import Messenger

PAGE = Path(__file__).parents[2] / "bot" / "sandbox" / "demo" / "page"

#: What is written on what, and how much they must differ: 4.5 for text, 3 for signs (WCAG AA).
CONTRASTS = [
    ("ink", "canvas", 4.5),
    ("ink", "surface", 4.5),
    ("ink", "other", 4.5),
    ("ink", "hover", 4.5),
    ("ink-soft", "canvas", 4.5),
    ("ink-soft", "surface", 4.5),
    ("ink-soft", "other", 4.5),
    ("ink-soft", "accent-soft", 4.5),
    ("ink-faint", "surface", 4.5),
    ("ink-faint", "other", 4.5),
    ("own-ink", "own", 4.5),
    ("own-ink", "own-code", 4.5),
    ("own-soft", "own", 4.5),
    ("link", "other", 4.5),
    ("on-accent", "accent", 4.5),
    ("accent", "surface", 4.5),
    ("name-1", "other", 4.5),
    ("name-2", "other", 4.5),
    ("name-3", "other", 4.5),
    ("name-4", "other", 4.5),
    ("bad", "surface", 4.5),
    ("good", "surface", 3),
    ("warn", "surface", 4.5),
]

#: Whatever reads words as HTML or as a program.
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function"
    r"|setAttribute\('(?:style|on)|srcdoc"
)


def colours() -> dict[str, tuple[str, str]]:
    """Every colour of the page by its name, in the light and in the dark."""
    words = (PAGE / "css" / "tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", words)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """How bright a colour is, as WCAG counts it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("upper", "lower", "least"), CONTRASTS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_everything_can_be_read(upper: str, lower: str, least: float, theme: int) -> None:
    """Writing stands out from what it stands on, in the light and in the dark."""
    known = colours()
    one, other = sorted(luminance(known[name][theme]) for name in (upper, lower))

    assert (other + 0.05) / (one + 0.05) >= least


def test_nobodys_words_are_read_as_html() -> None:
    """No module of the page makes HTML or programs of text."""
    modules = sorted(PAGE.rglob("*.js"))

    assert len(modules) > 10
    assert [m.name for m in modules if FORBIDDEN.search(m.read_text())] == []


def test_nothing_comes_from_outside() -> None:
    """No file of the page names an address that is not its own."""
    outside = re.compile(r"""(?:src|href|url|import|from)\s*[=(]?\s*['"(]\s*(?:https?:)?//""")
    files = [file for file in PAGE.rglob("*") if file.suffix in (".js", ".css", ".html", ".svg")]

    assert [file.name for file in files if outside.search(file.read_text())] == []


def test_i_need_no_mouse(me: Messenger) -> None:
    """By keyboard alone I change the chat, write, correct, answer, and use a menu of the bot."""
    keys = me.page.keyboard
    me.page.get_by_role("navigation").get_by_role("button", name="OnDemand").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
        keys.press(key)
    expect(me.page.get_by_role("heading", name="Trains", level=1)).to_be_visible()
    expect(me.text).to_be_focused()

    keys.type("By kayboard")
    keys.press("Enter")
    expect(me.mine.last).to_contain_text("By kayboard")
    keys.press("ArrowUp")
    expect(me.text).to_have_value("By kayboard")
    keys.press("ControlOrMeta+a")
    keys.type("By keyboard")
    keys.press("Enter")
    said = me.held(me.mine.last)
    expect(said).to_contain_text("By keyboard")

    said.focus()
    keys.press("Enter")
    expect(me.page.get_by_role("menu")).to_be_visible()
    keys.press("Escape")
    expect(me.page.get_by_role("menu")).to_have_count(0)
    expect(said).to_be_focused()
    keys.press("Enter")
    keys.press("End")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(me.page.get_by_role("menuitem", name="Reply")).to_be_focused()
    keys.press("Enter")
    expect(me.text).to_be_focused()
    expect(me.page.locator(".context")).to_contain_text("Reply to Anna")
    keys.press("Escape")
    expect(me.page.locator(".context")).to_be_hidden()


def test_the_commands_are_a_key_away(me: Messenger) -> None:
    """I write a slash, choose with the arrows, and the command is sent."""
    me.has_commands()

    me.text.press("/")
    options = me.page.get_by_role("listbox", name="Commands").get_by_role("option")
    expect(options.filter(has_text="/plugins")).to_be_visible()
    me.page.keyboard.type("us")
    expect(options).to_have_count(1)

    me.page.keyboard.press("Enter")

    expect(me.mine.last).to_contain_text("/usage")
    expect(me.text).to_have_value("")


def test_everything_has_a_name(me: Messenger) -> None:
    """A screen reader finds the landmarks, and no control without a name."""
    me.says("/plugins")
    expect(me.answers.last.get_by_role("button", name="Sets")).to_be_visible()
    me.looks_what_is_happening()
    expect(me.page.get_by_role("navigation", name="Chats")).to_be_visible()
    expect(me.page.get_by_role("main", name="Chat")).to_be_visible()
    expect(me.page.get_by_role("log", name="Messages")).to_be_visible()
    expect(me.page.get_by_role("group", name="You are")).to_be_visible()

    tree = me.page.context.new_cdp_session(me.page).send("Accessibility.getFullAXTree")

    controls = {"button", "link", "textbox", "combobox", "radio", "checkbox", "tab", "slider"}
    nameless = [
        node["role"]["value"]
        for node in tree["nodes"]
        if not node.get("ignored")
        and node.get("role", {}).get("value") in controls
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []


def test_news_are_read_out_once_they_are_complete(me: Messenger) -> None:
    """A screen reader hears an answer when it stands, and not each of its edits."""
    me.page.evaluate(
        """() => {
          const announcer = document.getElementById('announcer');
          window.heard = [];
          new MutationObserver(() => window.heard.push(announcer.textContent))
            .observe(announcer, { childList: true });
        }"""
    )
    me.begins_anew().says("Write 300 characters, please.")

    expect(me.page.locator("#announcer")).to_contain_text("lighthouse")

    heard = me.page.evaluate("() => window.heard.filter((words) => words.includes('lighthouse'))")
    assert len(heard) == 1
    assert heard[0].startswith("OnDemand: ")


def test_on_a_phone_there_is_one_thing_at_a_time(browser: Browser, address: str) -> None:
    """On a phone I see the list or a chat, go back, and nothing is wider than the screen."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(address)
    chats = page.get_by_role("navigation", name="Chats")
    expect(chats).to_be_visible()
    expect(page.get_by_role("main")).to_be_hidden()

    chats.get_by_role("button", name="Trip to Porto").tap()
    expect(page.get_by_role("main")).to_be_visible()
    expect(chats).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("button", name="Back to the chats").tap()
    expect(chats).to_be_visible()
    context.close()


def test_light_and_dark_are_mine_to_choose(me: Messenger) -> None:
    """I switch to the dark, and it stays dark when I come back."""
    ground = "getComputedStyle(document.body).backgroundColor"
    light = me.page.evaluate(ground)

    me.page.get_by_role("button", name="Switch to dark").click()

    dark = me.page.evaluate(ground)
    assert dark != light
    me.page.reload()
    expect(me.page.get_by_role("button", name="Switch to light")).to_be_visible()
    assert me.page.evaluate(ground) == dark
