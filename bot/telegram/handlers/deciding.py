"""Deciding for a group: its admins choose what holds there, or everybody where they want that."""

from telegram import Message

from bot.conversation.deciding import is_among_those_who_decide
from bot.telegram.context import Desk


async def may_decide(message: Message, desk: Desk) -> bool:
    """Whether whoever wrote this may choose for all who are here; in private they are alone.

    Who writes as the group itself is one of its admins.
    """
    chat, user, services = message.chat, message.from_user, desk.services
    if chat.type == "private":
        return True
    if message.sender_chat is not None and message.sender_chat.id == chat.id:
        return True
    return user is not None and (
        await is_among_those_who_decide(user.id, chat.id, services)
        or await services.surface.is_admin(chat.id, user.id)
    )
