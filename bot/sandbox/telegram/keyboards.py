"""Which keyboards Telegram takes under a message."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.telegram.entities import url_fault
from bot.sandbox.telegram.facts import API
from bot.sandbox.telegram.refusals import bad

MOST_BUTTONS = 100  # of one inline keyboard
MOST_IN_ROW = 8
_ACTIONS = frozenset(API["types"]["InlineKeyboardButton"]) - {
    "text",
    "style",
    "icon_custom_emoji_id",
}
_STYLES = frozenset(API["enums"]["ButtonStyle"])


def check_keyboard(markup: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the inline keyboard of a `reply_markup`, or None where it has no buttons.

    Raises `Refusal` for buttons Telegram would not take. A button must do exactly one thing.
    """
    if not markup or "inline_keyboard" not in markup:
        return None
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > MOST_IN_ROW for row in rows):
        raise bad("REPLY_MARKUP_TOO_LONG")
    for row in rows:
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Mapping[str, Any]) -> None:
    actions = [name for name in button if name in _ACTIONS and button[name] != ""]
    if "switch_inline_query" in button or "switch_inline_query_current_chat" in button:
        # An empty query is a query: it opens the bot with nothing typed yet.
        actions = [name for name in button if name in _ACTIONS]
    if not button["text"].strip():
        raise bad("BUTTON_TEXT_INVALID")
    if not actions:
        raise bad(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad(f"can't parse inline keyboard button: {' and '.join(actions)} exclude each other")
    if button.get("style", "primary") not in _STYLES:
        raise bad("BUTTON_STYLE_INVALID")
    if "url" in button and (fault := url_fault(button["url"])):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: {fault}")
