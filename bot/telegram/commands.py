"""The one table of commands: what people see in the menu, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.phrases import say


@dataclass(frozen=True, slots=True)
class Command:
    """A command that people can type. The phrase named after it says what it does."""

    name: str
    in_private: bool = True
    in_groups: bool = False
    #: Whether only the operators see it, and are answered.
    for_operators: bool = False

    def description(self, language: str) -> str:
        """What it does. Telegram takes at most 256 characters."""
        return say(f"/{self.name}", language)


COMMANDS = (
    Command("start"),
    Command("ask", in_private=False, in_groups=True),
    Command("new", in_groups=True),
    Command("chats", in_groups=True),
    Command("voice"),
    Command("plugins", in_groups=True),
    Command("translate", in_groups=True),
    Command("mylanguage", in_groups=True),
    Command("settings", in_groups=True),
    Command("stop", in_groups=True),
    Command("usage", in_groups=True),
    Command("privacy"),
    Command("help", in_groups=True),
    Command("admin", for_operators=True),
)


def shown(*, is_group: bool, to_operator: bool = False) -> Sequence[Command]:
    """The commands of a private chat, or of a group."""
    return [
        each
        for each in COMMANDS
        if (each.in_groups if is_group else each.in_private)
        and (to_operator or not each.for_operators)
    ]


def listed(language: str, *, is_group: bool, to_operator: bool = False) -> str:
    """The commands as lines of a help text."""
    return "\n".join(
        f"/{command.name} — {command.description(language)}"
        for command in shown(is_group=is_group, to_operator=to_operator)
    )
