"""Where a choice of plugins holds: in one conversation, or wherever its person or group talks."""

from dataclasses import dataclass

from bot.conversation.plugins import CHOICE, PluginChoice
from bot.conversation.settings import chosen_at, keep_at
from bot.conversation.surface import Address
from bot.storage import Conversation, Transaction


@dataclass(frozen=True, slots=True)
class ChoiceHere:
    """The choice that holds in a conversation, and where it is kept."""

    choice: PluginChoice
    address: Address
    #: Whose it is outside a group.
    user: int
    #: The conversation that has it for itself; `None` where it holds in all of them.
    conversation: int | None

    async def keep(self, choice: PluginChoice, tx: Transaction) -> None:
        """Let this hold instead, and nowhere else than before."""
        if self.conversation is None:
            await keep_at(self.address, self.user, CHOICE, choice.to_json(), tx)
        else:
            await tx.conversations.choose_plugins(self.conversation, choice.to_json())


async def choice_here(
    conversation: Conversation | None, address: Address, user: int, tx: Transaction
) -> ChoiceHere:
    """What holds in this conversation; without one, what holds in all that chose nothing."""
    if conversation is not None and conversation.plugins is not None:
        own = PluginChoice.from_json(conversation.plugins)
        return ChoiceHere(own, address, user, conversation.id)
    kept = (await chosen_at(address, user, tx)).get(CHOICE)
    return ChoiceHere(PluginChoice.from_json(kept), address, user, None)
