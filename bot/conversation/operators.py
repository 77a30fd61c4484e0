"""The menu of commands that only operators see: who has it, and who has it no longer to have.

A menu of one chat goes before the one for everybody and never changes by itself. So it is written
down who has one, with what they chose.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.conversation.services import Services
from bot.storage import Transaction

#: The setting of a person whose chat has the menu.
_HAS_MENU: Final = "operator menu"


async def known_operators(services: Services) -> Mapping[int, str]:
    """The operators who have written to the bot, each with the language to speak with them."""
    told: dict[int, str | None] = {}
    async with services.store.read() as tx:
        for operator in sorted(services.door.operators):
            user = await tx.users.find(operator)
            if user is not None and await tx.chats.find(operator) is not None:
                told[operator] = user.language
    return {
        operator: await services.chosen.language_of(operator, language)
        for operator, language in told.items()
    }


async def former_operators(services: Services) -> Sequence[int]:
    """Who has the menu and is no operator any more."""
    async with services.store.read() as tx:
        having = await tx.settings.users_with(_HAS_MENU)
    return [user for user in having if user not in services.door.operators]


async def gets_menu(user: int, tx: Transaction) -> bool:
    """Write down that this person, who is known, gets the menu. Said before it is set."""
    await tx.settings.set_for_user(user, _HAS_MENU, True)
    return True


async def lost_menu(user: int, tx: Transaction) -> None:
    """Write down that this person no longer has it."""
    await tx.settings.set_for_user(user, _HAS_MENU, None)
