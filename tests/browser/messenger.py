"""Somebody at the page: what they do there, and what they see."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

#: On the button that ends an answer, while it grows, and on one that is there when it has ended.
STOP, AGAIN = re.compile("^■"), re.compile("^↻")


class Messenger:
    """A page that is open, in the words of whoever sits before it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        stage: Any = page.request.get(f"{url}api/stage").json()
        #: The number of each person.
        self.people = {one["name"]: one["id"] for one in stage["people"]}
        self.text = page.get_by_role("combobox", name="Message")
        self.messages = page.locator("article.row")
        self.answers = page.locator("article.row:not(.mine)")
        self.mine = page.locator("article.row.mine")

    def arrives(self, name: str = "Anna") -> "Messenger":
        """Open the page as somebody, at their chat with the bot."""
        self.page.goto(f"{self.url}#{self.people[name]}/{self.people[name]}")
        expect(self.page.get_by_role("heading", name="OnDemand", level=1)).to_be_visible()
        return self

    def opens(self, chat: str) -> None:
        """Open a chat of the list."""
        self.page.get_by_role("navigation").get_by_role("button", name=chat).click()
        expect(self.page.get_by_role("heading", name=chat, level=1)).to_be_visible()

    def becomes(self, name: str) -> None:
        """Be somebody else from now on."""
        self.page.locator("#people label", has_text=name).click()
        expect(self.page.get_by_role("radio", name=name)).to_be_checked()

    def says(self, text: str) -> Locator:
        """Write a message; returns it when it is there."""
        self.text.fill(text)
        with self.page.expect_response("**/say") as said:
            self.text.press("Enter")
        there = self.message(said.value.json()["message"]["id"])
        expect(there).to_be_visible()
        return there

    def begins_anew(self) -> "Messenger":
        """Begin a conversation: in the old one, OnDemand may still work on what was stopped."""
        said = self.says("/new")
        expect(said.locator("xpath=following-sibling::article").first).to_be_visible()
        return self

    def asks(self, text: str) -> Locator:
        """Write the first message of a conversation; returns the answer when it begins to grow."""
        self.begins_anew()
        self.says(text)
        growing = self.answers.filter(has=self.page.get_by_role("button", name=STOP)).last
        expect(growing).to_be_visible()
        return self.held(growing)

    def message(self, number: int | str | None) -> Locator:
        """The message with this number, whatever becomes of it."""
        return self.page.locator(f'article.row[data-id="{number}"]')

    def held(self, row: Locator) -> Locator:
        """The same message, whatever comes after it."""
        return self.message(row.get_attribute("data-id"))

    def sees_growing(self, answer: Locator) -> None:
        """Wait until there is more of an answer."""
        body = answer.locator(".body")
        longer = len(body.text_content() or "") + 20
        expect(body).to_have_text(re.compile(rf"^[\s\S]{{{longer},}}$"))

    def has_commands(self) -> None:
        """Wait until the bot has told Telegram its commands, which it does at its leisure."""
        anna = self.people["Anna"]
        for _ in range(100):
            told: Any = self.page.request.get(
                f"{self.url}api/people/{anna}/chats/{anna}/commands"
            ).json()
            if told["commands"]:
                return
            self.page.wait_for_timeout(200)
        raise AssertionError("the bot has no commands")

    def presses(self, label: str | re.Pattern[str], *, below: Locator) -> None:
        """Press a button below a message."""
        below.get_by_role("button", name=label).click()

    def chooses(self, what: str, *, of: Locator) -> None:
        """Choose from the menu of a message."""
        of.locator(".bubble").click(button="right", position={"x": 12, "y": 8})
        role: Any = "menuitemradio" if what.startswith("React") else "menuitem"
        self.page.get_by_role(role, name=what).click()

    def looks_what_is_happening(self, tab: str = "Happening") -> Locator:
        """Open the drawer."""
        drawer = self.page.get_by_role("complementary", name="What is happening")
        if not drawer.is_visible():
            self.page.get_by_role("button", name="What is happening").click()
        drawer.get_by_role("tab", name=tab).click()
        return drawer
