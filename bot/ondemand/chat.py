"""Chat: sessions, queries and the messages they become."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

from bot.ondemand.agents import DIALECTS, Dialect, Offer, first_offer, next_offer
from bot.ondemand.errors import (
    AgentsRefusedError,
    BusyError,
    FailedError,
    GoneError,
    OnDemandError,
    RefusedError,
    StatusError,
    TimedOutError,
)
from bot.ondemand.http import Fields, Reply, Wire, segment
from bot.ondemand.limits import Clock, Limits, Sleep, TokenBucket
from bot.ondemand.loose import mapping, text
from bot.ondemand.models import Json, Message, Session, readable
from bot.ondemand.pages import PAGE_SIZE, Identified, Page, by_cursor
from bot.ondemand.query import Query
from bot.ondemand.stream import AnswerStream

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_Item = TypeVar("_Item", bound=Identified)

_SESSIONS = "/chat/v1/sessions"


class Chat:
    """The chat side of OnDemand.

    A session takes one query at a time: what the platform makes of two is undocumented. So
    queries of one session wait for each other here, as long as one may last and no longer. Where
    the platform refuses a query because of an earlier one, such as one whose stream was closed
    before its end or one of another process, that is a `BusyError` too. All queries together
    share the account's budget per minute, and wait for their turn.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        limits: Limits,
        dialects: tuple[Dialect, ...] = DIALECTS,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._wire = wire
        self._limits = limits
        self._dialects = dialects
        self._clock = clock
        self._sleep = sleep
        self._bucket = TokenBucket(limits.queries_per_minute, clock=clock, sleep=sleep)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def share(self, processes: int) -> None:
        """So many processes ask for this account; each has an equal part of its budget."""
        self._bucket.share(processes)

    @property
    def wait(self) -> float:
        """Seconds that a query asked now waits for the account's budget."""
        return self._bucket.wait

    async def create_session(
        self,
        external_user_id: str,
        *,
        plugins: Iterable[str] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> Session:
        """Open a session for one of our users.

        `external_user_id` is our own name for them: the platform files by it and does not
        check it, so it protects nothing. Plugins the platform will not take are left out and
        named in `dropped`. `metadata` is echoed and otherwise undocumented. (Documented, 2025;
        it answers 201 where the documents say 200.)
        """
        if not external_user_id:
            raise ValueError("a session needs an external user id")
        fields: dict[str, object] = {"externalUserId": external_user_id}
        if metadata:
            fields["contextMetadata"] = [{"key": k, "value": v} for k, v in metadata.items()]

        async def create(offer: Offer) -> object:
            return await self._wire.call("POST", _SESSIONS, body=fields | offer.fields())

        answer, offer = await self._offering(plugins, create)
        source = mapping(answer)
        return Session.from_json(mapping(source.get("data")) or source, dropped=offer.dropped)

    def sessions(
        self, *, external_user_id: str | None = None, newest_first: bool = True
    ) -> AsyncIterator[Session]:
        """The company's sessions, or one user's.

        A session is not listed before its first query (observed live, 2026-09), so this is no
        way to find one again. (Documented, 2025.)
        """
        fields = {"externalUserId": external_user_id, "sort": "desc" if newest_first else "asc"}
        return self._listed(_SESSIONS, fields, Session.from_json)

    async def session(self, session_id: str) -> Session:
        """One session, listed or not. Raises `GoneError`. (Documented, 2025.)"""
        return Session.from_json(await self._data(f"{_SESSIONS}/{segment(session_id)}"))

    async def delete_session(self, session_id: str) -> bool:
        """Forget a session; True when it is no more.

        Undocumented (observed live, 2026-09), so a platform that will not do it gets a False
        and no error. What exactly it erases, only the vendor knows.
        """
        try:
            await self._wire.call("DELETE", f"{_SESSIONS}/{segment(session_id)}")
        except GoneError:
            return True
        except StatusError as error:
            log.warning("session not deleted", extra={"session_id": session_id, "why": str(error)})
            return False
        return True

    async def ask(self, session_id: str, query: Query) -> Message:
        """Ask and wait for the whole answer.

        For short internal questions only: nothing flows meanwhile, and the edge cuts the call
        after about two minutes (observed live, 2026). Never repeated once it may have been
        accepted. Raises `FailedError` when they gave up; an answer that is not final yet is
        one for `recover()`. (Documented, 2025.)
        """
        path = f"{_SESSIONS}/{segment(session_id)}/query"

        async def submit(offer: Offer) -> object:
            body = query.body("sync", offer)
            async with self._free(session_id):
                return await self._wire.call(
                    "POST", path, body=body, seconds=self._limits.long_call, bucket=self._bucket
                )

        async with self._turn(session_id):
            answer, _ = await self._offering(_plugins_of(query), submit)
        message = Message.from_json(mapping(mapping(answer).get("data")))
        if message.status == "failed":
            raise FailedError(message.id)
        return message

    @asynccontextmanager
    async def stream(self, session_id: str, query: Query) -> AsyncIterator[AnswerStream]:
        """Ask, and read the answer as it is made.

            async with client.chat.stream(session.id, query) as answer:
                remember(answer.message_id)
                async for event in answer:
                    ...

        Entering waits for the first frame, so `answer.message_id` is known at once, and is the
        way back to the answer with `recover()` if anything breaks. Leaving before the end
        closes the connection; whether the platform then stops working is unknown. The
        query is repeated only where it is certain that it was not accepted. Plugins the
        platform would not take are left out and named in `answer.dropped`. (Documented, 2025;
        framing observed live, 2026-07 to 2026-10.)

        Entering raises any `OnDemandError`; reading raises `StreamInterruptedError` only.
        """
        path = f"{_SESSIONS}/{segment(session_id)}/query"

        async def submit(offer: Offer) -> Reply:
            body = query.body("stream", offer)
            async with self._free(session_id):
                return await self._wire.open_stream(path, body, bucket=self._bucket)

        async with self._turn(session_id):
            reply, offer = await self._offering(_plugins_of(query), submit)
            async with aclosing(reply), aclosing(reply.chunks()) as chunks:
                answer = AnswerStream(
                    chunks, session_id=session_id, limits=self._limits, started=reply.asked_at
                )
                answer.dropped, answer.refused = offer.dropped, offer.refused
                await answer.begin()
                yield answer
                await answer.part()

    async def message(self, session_id: str, message_id: str) -> Message:
        """One message: question and answer, and how far it is. Raises `GoneError`.

        (Documented, 2025.)
        """
        return Message.from_json(await self._data(_message_path(session_id, message_id)))

    def messages(self, session_id: str, *, newest_first: bool = True) -> AsyncIterator[Message]:
        """The messages of a session, media included. (Documented, 2025.)"""
        path = f"{_SESSIONS}/{segment(session_id)}/messages"
        return self._listed(path, {"sort": "desc" if newest_first else "asc"}, Message.from_json)

    async def recover(self, session_id: str, message_id: str) -> Message:
        """Fetch the answer whose stream broke, waiting while it is still being worked on.

        Looks every 2 seconds, then less often, up to every 5, for `Limits.recovery` at most.
        A look that fails in passing is followed by another. Raises `FailedError` when they gave
        up, `GoneError` when there is no such message, and `TimedOutError` when it is not final
        in time; then it may still become so.
        """
        give_up_at = self._clock() + self._limits.recovery
        pause = 2.0
        while True:
            wait = pause
            try:
                message = await self.message(session_id, message_id)
            except OnDemandError as error:
                if not error.worth_repeating:
                    raise
                wait = max(pause, error.after or 0.0)
                log.info("answer not seen", extra={"message_id": message_id, "why": str(error)})
            else:
                if message.status == "failed":
                    raise FailedError(message_id)
                if message.is_final:
                    return message
            if self._clock() + wait > give_up_at:
                raise TimedOutError(f"message {message_id} is not final yet")
            await self._sleep(wait)
            pause = min(pause * 1.3, 5.0)

    @asynccontextmanager
    async def _turn(self, session_id: str) -> AsyncIterator[None]:
        """The session's one place for a query. Raises `BusyError` after `Limits.total`."""
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        try:
            async with asyncio.timeout(self._limits.total):
                await lock.acquire()
        except TimeoutError as error:
            raise BusyError("an earlier query of the session has not ended") from error
        try:
            yield
        finally:
            lock.release()

    @asynccontextmanager
    async def _free(self, session_id: str) -> AsyncIterator[None]:
        """Turn a refusal into a `BusyError` where the platform is still at an earlier query.

        That may be one whose stream was closed before its end, or one of another process. The
        refusal is not known to say so in words, so the session is asked (`isProcessing`, observed
        live, 2026-10), and before anything is concluded about plugins.
        """
        try:
            yield
        except RefusedError as error:
            if _is_plain(error) and await self._is_busy(session_id):
                raise BusyError("an earlier query of the session is still at work") from error
            raise

    async def _is_busy(self, session_id: str) -> bool:
        """Whether the session says so. A session that cannot be asked does not."""
        try:
            return (await self.session(session_id)).is_processing
        except OnDemandError:
            return False

    async def _offering(
        self, plugins: Iterable[str], send: Callable[[Offer], Awaitable[_T]]
    ) -> tuple[_T, Offer]:
        """Send a call with its plugins, and with what is left of them while they are refused."""
        offer = first_offer(plugins, self._dialects)
        while True:
            try:
                return await send(offer), offer
            except RefusedError as error:
                following = _after_refusal(offer, error)
                if following is None:
                    raise
                log.warning(
                    "plugins refused", extra={"dropped": following.dropped, "why": str(error)}
                )
                offer = following

    async def _data(self, path: str) -> Json:
        return mapping(mapping(await self._wire.call("GET", path)).get("data"))

    def _listed(
        self, path: str, fields: Fields, read: Callable[[Json], _Item]
    ) -> AsyncIterator[_Item]:
        async def fetch(cursor: str | None) -> Page[_Item]:
            params = {**fields, "cursor": cursor, "limit": PAGE_SIZE}
            answer = mapping(await self._wire.call("GET", path, params=params))
            return Page(
                readable(answer.get("data"), read),
                next=text(mapping(answer.get("pagination")).get("next")),
            )

        return by_cursor(fetch)


def _message_path(session_id: str, message_id: str) -> str:
    return f"{_SESSIONS}/{segment(session_id)}/messages/{segment(message_id)}"


def _plugins_of(query: Query) -> Iterable[str]:
    return () if query.fulfillment_only else query.plugins


def _after_refusal(offer: Offer, error: RefusedError) -> Offer | None:
    """What to offer next, where the refusal may be about plugins at all.

    A plain 400 may be: some endpoints refuse any plugin without naming one (observed live,
    2026-07). A call that is refused costs nothing, so asking once more is cheap.
    """
    if isinstance(error, AgentsRefusedError):
        return next_offer(offer, error.agents)
    return next_offer(offer, ()) if _is_plain(error) else None


def _is_plain(error: RefusedError) -> bool:
    """Whether it is a 400 that says nothing we understand."""
    return type(error) is RefusedError and error.status == 400
