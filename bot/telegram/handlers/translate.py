"""Translation: `/translate`, the button under what can be read, and `/mylanguage`."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from telegram import Message, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.conversation.access import Refusal, Visitor, enter
from bot.conversation.chats import answer_shown_by
from bot.conversation.detection import detect
from bot.conversation.interpret import END, WORD, interpret, interpret_between, told
from bot.conversation.listen import Listener, Sound, listening
from bot.conversation.live_reply import acting
from bot.conversation.phrases import say
from bot.conversation.quotas import NoTranslationsLeftError, OverQuotaError, until_reset
from bot.conversation.read_along import BUTTON, Meant, bring, originals_of, read_to
from bot.conversation.surface import Ref
from bot.conversation.tongues import TONGUES, name_of, named
from bot.conversation.translate import Reader, says_something, show, shown_as, translated
from bot.conversation.translation_choices import Pair
from bot.conversation.translation_request import request_in
from bot.conversation.usage import tell_of_translations
from bot.conversation.usage_report import length
from bot.delivery import Turn
from bot.storage import JSON
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.asking import calls_us
from bot.telegram.handlers.deciding import may_decide
from bot.telegram.handlers.entering import let_in
from bot.telegram.handlers.menus import open_here
from bot.telegram.handlers.pressing import (
    answer_in,
    answer_press,
    end_press,
    meant_by,
    message_of,
    wish,
)
from bot.telegram.handlers.saying import say_at, say_in
from bot.telegram.handlers.text import asked
from bot.telegram.wishes import Wish


def register(routes: Routes) -> None:
    """Route `/translate`, `/mylanguage`, the button, and the `/start` of links it leads to."""
    new = filters.UpdateType.MESSAGE
    linked = new & filters.ChatType.PRIVATE & filters.Regex(r"^/start\S*\s+t[mp]_")
    routes.add_handler(CommandHandler("start", follow_link, filters=linked))
    routes.add_handler(CommandHandler("mylanguage", show_menu, filters=new))
    notes = filters.UpdateType.MESSAGE & filters.VOICE
    routes.add_handler(MessageHandler(notes, spoken))
    routes.add_handler(CallbackQueryHandler(pressed, pattern=f"^{BUTTON}$"))
    routes.add_handler(CommandHandler("translate", translate, filters=new))


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
        await _interpret(rest.strip(), message, desk)
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
    async with _meant(about, who, turn, desk) as meant:
        if meant is None:
            return
        to = wanted.language or await _usual(meant.text, visitor, desk)
        if to is None and says_something(meant.text):
            # They can read it. So it is to be translated for somebody else.
            await open_here("translate", {"text": wanted.text}, update, desk, about=where)
        else:
            await _tell(meant, to, who, turn, desk, reply_to=where)


async def _interpret(words: str, message: Message, desk: Desk) -> None:
    """Interpret between this language and the person's own, or no longer."""
    services, turn, language, user = desk.services, CURRENT.get(), LANGUAGE.get(), message.from_user
    if not await may_decide(message, desk):
        await say_in(desk, message, "press admins")
        return
    pair: Pair | None = None
    if words.casefold() != END and user is not None:
        to = await asyncio.to_thread(named, words)
        mine = (await services.chosen.of(user.id)).tongue(user.language_code)
        if to is None or to == mine:
            await say_in(desk, message, "interpreting how")
            return
        pair = (to, mine)
    address = reading.address_of(message)
    await interpret_between(pair, address, message.chat.type, turn, services)
    where = reading.ref_of(message) if address.is_group else None
    await say_at(desk, address, told(pair, language), reply_to=where)


async def spoken(update: Update, context: Context) -> None:
    """A voice note: interpreted where that is wanted, and otherwise as any other recording."""
    message, desk = update.effective_message, desk_of(context)
    if message is None or message.from_user is None:
        return
    address, user = reading.address_of(message), message.from_user
    pair = await desk.services.chosen.interpreted_at(address)
    sound = reading.sound_of(message)
    if pair is None or sound is None or user.is_bot or await _calls_us_in_group(message, desk):
        await asked(update, context)
        return
    visitor, here = reading.visitor(message, user), reading.ref_of(message)
    turn, language = CURRENT.get(), LANGUAGE.get()
    where = here if address.is_group else None
    entered = await let_in(
        visitor, turn, desk, language=language, reply_to=where, is_question=False
    )
    if entered is None:
        return
    who = Listener(user.id, address, here, language)
    about: JSON = {"sound": [sound.file, sound.name, sound.size, sound.seconds]}
    async with _meant(cast("Mapping[str, JSON]", about), who, turn, desk) as meant:
        if meant is not None:
            reader = Reader(user.id, address.group)
            try:
                await interpret(
                    meant.text,
                    pair,
                    reader,
                    address,
                    entered.voice,
                    turn,
                    desk.services,
                    reply_to=here,
                )
            except NoTranslationsLeftError:
                await _tell_of_limit(who, turn, desk, reply_to=where)


