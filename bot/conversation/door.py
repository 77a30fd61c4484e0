"""The door, as the operator set it: who may come in, and the links that lead there."""

from dataclasses import dataclass
from typing import Final, Literal

#: Who may ask: everybody; who was invited or let in; who was let in.
Mode = Literal["open", "invite", "allowlist"]

#: What the word behind `/start` begins with in a link that invites.
INVITED: Final = "invite_"


@dataclass(frozen=True, slots=True)
class Door:
    """How this bot is entered."""

    mode: Mode = "open"
    #: What the bot is called on Telegram, without the @.
    bot: str = ""

    def link(self, token: str) -> str:
        """The link of an invitation."""
        return f"https://t.me/{self.bot}?start={INVITED}{token}"
