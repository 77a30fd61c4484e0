"""Who chooses for a group beside its admins: everybody who is let in, where they want that."""

from bot.conversation.services import Services


async def is_among_those_who_decide(user: int, group: int, services: Services) -> bool:
    """Whether everybody chooses here, and this person may use the bot.

    What is switched on for a group costs the operator, who lets people in.
    """
    if not await services.chosen.is_decided_by_all(group):
        return False
    async with services.store.read() as tx:
        return await services.door.is_open_to(user, tx)