async def _calls_us_in_group(message: Message, desk: Desk) -> bool:
    """Whether a recording in a group is for the bot and nobody else there."""
    return message.chat.type != "private" and await calls_us(message, desk)


async def show_menu(update: Update, context: Context) -> None:
    """Show what the person reads, to be changed in place."""
    await open_here("reads", {}, update, desk_of(context))


async def follow_link(update: Update, context: Context) -> None:
    """Bring the translation that was too long for a pop-up."""
    message, desk = update.effective_message, desk_of(context)
    if message is not None:
        address = reading.address_of(message)
        start = reading.argument_of(message)
        await bring(start, address, CURRENT.get(), desk.services, LANGUAGE.get())


async def pressed(update: Update, context: Context) -> None:
    """The button: in a group for whoever presses it alone, in private as a message."""
    query, desk = update.callback_query, desk_of(context)
    if query is None:
        return
    message, user, services = message_of(query), query.from_user, desk.services
    if message is None:
        await answer_press(query, "press old")
        return
    address, turn = reading.address_of(message), CURRENT.get()
    visitor = Visitor(user.id, user.language_code, address, message.chat.type)
    entered = await enter(visitor, desk.haste, turn, services, is_question=False)
    if isinstance(entered, Refusal):
        await end_press(query, say(entered.phrase, LANGUAGE.get(), **entered.values))
        return
    meant = await _above(message, desk)
    if address.is_group:
        mine = (await services.chosen.of(user.id)).tongue(user.language_code)
        reader = Reader(user.id, address.group)
        shown = await read_to(
            meant,
            mine,
            reader,
            turn,
            services,
            language=LANGUAGE.get(),
            at=address,
            press=query.id,
        )
        url = f"https://t.me/{desk.me.username}?start={shown.start}" if shown.start else None
        await end_press(query, shown.toast or None, is_read=True, url=url)
    elif meant is None:
        await answer_press(query, "press old")
    elif to := await _usual(meant.text, visitor, desk):
        about: JSON = {"to": to, "answer": message.message_id, "is_below": True}
        await wish("translate", query, update.update_id, desk, about=about)
    else:
        await open_here("translate", {}, update, desk, about=reading.ref_of(message))
        await answer_press(query)


async def _above(message: Message, desk: Desk) -> Meant | None:
    """What the button is about: the answer above it, or what the message above replies to."""
    answer = await answer_in(message, desk)
    if answer is not None:
        return Meant(answer.answer, is_markdown=True)
    several = await originals_of([message.message_id], message.chat_id, desk.services)
    original = reading.original_of(message)
    if several is None and original is None:
        return None
    return Meant(several or reading.words_of(cast("Message", original)))


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
    async with _meant(about, who, turn, desk) as meant:
        if meant is not None:
            instead_of = () if about.get("is_below") else (menu,)
            await _tell(meant, to, who, turn, desk, instead_of=instead_of)


async def _usual(text: str, visitor: Visitor, desk: Desk) -> str | None:
    """What is translated into where nobody says it: what the group reads, else the person.

    None where the text is in all of that.
    """
    chosen = desk.services.chosen
    here = await chosen.translation_at(visitor.address)
    mine = (await chosen.of(visitor.user)).tongue(visitor.language)
    read = [*here.languages, mine]
    spoken = await asyncio.to_thread(detect, text, read)
    return next((tongue for tongue in read if tongue != spoken), None)


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
                await _tell_of_limit(who, turn, desk, reply_to=reply_to, instead_of=instead_of)
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


async def _tell_of_limit(
    who: Listener,
    turn: Turn,
    desk: Desk,
    *,
    reply_to: Ref | None = None,
    instead_of: tuple[Ref, ...] = (),
) -> None:
    """Say that nothing is left of their day: once an hour, and in a menu that waits always."""
    services = desk.services
    if instead_of or await tell_of_translations(who.user, turn, services):
        words = say("limit translations", who.language, **until_reset(services.clock.now()))
        await show(words, who.address, turn, services, reply_to=reply_to, instead_of=instead_of)


@asynccontextmanager
async def _meant(
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
