"""The one table of commands: what people see in the menu, and where."""

from dataclasses import dataclass

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)

from bot.conversation.phrases import say


@dataclass(frozen=True, slots=True)
class Command:
    """A command that people can type. The phrase named after it says what it does."""

    name: str
    in_private: bool = True
    in_groups: bool = False

    def description(self, language: str) -> str:
        """What it does. Telegram takes at most 256 characters."""
        return say(f"/{self.name}", language)


COMMANDS = (
    Command("start"),
    Command("ask", in_private=False, in_groups=True),
    Command("new", in_groups=True),
    Command("stop", in_groups=True),
    Command("help", in_groups=True),
)


def listed(language: str, *, is_group: bool) -> str:
    """The commands as lines of a help text."""
    return "\n".join(
        f"/{command.name} — {command.description(language)}"
        for command in COMMANDS
        if (command.in_groups if is_group else command.in_private)
    )


async def announce(bot: Bot) -> None:
    """Put the commands into people's menus."""
    for scope, shown in (
        (BotCommandScopeAllPrivateChats(), [each for each in COMMANDS if each.in_private]),
        (BotCommandScopeAllGroupChats(), [each for each in COMMANDS if each.in_groups]),
    ):
        menu = [BotCommand(each.name, each.description("en")) for each in shown]
        await bot.set_my_commands(menu, scope=scope)
