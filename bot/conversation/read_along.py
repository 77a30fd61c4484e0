"""A button that everybody may press, each for themselves: what stands above, in their language.

What fits pops up beside the button, and nobody else sees it. What does not is whispered where they
are, or else comes in private; where the bot may not write to them yet, a link leads there and
brings it.
"""

import base64
import binascii
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bot.conversation.phrases import say
from bot.conversation.quotas import NoTranslationsLeftError, until_reset
from bot.conversation.services import Services
from bot.conversation.showing import show
from bot.conversation.surface import Address, BarredError, Button, RefusedError
from bot.conversation.tongues import name_of
from bot.conversation.translate import Reader, says_something, shown_as, translated
from bot.conversation.turns import Turn
from bot.ondemand import OnDemandError

#: What the data of the button says.
BUTTON: Final = "translate"

#: UTF-16 code units of what pops up beside a button.
LONGEST_TOAST: Final = 200

#: What `?start=` begins with where it leads to a translation: of an answer, or of people's words.
LINKS: Final = {True: "tm_", False: "tp_"}


@dataclass(frozen=True, slots=True)
class Meant:
    """What is to be translated."""

    text: str
    #: Whether it is an answer of the assistant, which is Markdown.
    is_markdown: bool = False
    #: Whether it was said aloud.
    is_heard: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What whoever pressed gets to see beside the button, or where they are led."""

    toast: str = ""
    #: What `?start=` of a link to the bot says.
    start: str = ""


def read_button(language: str) -> Button:
    """The button under an answer, as whoever asked reads it."""
    return Button(say("translate", language), BUTTON)


async def read_to(
    meant: Meant | None,
    to: str,
    reader: Reader,
    turn: Turn,
    services: Services,
    *,
    language: str,
    at: Address,
    press: str,
) -> Shown:
    """What is meant, in the language `to`, for the one who pressed; see the module.

    `at` is where they pressed, and `press` what Telegram calls that press. `language` is what they
    are spoken to in. Raises what the surface raises, but for a private chat that is closed to us.
    """
    if meant is None:
        return Shown(say("translate gone", language))
    if not says_something(meant.text):
        return Shown(say("translate nothing", language))
    try:
        words = await translated(meant.text, to, reader, services)
    except (OnDemandError, LookupError):
        return Shown(say("translate later", language))
    except NoTranslationsLeftError:
        return Shown(say("limit translations", language, **until_reset(services.clock.now())))
    markdown = shown_as(words, meant.text, is_markdown=meant.is_markdown)
    if not markdown:
        return Shown(say("translate same", language, name=name_of(to, language)))
    parts = services.surface.format(markdown)
    plain = "\n\n".join(part.text for part in parts)
    if len(plain.encode("utf-16-le")) // 2 <= LONGEST_TOAST:
        return Shown(plain)
    if len(parts) == 1:
        with suppress(RefusedError):
            await services.surface.whisper(at, reader.user, press, parts[0])
            return Shown()
    try:
        await show(markdown, Address(reader.user), turn, services)
    except BarredError:
        return Shown(start=await _link(meant, to, services))
    return Shown(say("translate sent", language))


async def bring(
    start: str, address: Address, turn: Turn, services: Services, language: str
) -> None:
    """What a link leads to; a word about it where that is no longer kept."""
    kinds = {prefix: is_markdown for is_markdown, prefix in LINKS.items()}
    prefix, digest = start[:3], start[3:]
    try:
        key = base64.urlsafe_b64decode(f"{digest}=").hex()
    except (binascii.Error, ValueError):
        key = ""
    async with services.store.read() as tx:
        words = await tx.translations.by_key(key)
    markdown = say("translate expired", language)
    if words is not None:
        markdown = shown_as(words, "", is_markdown=kinds.get(prefix, False))
    await show(markdown, address, turn, services)


async def originals_of(posts: Sequence[int], chat: int, services: Services) -> str | None:
    """What people wrote whose translation these messages show, where several wrote at once."""
    async with services.store.read() as tx:
        originals = await tx.translation_posts.shown_by(chat, posts)
        if len(originals) < 2:
            return None
        found = [await tx.translations.find(original.source, "") for original in originals]
    return "\n".join(filter(None, found)) or None


async def _link(meant: Meant, to: str, services: Services) -> str:
    async with services.store.read() as tx:
        key = tx.translations.key_of(tx.translations.source_of(meant.text), to)
    digest = base64.urlsafe_b64encode(bytes.fromhex(key)).decode().rstrip("=")
    return LINKS[meant.is_markdown] + digest
