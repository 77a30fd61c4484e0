"""Saying one of our own sentences, once for each turn."""

import contextlib
from dataclasses import replace

from telegram import Message

from bot.conversation.chats import move
from bot.conversation.phrases import say
from bot.conversation.surface import Address, Keyboard, LostError, MovedError, Ref, UncertainError
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Desk


async def say_in(desk: Desk, message: Message, phrase: str, **values: object) -> None:
    """Say this where the message is, as a reply to it in a group.

    It is said in the language of whoever the turn is for.
    """
    address = reading.address_of(message)
    reply_to = reading.ref_of(message) if address.is_group else None
    await say_at(desk, address, say(phrase, LANGUAGE.get(), **values), reply_to=reply_to)


async def say_at(
    desk: Desk,
    address: Address,
    markdown: str,
    *,
    reply_to: Ref | None = None,
    instead_of: Ref | None = None,
    keyboard: Keyboard = (),
    step: str = "said",
) -> None:
    """Say this there. A turn that is begun again does not say it again.

    Nor does it when no word comes back: what is worth saying twice is an answer. `instead_of` is a
    message of ours to change instead, if it still can be.
    """

    async def post() -> bool:
        with contextlib.suppress(UncertainError):
            try:
                await _post(desk, address, markdown, reply_to, instead_of, keyboard)
            except MovedError as error:
                await move(address.chat, error.to, desk.services)
                await _post(desk, replace(address, chat=error.to), markdown, None, None, keyboard)
        return True

    await CURRENT.get().step(step, post)


async def _post(
    desk: Desk,
    address: Address,
    markdown: str,
    reply_to: Ref | None,
    instead_of: Ref | None,
    keyboard: Keyboard,
) -> None:
    surface = desk.services.surface
    parts = list(surface.format(markdown))
    if instead_of is not None:
        try:
            await surface.edit(instead_of, parts[0])
        except LostError:
            pass
        else:
            del parts[0]
    for part in parts:
        await surface.post(address, part, reply_to=reply_to, keyboard=keyboard)
