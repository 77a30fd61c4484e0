"""What becomes of a chat: the bot is added, promoted, demoted, removed, and groups move.

A group that becomes a supergroup goes on under another number. Telegram says so in the old chat, in
the new one, and to whoever speaks in the old one; in any order, and not each of them for certain.
Whatever comes first moves all we have.
"""

from telegram import ChatMember, ChatMemberRestricted, Message, Update
from telegram.ext import ChatMemberHandler, MessageHandler, filters

from bot.conversation.chats import move
from bot.conversation.membership import News, Standing, greet, learn
from bot.conversation.surface import Address
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.saying import say_at


def register(routes: Routes) -> None:
    """Route what Telegram says about a chat."""
    routes.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, moved))
    routes.add_handler(ChatMemberHandler(changed, ChatMemberHandler.MY_CHAT_MEMBER))


async def moved(update: Update, context: Context) -> None:
    """Move all we have of the group to where it is now."""
    message = update.effective_message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    await move(old, new, desk_of(context).services)


async def changed(update: Update, context: Context) -> None:
    """Say what the bot can see in a group, where that is news."""
    change, desk = update.my_chat_member, desk_of(context)
    if change is None or change.chat.type not in {"group", "supergroup"}:
        return
    address = Address(change.chat.id, is_group=True)
    news = await learn(
        _standing(change.old_chat_member),
        _standing(change.new_chat_member),
        address,
        change.chat.type,
        CURRENT.get(),
        desk.services,
    )
    await _tell(news, address, desk)


async def started(message: Message, desk: Desk) -> None:
    """Answer `/start` in a group, which apps send by themselves when a link adds the bot."""
    address = reading.address_of(message)
    await _tell(
        await greet(address, message.chat.type, CURRENT.get(), desk.services), address, desk
    )


async def _tell(news: News | None, address: Address, desk: Desk) -> None:
    if news is not None:
        keyboard = news.keyboard(LANGUAGE.get(), desk.services)
        await say_at(desk, address, news.text(LANGUAGE.get()), keyboard=keyboard)


def _standing(member: ChatMember) -> Standing:
    is_admin = member.status in {ChatMember.OWNER, ChatMember.ADMINISTRATOR}
    if isinstance(member, ChatMemberRestricted):
        return Standing(member.is_member, is_admin, member.can_send_messages)
    is_inside = is_admin or member.status == ChatMember.MEMBER
    return Standing(is_inside, is_admin, is_inside)
