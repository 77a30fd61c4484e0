"""Saying one of our own sentences, once for each turn."""

import contextlib

from telegram import Message

from bot.conversation.phrases import say
from bot.conversation.surface import Address, Ref, UncertainError
from bot.telegram import reading
from bot.telegram.context import CURRENT, Desk


async def say_in(desk: Desk, message: Message, phrase: str, **values: object) -> None:
    """Say this where the message is, as a reply to it in a group."""
    address = reading.address_of(message)
    reply_to = reading.ref_of(message) if address.is_group else None
    await say_at(desk, address, say(phrase, **values), reply_to=reply_to)


async def say_at(
    desk: Desk, address: Address, markdown: str, *, reply_to: Ref | None = None
) -> None:
    """Say this there. A turn that is begun again does not say it again.

    Nor does it when no word comes back: what is worth saying twice is an answer.
    """
    surface = desk.services.surface

    async def post() -> bool:
        for part in surface.format(markdown):
            with contextlib.suppress(UncertainError):
                await surface.post(address, part, reply_to=reply_to)
        return True

    await CURRENT.get().step("said", post)
