"""A turn of delivery, through the library's handlers, to our use cases; and what follows a failure.

The library swallows what handlers raise. Here it is collected and raised again, or a turn that
failed would be settled as done.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram import Bot, Update
from telegram.ext import ApplicationBuilder

from bot.conversation.alerts import alert
from bot.conversation.judge import judge
from bot.conversation.outage import LONGEST, OutlastedError, kept_for
from bot.conversation.phrases import say
from bot.conversation.surface import Address, BarredError, Ref, UnreachableError
from bot.conversation.usage import refund
from bot.delivery import HopelessError, PostponedError, Turn, Work
from bot.storage import APOLOGISED, REFUSED
from bot.telegram import reading
from bot.telegram.context import CURRENT, LANGUAGE, Context, Desk, Routes, give_desk
from bot.telegram.handlers import (
    admin,
    chats,
    files,
    interpret,
    membership,
    menu,
    menus,
    plugins,
    privacy,
    read_along,
    settings,
    text,
    translate,
    usage,
    voice,
)
from bot.telegram.handlers.saying import say_at
from bot.telegram.intake import moment_of, topic_of
from bot.telegram.wishes import Kind, Wish

log = logging.getLogger(__name__)

#: Telegram keeps updates for a day. What is older was replayed, or waited here while the bot was
#: away, and nobody expects an answer any more.
_TOO_OLD = timedelta(hours=25)

#: Seconds after which a turn is begun again that did not reach Telegram.
_AWAY = 30.0

#: Who does what a wish asks for.
_GRANTED: Mapping[Kind, Callable[[Wish, Turn, Desk], Awaitable[None]]] = {
    "again": text.again,
    "listen": voice.read_out,
    "sample": voice.read_out,
    "history": chats.tell,
    "translate": translate.fulfil,
    "broadcast": admin.send_broadcasts,
}

#: What the handlers of the current turn raised.
_RAISED: ContextVar[list[Exception]] = ContextVar("raised")


def build_routes(bot: Bot) -> Routes:
    """Every handler, on an application that neither polls nor serves: both are ours."""
    routes: Routes = ApplicationBuilder().bot(bot).updater(None).job_queue(None).build()
    admin.register(routes)
    membership.register(routes)
    menus.register(routes)
    chats.register(routes)
    settings.register(routes)
    read_along.register(routes)
    interpret.register(routes)
    translate.register(routes)
    voice.register(routes)
    plugins.register(routes)
    files.register(routes)
    usage.register(routes)
    privacy.register(routes)
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
        with self._outlasting(turn):
            await self._attempt(turn)

    async def _attempt(self, turn: Turn) -> None:
        await _take_up(turn, self._desk)
        if turn.entry.kind != "broadcast" and self._age(turn) > _TOO_OLD:
            log.warning("update too old", extra={"update": turn.entry.update_id})
            return
        refusal = turn.recall("refused")
        if isinstance(refusal, str):
            # It was decided by an earlier attempt, which could not say so.
            await self._tell(turn, refusal)
            return
        try:
            await self._route(turn)
        except Exception as error:
            verdict = judge(error)
            if verdict.try_again:
                await self._keep_in_outage(turn, error)
                if verdict.after is not None:
                    raise PostponedError(verdict.after) from error
                raise
            level = logging.ERROR if verdict.is_operators else logging.WARNING
            fields = {"update": turn.entry.update_id, "reference": turn.reference}
            log.log(level, "turn refused", exc_info=error, extra=fields)
            if verdict.is_operators:
                await alert(error, self._desk.services, reference=turn.reference)
            turn.note(f"{REFUSED} {type(error).__name__}")
            await refund(turn, self._desk.services, error=error)
            if verdict.phrase is not None:
                await turn.remember("refused", verdict.phrase)
                await self._tell(turn, verdict.phrase)

    async def _route(self, turn: Turn) -> None:
        if wished := Wish.of(turn.entry):
            await _GRANTED[wished.kind](wished, turn, self._desk)
            return
        raised: list[Exception] = []
        _RAISED.set(raised)
        try:
            update = Update.de_json(json.loads(turn.entry.payload or "{}"), self._routes.bot)
        except Exception as error:  # Whatever the library trips over; it does so every time.
            raise HopelessError(f"cannot be read: {type(error).__name__}") from None
        await self._routes.process_update(update)
        if raised:
            raise raised[0]

    async def _keep_in_outage(self, turn: Turn, error: Exception) -> None:
        """Have the turn begun again later where OnDemand is away, and tell its person so.

        A press is not kept: whoever pressed has long gone on when it would be done.
        """
        if Wish.of(turn.entry) is not None:
            return
        try:
            kept = kept_for(error, self._desk.services.client.health, age=self._age(turn))
        except OutlastedError as outlasted:
            raise HopelessError("outlasted") from outlasted
        if kept is None:
            return
        if turn.recall("notice") is None and turn.recall("shown") is None:
            await self._tell(turn, "unreachable", step="kept")
        raise PostponedError(kept, is_counted=False) from error

    @contextmanager
    def _outlasting(self, turn: Turn) -> Iterator[None]:
        """Have the turn begun again later where Telegram is away: nobody can be told so.

        That is nobody's doing, so the attempt is not counted, up to a day later.
        """
        try:
            yield
        except UnreachableError as error:
            if self._age(turn) >= LONGEST:
                raise
            raise PostponedError(_AWAY, is_counted=False) from error

    def _age(self, turn: Turn) -> timedelta:
        """How long ago it happened that this turn is about, or an operator had it tried again."""
        moment = moment_of(json.loads(turn.entry.payload or "{}"))
        happened = datetime.fromtimestamp(moment, UTC) if moment else turn.entry.accepted_at
        return self._desk.services.clock.now() - (turn.reopened_at or happened)

    async def _give_up(self, turn: Turn, error: Exception | None) -> None:
        """Tell the person, once, that their message will not be answered."""
        await _take_up(turn, self._desk)
        verdict = judge(error) if error is not None else None
        try:
            if verdict is None or verdict.phrase is not None:
                with self._outlasting(turn):
                    await self._tell(
                        turn, verdict.phrase if verdict and verdict.phrase else "gave up"
                    )
        finally:
            await refund(turn, self._desk.services, error=error)

    async def _tell(self, turn: Turn, phrase: str, *, step: str = APOLOGISED) -> None:
        wished = Wish.of(turn.entry)
        address = wished.address if wished else _address_in(turn.entry.payload)
        if address is None:
            return
        if isinstance(moved := turn.recall("moved"), int):
            address = replace(address, chat=moved)
        # What says that the question is kept is no longer true.
        notice = turn.recall("notice")
        try:
            await say_at(
                self._desk,
                address,
                say(phrase, LANGUAGE.get(), ref=turn.reference),
                reply_to=_question_in(turn.entry.payload, address),
                instead_of=Ref(address.chat, notice) if isinstance(notice, int) else None,
                step=step,
            )
        except BarredError:
            log.info("nobody left to tell", extra={"update": turn.entry.update_id})


async def _take_up(turn: Turn, desk: Desk) -> None:
    """Let handlers find the turn, and the language of whoever it is for.

    This is the one place where a person becomes a language: the one they chose, else the one that
    their app speaks.
    """
    CURRENT.set(turn)
    update = json.loads(turn.entry.payload or "{}")
    language, person = reading.language_in(update), reading.person_in(update)
    if person is not None:
        language = await desk.services.chosen.language_of(person, language)
    LANGUAGE.set(language)


def _address_in(payload: str | None) -> Address | None:
    """Where whoever is concerned reads: found in the raw update, which may make no sense."""
    update = json.loads(payload or "{}")
    try:
        message = _message_in(update)
        chat = message["chat"]
        topic = topic_of(message)
        return Address(int(chat["id"]), topic or None, is_group=chat["type"] != "private")
    except (KeyError, TypeError, ValueError):
        return None


def _question_in(payload: str | None, address: Address) -> Ref | None:
    """The message that nobody answers, where others read along and want to know which it was."""
    try:
        message = _message_in(json.loads(payload or "{}"))
        is_there = address.is_group and message["chat"]["id"] == address.chat
        return Ref(address.chat, int(message["message_id"])) if is_there else None
    except (KeyError, TypeError, ValueError):
        return None


def _message_in(update: Mapping[str, Any]) -> Mapping[str, Any]:
    message: Mapping[str, Any] = update.get("message") or update["edited_message"]
    return message
