"""A chat of five thousand messages."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Route, expect

from tests.browser.messenger import Messenger

MANY = 5_000
#: Messages that are in the page at once where somebody reads at the end.
MOST = 300
#: ms from a key to the next picture, on the slowest machine we test on.
FRAME = 400


def told(number: int, chat: int) -> dict[str, Any]:
    """A message, as the server tells it."""
    sender = {"id": chat, "name": "Anna", "is_bot": False}
    nothing: dict[str, Any] = dict.fromkeys(
        ("topic", "edited", "service", "media", "other", "reply_to", "forwarded", "album")
    )
    return nothing | {
        "id": number,
        "chat": chat,
        "version": number,
        "sender": sender | ({"id": 7, "name": "OnDemand", "is_bot": True} if number % 2 else {}),
        "date": "2026-11-20T09:00:00.000Z",
        "text": f"Message {number}. " + "Some words of it. " * (number % 9),
        "entities": [{"type": "bold", "offset": 0, "length": 7}],
        "keyboard": [],
        "reactions": [],
    }


def test_a_chat_of_five_thousand_messages_stays_smooth(me: Messenger) -> None:
    """I read back to the very first message; writing stays quick, and the end is light again."""
    chat = me.people["Anna"]

    def page_of(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        before = int(asked.get("before", [str(MANY + 1)])[0])
        first = max(1, before - int(asked["limit"][0]))
        messages = [told(number, chat) for number in range(first, before)]
        route.fulfill(json={"event": "1-0", "has_older": first > 1, "messages": messages})

    me.page.route("**/messages?*", page_of)
    me.page.reload()
    expect(me.message(MANY)).to_be_visible()
    assert me.messages.count() <= MOST

    me.page.evaluate(
        """async () => {
          const messages = document.getElementById('messages');
          for (let tries = 0; tries < 2000; tries += 1) {
            if (document.querySelector('[data-id="1"]')) break;
            messages.scrollTo(0, messages.scrollTop > 200 ? 100 : 300);
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          messages.scrollTo(0, 0);
        }"""
    )
    expect(me.message(1)).to_be_in_viewport()

    me.text.focus()
    ms = me.page.evaluate(
        """() => new Promise((resolve) => {
          const begun = performance.now();
          document.execCommand('insertText', false, 'a');
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
        })"""
    )
    assert ms < FRAME

    me.page.get_by_role("button", name="Go to the latest").click()
    expect(me.message(MANY)).to_be_in_viewport()
