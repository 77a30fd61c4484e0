"""An interpreter for two who speak: `/translate voice es`, and what becomes of voice notes then."""

import asyncio
from collections.abc import Mapping
from typing import cast

from telegram import Message, Update
from telegram.ext import MessageHandler, filters

from bot.conversation.interpret import END, interpret, interpret_between, told
from bot.conversation.listen import Listener
from bot.conversation.quotas import NoTranslationsLeftError
from bot.conversation.tongues import named
from bot.conversation.translate import Reader
from bot.conversation.translation_choices import Pair
from bot.storage import JSON
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, desk_of
from bot.telegram.handlers.asking import calls_us
from bot.telegram.handlers.deciding import may_decide
from bot.telegram.handlers.entering import let_in, say_no_translations_left
from bot.telegram.handlers.meaning import meant_in
from bot.telegram.handlers.saying import say_at, say_in
from bot.telegram.handlers.text import asked


def register(routes: Routes) -> None:
    """Route voice notes, which are interpreted where that is wanted."""
    routes.add_handler(MessageHandler(filters.UpdateType.MESSAGE & filters.VOICE, spoken))


async def switch(words: str, message: Message, desk: Desk) -> None:
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
    async with meant_in(cast("Mapping[str, JSON]", about), who, turn, desk) as meant:
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
                await say_no_translations_left(who, turn, desk, reply_to=where)


async def _calls_us_in_group(message: Message, desk: Desk) -> bool:
    """Whether a recording in a group is for the bot and nobody else there."""
    return message.chat.type != "private" and await calls_us(message, desk)
