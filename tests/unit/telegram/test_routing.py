"""Which updates reach which handlers."""

from typing import Any

import pytest
from telegram import Bot, Update
from telegram.ext import CommandHandler

from bot.telegram.commands import COMMANDS, Command
from bot.telegram.context import Routes
from bot.telegram.routing import build_routes


class NamedBot(Bot):
    """A bot that knows its name without asking."""

    @property
    def username(self) -> str:
        """The name that people write behind a command."""
        return "thebot"


@pytest.fixture(scope="module")
def routes() -> Routes:
    """Every handler there is."""
    return build_routes(NamedBot("1:a"))


def carriers_out(routes: Routes, command: Command, kind: str) -> list[Any]:
    """The handlers of commands that take this one, written or edited in private."""
    text = f"/{command.name}"
    message = {
        "message_id": 5,
        "date": 1_790_000_000,
        "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "is_bot": False, "first_name": "Anna"},
        "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}],
    }
    update = Update.de_json({"update_id": 1, kind: message}, routes.bot)
    handlers = [each for group in routes.handlers.values() for each in group]
    commands = [each for each in handlers if isinstance(each, CommandHandler)]
    return [each for each in commands if each.check_update(update)]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_an_edited_command_is_not_carried_out_again(routes: Routes, command: Command) -> None:
    """I mend a command that was carried out: nothing is done a second time."""
    assert carriers_out(routes, command, "message")
    assert not carriers_out(routes, command, "edited_message")
