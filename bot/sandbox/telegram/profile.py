"""What the bot says of itself: its commands, names and descriptions, per scope and language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Who sees a list of commands: the type of a scope with its chat and user, if it names any.
Scope = tuple[str, object, object]
Commands = Sequence[Mapping[str, Any]]

EVERYWHERE: Scope = ("default", None, None)


def scope_of(scope: Mapping[str, Any] | None) -> Scope:
    """Return a scope as a key; none given means everywhere."""
    if not scope:
        return EVERYWHERE
    return (scope["type"], scope.get("chat_id"), scope.get("user_id"))


@dataclass(slots=True)
class Profile:
    """The bot's business card."""

    commands: dict[tuple[Scope, str], Commands] = field(default_factory=dict)
    #: `name`, `description` and `short_description`, by language.
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Menu buttons by chat; that of everybody under None.
    menu_buttons: dict[int | None, Mapping[str, Any]] = field(default_factory=dict)
    admin_rights: dict[bool, Mapping[str, Any]] = field(default_factory=dict)

    def text(self, which: str, language: str) -> str:
        """Return a text in a language, or the one for everybody."""
        return self.texts.get((which, language)) or self.texts.get((which, ""), "")

    def menu(self, scopes: Sequence[Scope], language: str) -> Commands:
        """Return the commands somebody is shown: the narrowest scope that has any.

        `scopes` run from narrow to wide; in each the person's language comes before all languages.
        """
        for scope in (*scopes, EVERYWHERE):
            for spoken in (language, ""):
                if (commands := self.commands.get((scope, spoken))) is not None:
                    return commands
        return ()
