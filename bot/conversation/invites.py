"""Invitations: a link lets people in, once or several times, until it expires."""

from bot.conversation.access import Visitor
from bot.conversation.services import Services
from bot.conversation.turns import Turn
from bot.storage import ADMITTED, Transaction


async def come_in(token: str, visitor: Visitor, turn: Turn, services: Services) -> str:
    """Let somebody in by an invitation; a phrase says what came of it. Counted once for each turn.

    Whoever may come in anyway uses nothing up, nor does whoever is banned. They are told so once,
    and afterwards the phrase is empty.
    """

    async def enter(tx: Transaction) -> str:
        at = services.clock.now()
        await tx.users.meet(visitor.user, language=visitor.language, at=at)
        await tx.chats.meet(visitor.address.chat, kind=visitor.chat_kind, at=at)
        if await services.door.is_barred(visitor.user, tx):
            return "banned" if await tx.bans.is_news(visitor.user) else ""
        chosen = await tx.settings.of_user(visitor.user)
        if services.door.lets_in(visitor.user, is_admitted=chosen.get(ADMITTED) is True):
            return "start"
        if services.door.mode != "invite" or not await tx.invites.use(token, at=at):
            return "invite over"
        await tx.settings.set_for_user(visitor.user, ADMITTED, True)
        return "invited"

    return await turn.step_in("invited", enter)
