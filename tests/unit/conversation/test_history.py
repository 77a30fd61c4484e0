"""What was said in a conversation, told again."""

import json
from datetime import UTC, datetime

from bot.conversation.history import History, Told

AT = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)
HISTORY = History("2 * 3?", AT, [Told(AT, "What is\n2 * 3?", "**Six.**"), Told(None, "Hm", "")])


def test_a_history_as_people_read_it() -> None:
    """Questions are quoted, answers stand as they were given."""
    assert HISTORY.markdown("en") == (
        "**2 &#42; 3&#63;**\n\n2026-11-27 12:30 UTC\n\n> What is\n> 2 * 3?\n\n**Six.**\n\n> Hm"
    )
    assert HISTORY.markdown("en", is_file=True).startswith("# 2 * 3?\n\n")


def test_a_history_without_words_says_so() -> None:
    """I asked for a conversation in which nothing was said, and am told, with the reason."""
    told = History("", AT, [], "chats away").markdown("en")

    assert "**Untitled**" in told
    assert "cannot reach OnDemand" in told
    assert told.endswith("Nothing was said in it yet.")


def test_a_history_as_programs_read_it() -> None:
    """Every letter is there as it was."""
    whole = json.loads(HISTORY.json())

    assert whole["title"] == "2 * 3?"
    assert whole["messages"][0] == {
        "at": AT.isoformat(),
        "question": "What is\n2 * 3?",
        "answer": "**Six.**",
    }
    assert whole["messages"][1]["at"] is None
