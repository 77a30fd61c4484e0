"""Messages that one person of a group sees alone: "ephemeral", since Bot API 10.2.

An older server would show them to everybody, since it passes over parameters it does not know. So
it is asked first, once, for a method that came with them.
"""

import logging
from typing import Any

from telegram import Bot, LinkPreviewOptions, Message
from telegram.error import BadRequest, EndPointNotFound, TelegramError

from bot.conversation.surface import Address
from bot.telegram.failures import translate

log = logging.getLogger(__name__)


class Whispers:
    """Whether the server knows of such messages, and how they are sent."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._are_known: bool | None = None

    async def are_known(self, chat: int, user: int) -> bool:
        """Whether they can be sent. Raises `SurfaceError` where the server does not tell."""
        if self._are_known is None:
            self._are_known = await self._probe(chat, user)
            log.info("whispers", extra={"known": self._are_known})
        return self._are_known

    async def send(self, address: Address, user: int, press: str, words: dict[str, Any]) -> None:
        """Show the words to who pressed this button a moment ago. Raises `TelegramError`.

        One that comes back with a number of its own is seen by all of the group: it is taken back,
        and it was the last.
        """
        message: Message = await self._bot.send_message(
            address.chat,
            message_thread_id=address.topic,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            api_kwargs={
                "ephemeral_message_parameters": {
                    "receiver_user_id": user,
                    "callback_query_id": press,
                }
            },
            **words,
        )
        if message.message_id:
            self._are_known = False
            await self._bot.delete_message(address.chat, message.message_id)
            raise BadRequest("a whisper was heard by all")

    async def _probe(self, chat: int, user: int) -> bool:
        none = {"chat_id": chat, "receiver_user_id": user, "ephemeral_message_id": 1}
        try:
            await self._bot.do_api_request("deleteEphemeralMessage", api_kwargs=none)
        except EndPointNotFound:
            return False
        except BadRequest:
            return True  # There is no such message, which takes knowing them.
        except TelegramError as error:
            raise translate(error) from error
        return True
