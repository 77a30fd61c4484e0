"""A group that writes in several languages, each of which everybody can read.

What is decided about each message is decided here, by the machine and for nothing: most need no
translation. Where one is needed, a post of ours below the message shows it. Which post belongs to
which message is kept by numbers, so that an edit of the message changes the post.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.conversation import tongues
from bot.conversation.detection import detect
from bot.conversation.quotas import NoTranslationsLeftError
from bot.conversation.read_along import BUTTON
from bot.conversation.services import Services
from bot.conversation.settings import tongue_of
from bot.conversation.showing import show
from bot.conversation.surface import Address, Button, Keyboard, Ref
from bot.conversation.translatable import as_markdown
from bot.conversation.translate import Reader, in_languages
from bot.conversation.translation_choices import GroupTranslation
from bot.conversation.turns import Turn
from bot.ondemand import OnDemandError
from bot.storage import Original

log = logging.getLogger(__name__)

#: What a post says that has only a button, and the button itself: every reader reads another
#: language, so neither has a word.
_SIGN: Final = "🌐"
_KEYBOARD: Final[Keyboard] = ((Button(_SIGN, BUTTON),),)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a person to others in a group."""

    #: Its number in the chat.
    message: int
    author: int
    #: What it says in writing, and what of that is language at all.
    text: str
    speech: str
    #: The language of the author's app, an IETF tag, where it tells one.
    told: str | None = None
    #: Whether it answers somebody or names somebody, and whether it was sent on.
    is_to_somebody: bool = False
    is_forwarded: bool = False


def missing(said: Said, chosen: GroupTranslation) -> tuple[str, ...]:
    """The languages of the group in which this message cannot be read yet.

    All of them where it cannot be told which it is in: the service finds out, and where it changes
    nothing, nothing is shown.
    """
    is_meant = (
        chosen.which == "all"
        or (chosen.which == "called" and said.is_to_somebody)
        or (chosen.which == "forwards" and said.is_forwarded)
    )
    if not (is_meant and said.speech and chosen.languages):
        return ()
    # What its author speaks is possible, too, though the group may not read it.
    among = {*chosen.languages, *filter(None, [tongue_of(said.told) if said.told else None])}
    spoken = detect(said.speech, among)
    return tuple(language for language in chosen.languages if language != spoken)


async def is_to_be_translated(said: Said, address: Address, services: Services) -> bool:
    """Whether this message, written here, needs a translation."""
    chosen = await services.chosen.translation_at(address)
    if not chosen.languages or not (await services.chosen.of(said.author)).is_translated:
        return False
    # The first time a model is read from a file.
    if not await asyncio.to_thread(missing, said, chosen):
        return False
    async with services.store.read() as tx:
        return not await services.door.is_barred(said.author, tx)


async def is_translation(ref: Ref, services: Services) -> bool:
    """Whether this message of ours shows what people wrote."""
    async with services.store.read() as tx:
        return bool(await tx.translation_posts.shown_by(ref.chat, [ref.message]))


async def translate_here(
    several: Sequence[Said], address: Address, turn: Turn, services: Services
) -> None:
    """Show one translation of what somebody wrote here at once, and keep where it stands."""
    chosen = await services.chosen.translation_at(address)
    await _show(several, (), chosen, address, turn, services)


async def translate_again(said: Said, address: Address, turn: Turn, services: Services) -> None:
    """A message was edited: what shows its translation says what it says now.

    What others show with it stays. Nothing is done where nothing was translated, or where the
    message says what it said before, nor for whoever is banned.
    """
    async with services.store.read() as tx:
        if await services.door.is_barred(said.author, tx):
            return
        posts = await tx.translation_posts.of(address.chat, said.message)
        together = await tx.translation_posts.shown_by(address.chat, posts)
        source = tx.translations.source_of(said.text)
        others = [
            (each.message, await tx.translations.find(each.source, ""))
            for each in together
            if each.message != said.message
        ]
        is_old = any(each == Original(said.message, source) for each in together)
    if not posts or (is_old and turn.recall("shown") is None):
        return
    several = [said, *(replace(said, message=n, text=t, speech=t) for n, t in others if t)]
    several.sort(key=lambda each: each.message)
    chosen = await services.chosen.translation_at(address)
    await _show(several, posts, chosen, address, turn, services)


async def _show(
    several: Sequence[Said],
    posts: Sequence[int],
    chosen: GroupTranslation,
    address: Address,
    turn: Turn,
    services: Services,
) -> None:
    markdown = await _markdown(several, chosen, address, services)
    refs: Sequence[Ref] = ()
    if markdown:
        refs = await show(
            markdown,
            address,
            turn,
            services,
            reply_to=Ref(address.chat, several[-1].message),
            instead_of=[Ref(address.chat, post) for post in posts],
            keyboard=_KEYBOARD,
        )
    else:
        for post in posts:
            await services.surface.delete(Ref(address.chat, post))
    moved = turn.recall("moved")
    chat = moved if isinstance(moved, int) else address.chat
    at = services.clock.now()
    async with services.store.begin() as tx:
        originals = [
            Original(said.message, tx.translations.source_of(said.text)) for said in several
        ]
        if len(several) > 1:
            # A button under one post is for all of them, and Telegram tells but one.
            for said, original in zip(several, originals, strict=True):
                user = said.author
                await tx.translations.keep(original.source, "", said.text, user_id=user, at=at)
        if chat == address.chat:  # Elsewhere messages have other numbers.
            shown = [ref.message for ref in refs if ref.message]
            await tx.translation_posts.keep(chat, originals, shown, at=at)


async def _markdown(
    several: Sequence[Said], chosen: GroupTranslation, address: Address, services: Services
) -> str:
    """What the post says: a line for each language, or only a sign; nothing where nothing is new.

    Where nobody can translate just now, everybody may press the button later; and where the day of
    whoever wrote it has no room for it, everybody may have it translated from their own.
    """
    wanted = await asyncio.to_thread(lambda: [missing(said, chosen) for said in several])
    if not any(wanted):
        return ""
    if chosen.how == "button":
        return _SIGN
    try:
        translations = await asyncio.gather(
            *(
                in_languages(
                    said.text,
                    languages,
                    Reader(said.author, address.group),
                    services,
                )
                for said, languages in zip(several, wanted, strict=True)
            )
        )
    except NoTranslationsLeftError:
        return _SIGN
    except OnDemandError as error:
        log.warning("group not translated", extra={"error": type(error).__name__})
        return _SIGN
    lines = {
        language: "\n".join(filter(None, (each.get(language) for each in translations)))
        for language in chosen.languages
    }
    return "\n\n".join(as_markdown(_line(code, words)) for code, words in lines.items() if words)


def _line(code: str, words: str) -> str:
    """A translation behind its flag; code in fences begins a line of its own."""
    sign = tongues.flag(code) or code.upper()
    return f"{sign}\n{words}" if words.startswith(("```", "~~~")) else f"{sign} {words}"
