"""The one table of commands: what people see in the menu, and where."""

from dataclasses import dataclass

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command that people can type."""

    name: str
    #: At most 256 characters.
    description: str
    in_private: bool = True
    in_groups: bool = False


COMMANDS = (
    Command("start", "Say hello"),
    Command("ask", "Ask the assistant", in_private=False, in_groups=True),
    Command("new", "Start a fresh conversation", in_groups=True),
    Command("stop", "Stop the answer that is growing", in_groups=True),
    Command("help", "What I can do", in_groups=True),
)


def listed(*, is_group: bool) -> str:
    """The commands as lines of a help text."""
    return "\n".join(
        f"/{command.name} — {command.description}"
        for command in COMMANDS
        if (command.in_groups if is_group else command.in_private)
    )


async def announce(bot: Bot) -> None:
    """Put the commands into people's menus."""
    for scope, shown in (
        (BotCommandScopeAllPrivateChats(), [each for each in COMMANDS if each.in_private]),
        (BotCommandScopeAllGroupChats(), [each for each in COMMANDS if each.in_groups]),
    ):
        menu = [BotCommand(each.name, each.description) for each in shown]
        await bot.set_my_commands(menu, scope=scope)
