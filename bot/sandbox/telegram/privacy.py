"""Which messages of a group a bot gets to see."""

from bot.sandbox.telegram.utf16 import part
from bot.sandbox.telegram.world import Chat, Message, User


def reaches(bot: User, message: Message, *, privacy: bool) -> bool:
    """Say whether the bot is sent this message.

    With privacy mode on, the default of Telegram, a bot that is no administrator sees commands
    meant for it, replies to its own messages, and service messages; a mention alone does not reach
    it. A bare command reaches it where no other bot is, or where it was the last bot to write.
    """
    chat = message.chat
    if chat.is_private:
        return not chat.is_blocked
    member = chat.member(bot)
    if not member.is_inside:
        return False
    if member.is_admin or not privacy or message.is_service:
        return True
    if message.reply_to and message.reply_to.sender is bot:
        return True
    return any(_is_meant(command, bot, chat) for command in _commands(message))


def _commands(message: Message) -> list[str]:
    content = message.content
    text = content.get("text") or content.get("caption") or ""
    return [
        part(text, entity["offset"], entity["length"])
        for entity in content.get("entities") or content.get("caption_entities") or ()
        if entity["type"] == "bot_command"
    ]


def _is_meant(command: str, bot: User, chat: Chat) -> bool:
    _, at, username = command.partition("@")
    if at:
        return username.lower() == (bot.username or "").lower()
    others = [
        m for m in chat.members.values() if m.user.is_bot and m.is_inside and m.user is not bot
    ]
    return not others or chat.last_bot is bot
