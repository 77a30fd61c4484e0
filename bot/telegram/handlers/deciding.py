"""Deciding for a group: its admins choose what holds there, or everybody where they want that."""

from telegram import Message

from bot.telegram.context import Desk


async def may_decide(message: Message, desk: Desk) -> bool:
    """Whether whoever wrote this may choose for all who are here; in private they are alone.

    Who writes as the group itself is one of its admins.
    """
    chat, chosen = message.chat, desk.services.chosen
    if chat.type == "private" or await chosen.is_decided_by_all(chat.id):
        return True
    if message.sender_chat is not None and message.sender_chat.id == message.chat_id:
        return True
    user = message.from_user
    return user is not None and await desk.services.surface.is_admin(message.chat_id, user.id)
