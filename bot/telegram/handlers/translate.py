"""Translation: `/translate`, and what its menu of languages wishes for."""

import asyncio
from collections.abc import Mapping
from typing import cast

from telegram import Update

from bot.conversation.access import Visitor
from bot.conversation.interpret import WORD
from bot.conversation.listen import Listener
from bot.conversation.live_reply import acting
from bot.conversation.phrases import say
from bot.conversation.quotas import NoTranslationsLeftError
from bot.conversation.read_along import Meant
from bot.conversation.showing import show
from bot.conversation.surface import Ref
from bot.conversation.tongues import TONGUES, name_of
from bot.conversation.translate import Reader, says_something, shown_as, translated
from bot.conversation.translation_request import request_in
from bot.delivery import Turn
from bot.storage import JSON
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of, on_command
from bot.telegram.handlers import interpret
from bot.telegram.handlers.entering import let_in, say_no_translations_left
from bot.telegram.handlers.meaning import meant_by, meant_in, usual_tongue
from bot.telegram.handlers.menus import open_here
from bot.telegram.wishes import Wish


def register(routes: Routes) -> None:
    """Route `/translate`."""
    on_command(routes, "translate", translate)


async def translate(update: Update, context: Context) -> None:
    """Translate what is said behind the command, or in the message that it replies to."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    visitor, here = reading.visitor(message, message.from_user), reading.ref_of(message)
    where = here if visitor.address.is_group else None
    turn, language = CURRENT.get(), LANGUAGE.get()
    entered = await let_in(
        visitor, turn, desk, language=language, reply_to=where, is_question=False
    )
    if entered is None:
        return
    first, _, rest = reading.argument_of(message).partition(" ")
    if first.casefold() == WORD:
        await interpret.switch(rest.strip(), message, desk)
        return
    original = reading.original_of(message)
    # What languages are called is read from files when it is first asked.
    wanted = await asyncio.to_thread(
        request_in, reading.argument_of(message), is_reply=original is not None, speaks=language
    )
    about: dict[str, JSON] = {"text": wanted.text}
    if original is not None and not wanted.text:
        quote = message.quote.text if message.quote else None
        about = {"text": quote} if quote else meant_by(original, desk)
        where = reading.ref_of(original)
    if wanted.unknown:
        state: JSON = {"unknown": wanted.unknown, "near": list(wanted.near), "text": wanted.text}
        await open_here("translate", state, update, desk, about=where)
        return
    if original is None and not wanted.text:
        state = {"is_empty": True, "to": wanted.language}
        await open_here("translate", state, update, desk, about=where)
        return
    who = Listener(visitor.user, visitor.address, here, language)
    async with meant_in(about, who, turn, desk) as meant:
        if meant is None:
            return
        to = wanted.language or await usual_tongue(meant.text, visitor, desk)
        if to is None and says_something(meant.text):
            # They can read it. So it is to be translated for somebody else.
            await open_here("translate", {"text": wanted.text}, update, desk, about=where)
        else:
            await _tell(meant, to, who, turn, desk, reply_to=where)


async def fulfil(wished: Wish, turn: Turn, desk: Desk) -> None:
    """Translate what somebody chose a language for with a button."""
    about = cast("Mapping[str, JSON]", wished.about or {})
    visitor = Visitor(wished.user, None, wished.address, wished.chat_kind)
    to = about.get("to")
    if not isinstance(to, str) or to not in TONGUES:
        return
    if not await let_in(visitor, turn, desk, language=wished.language, is_question=False):
        return
    menu = Ref(wished.address.chat, wished.message)
    if not about.keys() & {"text", "answer", "sound"}:
        gone = say("translate gone", wished.language)
        await show(gone, wished.address, turn, desk.services, instead_of=(menu,))
        return
    who = Listener(wished.user, wished.address, menu, wished.language)
    async with meant_in(about, who, turn, desk) as meant:
        if meant is not None:
            instead_of = () if about.get("is_below") else (menu,)
            await _tell(meant, to, who, turn, desk, instead_of=instead_of)


async def _tell(
    meant: Meant,
    to: str | None,
    who: Listener,
    turn: Turn,
    desk: Desk,
    *,
    reply_to: Ref | None = None,
    instead_of: tuple[Ref, ...] = (),
) -> None:
    """Show it in this language, or say why there is nothing to show."""
    services, language = desk.services, who.language
    markdown, heard = say("translate nothing", language), ""
    if to is not None and says_something(meant.text):
        async with acting(services.surface, who.address, "typing", services.clock):
            reader = Reader(who.user, who.address.group)
            try:
                words = await translated(meant.text, to, reader, services)
            except NoTranslationsLeftError:
                await say_no_translations_left(
                    who, turn, desk, reply_to=reply_to, instead_of=instead_of
                )
                return
        same = say("translate same", language, name=name_of(to, language))
        markdown = shown_as(words, meant.text, is_markdown=meant.is_markdown) or same
        heard = meant.text if meant.is_heard else ""
    await show(
        markdown,
        who.address,
        turn,
        services,
        reply_to=reply_to,
        instead_of=instead_of,
        heard=heard,
    )
