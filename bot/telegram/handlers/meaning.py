"""What somebody wants translated, and into what where they do not say it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from telegram import Message

from bot.conversation.access import Visitor
from bot.conversation.chats import answer_shown_by
from bot.conversation.detection import detect
from bot.conversation.listen import Listener, Sound, listening
from bot.conversation.phrases import say
from bot.conversation.quotas import OverQuotaError, until_reset
from bot.conversation.read_along import Meant
from bot.conversation.showing import show
from bot.conversation.surface import Ref
from bot.conversation.usage_report import length
from bot.delivery import Turn
from bot.storage import JSON
from bot.telegram import reading
from bot.telegram.context import Desk


def meant_by(message: Message, desk: Desk) -> dict[str, JSON]:
    """What a message is, for whoever wants it translated: words, an answer of ours, a recording."""
    found: dict[str, JSON] = {"text": reading.words_of(message)}
    if reading.is_by(message, desk.me):
        return found | {"answer": message.message_id}
    if sound := reading.sound_of(message):
        return {"sound": [sound.file, sound.name, sound.size, sound.seconds]}
    return found


@asynccontextmanager
async def meant_in(
    about: Mapping[str, JSON], who: Listener, turn: Turn, desk: Desk
) -> AsyncIterator[Meant | None]:
    """What is meant: words, an answer of ours, or a recording, which is heard first.

    `None` where there is nothing, which the person was told.
    """
    text, answer, sound = (about.get(name) for name in ("text", "answer", "sound"))
    if isinstance(sound, list):
        try:
            async with listening(Sound(*cast("Any", sound)), who, turn, desk.services) as heard:
                yield Meant(heard, is_heard=True)
        except OverQuotaError as error:
            time = until_reset(desk.services.clock.now())
            words = say("limit recording", who.language, left=length(error.left), **time)
            await show(words, who.address, turn, desk.services)
            yield None
        return
    if isinstance(answer, int):
        found = await answer_shown_by(Ref(who.address.chat, answer), desk.services)
        if found is not None:
            yield Meant(found.answer, is_markdown=True)
            return
    yield Meant(text if isinstance(text, str) else "")


async def usual_tongue(text: str, visitor: Visitor, desk: Desk) -> str | None:
    """What is translated into where nobody says it: what the group reads, else the person.

    None where the text is in all of that.
    """
    chosen = desk.services.chosen
    here = await chosen.translation_at(visitor.address)
    mine = (await chosen.of(visitor.user)).tongue(visitor.language)
    read = [*here.languages, mine]
    spoken = await asyncio.to_thread(detect, text, read)
    return next((tongue for tongue in read if tongue != spoken), None)
