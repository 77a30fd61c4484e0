"""The door, as the operator set it: who may come in, and the links that lead there."""

from dataclasses import dataclass
from typing import Final, Literal

from bot.storage import ADMITTED, Guests, Transaction

#: Who may ask: everybody; who was invited or let in; who was let in.
Mode = Literal["open", "invite", "allowlist"]

#: What the word behind `/start` begins with in a link that invites.
INVITED: Final = "invite_"


@dataclass(frozen=True, slots=True)
class Door:
    """How this bot is entered."""

    mode: Mode = "open"
    #: Who runs the bot, by their numbers. They come in always, and nobody else reads `/admin`.
    operators: frozenset[int] = frozenset()
    #: What the bot is called on Telegram, without the @.
    bot: str = ""

    def is_operator(self, user: int) -> bool:
        """Whether this person is one of those who run the bot."""
        return user in self.operators

    def lets_in(self, user: int, *, is_admitted: bool) -> bool:
        """Whether this person may use the bot. Operators and links admit people one by one."""
        return self.mode == "open" or is_admitted or self.is_operator(user)

    async def is_barred(self, user: int, tx: Transaction) -> bool:
        """Whether this person is banned, whatever the mode; operators never are."""
        return not self.is_operator(user) and await tx.bans.holds(user)

    async def is_open_to(self, user: int, tx: Transaction) -> bool:
        """Whether this person may use the bot now: let in, and not banned."""
        if await self.is_barred(user, tx):
            return False
        is_admitted = (await tx.settings.of_user(user)).get(ADMITTED) is True
        return self.lets_in(user, is_admitted=is_admitted)

    @property
    def guests(self) -> Guests:
        """Those who may come in, as the database finds them."""
        return Guests(is_everybody=self.mode == "open", operators=self.operators)

    def link(self, token: str) -> str:
        """The link of an invitation."""
        return f"https://t.me/{self.bot}?start={INVITED}{token}"
