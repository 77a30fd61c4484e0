"""Deciding for a group: what holds for everybody there is for its admins to choose."""

from telegram import Message

from bot.telegram.context import Desk


async def may_decide(message: Message, desk: Desk) -> bool:
    """Whether whoever wrote this may choose for all who are here; in private they are alone.

    Who writes as the group itself is one of its admins.
    """
    if message.chat.type == "private":
        return True
    if message.sender_chat is not None and message.sender_chat.id == message.chat_id:
        return True
    user = message.from_user
    return user is not None and await desk.services.surface.is_admin(message.chat_id, user.id)
