"""An interpreter between two languages: what one says aloud, the other reads and hears."""

import asyncio
from typing import Final

from bot.conversation.detection import detect
from bot.conversation.live_reply import acting
from bot.conversation.phrases import closest, say
from bot.conversation.services import Services
from bot.conversation.showing import show
from bot.conversation.speak import Speaker, speak_in
from bot.conversation.surface import Address, Ref
from bot.conversation.tongues import flag, name_of
from bot.conversation.translatable import as_markdown
from bot.conversation.translate import Reader, translated
from bot.conversation.translation_choices import INTERPRETED, Pair
from bot.conversation.turns import Turn
from bot.conversation.voice import VoiceChoice
from bot.storage import JSON, Transaction

#: What `/translate` is followed by, and what ends it.
WORD: Final = "voice"
END: Final = "off"


async def interpret_between(
    pair: Pair | None, address: Address, chat_kind: str, turn: Turn, services: Services
) -> None:
    """Interpret voice notes here from now on, or no longer. Once for each turn."""

    async def choose(tx: Transaction) -> bool:
        chat = await tx.chats.meet(address.chat, kind=chat_kind, at=services.clock.now())
        kept: JSON = list(pair) if pair else None
        await tx.settings.set_for_chat(chat.id, INTERPRETED, kept, topic_id=address.topic or 0)
        return True

    await turn.step_in("interpreting", choose)
    await services.chosen.forget(address.chat)


def told(pair: Pair | None, language: str) -> str:
    """What is said when interpreting begins or ends."""
    if pair is None:
        return say("interpreting off", language)
    return say("interpreting", language, names=" ⇄ ".join(name_of(each, language) for each in pair))


def other(heard: str, pair: Pair) -> str:
    """The language of the pair that somebody did not speak; where that is unsure, the first."""
    return pair[1] if detect(heard, pair) == pair[0] else pair[0]


async def interpret(
    heard: str,
    pair: Pair,
    reader: Reader,
    address: Address,
    voice: VoiceChoice,
    turn: Turn,
    services: Services,
    *,
    reply_to: Ref,
) -> None:
    """Show what was said in the other language, and say it. Each is paid for once.

    Raises what translating and the surface raise.
    """
    to = await asyncio.to_thread(other, heard, pair)
    async with acting(services.surface, address, "typing", services.clock):
        words = await translated(heard, to, reader, services)
        line = as_markdown(f"{flag(to) or to.upper()} {words}")
        await show(line, address, turn, services, reply_to=reply_to, heard=heard)
    language = closest(to)
    async with Speaker(
        voice.voice, language=language, user=reader.user, services=services, group=reader.group
    ) as speaker:
        await speak_in(
            address, speaker, words, turn, services, language=language, reply_to=reply_to
        )
