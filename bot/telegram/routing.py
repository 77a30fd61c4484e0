"""A turn of delivery, through the library's handlers, to our use cases; and what follows a failure.

The library swallows what handlers raise. Here it is collected and raised again, or a turn that
failed would be settled as done.
"""

import json
import logging
from contextvars import ContextVar

from telegram import Bot, Update
from telegram.ext import ApplicationBuilder

from bot.conversation.judge import judge
from bot.conversation.phrases import say
from bot.conversation.surface import Address, BarredError
from bot.delivery import PostponedError, Turn, Work
from bot.telegram.context import CURRENT, Context, Desk, Routes, give_desk
from bot.telegram.handlers import admin, menu, text
from bot.telegram.handlers.saying import say_at
from bot.telegram.intake import topic_of

log = logging.getLogger(__name__)

#: What the handlers of the current turn raised.
_RAISED: ContextVar[list[Exception]] = ContextVar("raised")


def build_routes(bot: Bot) -> Routes:
    """Every handler, on an application that neither polls nor serves: both are ours."""
    routes: Routes = ApplicationBuilder().bot(bot).updater(None).job_queue(None).build()
    admin.register(routes)
    menu.register(routes)
    text.register(routes)
    routes.add_error_handler(_collect)
    return routes


async def _collect(update: object, context: Context) -> None:
    if isinstance(context.error, Exception):
        _RAISED.get().append(context.error)


class Router:
    """Does the work of turns, and says so when one is given up."""

    def __init__(self, routes: Routes, desk: Desk) -> None:
        self._routes = routes
        self._desk = desk
        give_desk(routes, desk)

    def work(self) -> Work:
        """What delivery needs to know."""
        return Work(do=self._do, give_up=self._give_up)

    async def _do(self, turn: Turn) -> None:
        CURRENT.set(turn)
        try:
            await self._route(turn)
        except Exception as error:
            verdict = judge(error)
            if verdict.try_again:
                if verdict.after is not None:
                    raise PostponedError(verdict.after) from error
                raise
            level = logging.ERROR if verdict.is_operators else logging.WARNING
            log.log(level, "turn refused", exc_info=error, extra={"update": turn.entry.update_id})
            if verdict.phrase is not None:
                await self._tell(turn, verdict.phrase)

    async def _route(self, turn: Turn) -> None:
        if turn.entry.kind == "again":
            await text.again(turn.entry.payload, turn, self._desk)
            return
        raised: list[Exception] = []
        _RAISED.set(raised)
        update = Update.de_json(json.loads(turn.entry.payload or "{}"), self._routes.bot)
        await self._routes.process_update(update)
        if raised:
            raise raised[0]

    async def _give_up(self, turn: Turn, error: Exception | None) -> None:
        """Tell the person, once, that their message will not be answered."""
        CURRENT.set(turn)
        verdict = judge(error) if error is not None else None
        if verdict is None or verdict.phrase is not None:
            await self._tell(turn, verdict.phrase if verdict and verdict.phrase else "gave up")

    async def _tell(self, turn: Turn, phrase: str) -> None:
        address = _address_in(turn.entry.payload)
        if address is None:
            return
        try:
            await say_at(self._desk, address, say(phrase, ref=reference(turn)))
        except BarredError:
            log.info("nobody left to tell", extra={"update": turn.entry.update_id})


def reference(turn: Turn) -> str:
    """A short word that a person can read out and an operator finds in the log."""
    return f"{abs(turn.entry.update_id):x}"


def _address_in(payload: str | None) -> Address | None:
    """Where whoever is concerned reads: found in the raw update, which may make no sense."""
    update = json.loads(payload or "{}")
    if wish := update.get("again"):
        return Address(wish["chat"], wish["topic"], is_group=wish["is_group"])
    for kind in ("message", "edited_message"):
        try:
            chat = update[kind]["chat"]
            topic = topic_of(update[kind])
            return Address(int(chat["id"]), topic or None, is_group=chat["type"] != "private")
        except (KeyError, TypeError, ValueError):
            continue
    return None
