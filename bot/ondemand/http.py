"""The wire: the one module that knows how HTTP is spoken.

Everything above it speaks of paths, JSON and `OnDemandError`. Redirects are never followed and
cookies never kept, since the key would travel with the one and state with the other.
"""

import asyncio
import json
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterator,
    Mapping,
)
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast

import httpx

from bot.ondemand import errors
from bot.ondemand.breaker import Breaker
from bot.ondemand.limits import Limits, TokenBucket
from bot.ondemand.loose import parse
from bot.ondemand.replies import error_for, retry_after
from bot.ondemand.retries import repeating

#: The seam for tests and for special routes: whatever carries requests.
Transport = httpx.AsyncBaseTransport
#: None leaves a field out.
Fields = Mapping[str, str | int | None]
#: File name, bytes and content type.
File = tuple[str, bytes, str]

#: What the assistant needs to answer at all; everything else is beside it.
_CHAT = ("/chat/", "/config/")

#: Of an unhappy answer more than this is not worth reading. Bytes.
_COMPLAINT = 65_536


def segment(value: str) -> str:
    """An id as a piece of a path. Raises ValueError for what cannot be an id.

    An empty one would ask for the whole collection, and one with dots or slashes for something
    else entirely.
    """
    if not re.fullmatch(r"[\w-]{1,128}", value, re.ASCII):
        raise ValueError("not an id of OnDemand")
    return value


class Reply:
    """An answer whose body is still coming. Close it, whatever happens."""

    def __init__(
        self, response: httpx.Response, body: AsyncIterable[bytes], *, asked_at: float
    ) -> None:
        self.content_type = response.headers.get("content-type", "").lower()
        #: When the request went out, by the event loop's clock.
        self.asked_at = asked_at
        self._response = response
        self._body = body

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The body, piece by piece, as it comes."""
        with _translated():
            async for chunk in self._body:
                yield chunk

    async def aclose(self) -> None:
        """Close the connection, unless the body was read to its end."""
        await self._response.aclose()


@dataclass(frozen=True, slots=True)
class Outside:
    """What an address outside of OnDemand answered."""

    status: int
    body: AsyncIterable[bytes]

    async def read(self, *, limit: int) -> bytes | None:
        """The whole body as it was sent; None if it is more than so many bytes."""
        with _translated():
            return await _read(self.body, limit)


class Wire:
    """Carries calls to OnDemand, with the key, and fetches results, without it."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        user_agent: str,
        limits: Limits,
        breaker: Breaker,
        transport: Transport | None = None,
    ) -> None:
        self._limits = limits
        self._breaker = breaker
        # Reading and writing have no limit here: whoever waits watches the whole call's clock,
        # which a server sending a byte now and then cannot put off.
        self._times = httpx.Timeout(None, connect=limits.connect, pool=limits.connect)
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"apikey": api_key, "User-Agent": user_agent},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=self._times,
            # A connection for every answer that grows; the account's pace bounds their number.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            follow_redirects=False,
            transport=transport,
        )
        # Results are fetched below the level of httpx's client: no proxy, no default headers,
        # no decompression, no kept connection, and no log line with a signed address in it.
        self._outside = transport or httpx.AsyncHTTPTransport(
            trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()
        await self._outside.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Fields | None = None,
        body: Mapping[str, object] | None = None,
        form: Fields | None = None,
        file: File | None = None,
        seconds: float | None = None,
        bucket: TokenBucket | None = None,
    ) -> object:
        """Make one call and return its JSON; None for an empty body.

        GET and DELETE are repeated after any failure that may pass, other calls only where it
        is certain that nothing happened. Each attempt takes a token of the `bucket`, if there is
        one, and then at most `seconds`.

        Raises `OutageError` while the platform is away; nobody has waited for a token then.
        """
        request = self._request(method, path, params=params, body=body, form=form, file=file)
        time_limit = seconds or self._limits.call
        is_aside = not path.startswith(_CHAT)

        async def attempt() -> object:
            await self._take_turn(bucket)
            with self._breaker.watching(is_aside=is_aside):
                try:
                    async with asyncio.timeout(time_limit):
                        reply = await self._send(request())
                        try:
                            return await self._json(reply)
                        finally:
                            await reply.aclose()
                except TimeoutError as error:
                    raise errors.TimedOutError(
                        f"no answer within {time_limit:g} seconds"
                    ) from error

        return await repeating(attempt, idempotent=method != "POST", limits=self._limits)

    async def open_stream(
        self, path: str, body: Mapping[str, object], *, bucket: TokenBucket
    ) -> Reply:
        """Post a query and return its streamed answer as soon as it was accepted.

        Repeated only where it is certain that the query was not accepted; each attempt takes a
        token of the `bucket`. Raises `OutageError` while the platform is away.
        """
        request = self._request("POST", path, body=body, accept="text/event-stream")

        async def attempt() -> Reply:
            await self._take_turn(bucket)
            with self._breaker.watching():
                try:
                    async with asyncio.timeout(self._limits.first_byte):
                        reply = await self._send(request())
                except TimeoutError as error:
                    raise errors.TimedOutError("no answer to the query in time") from error
                if "html" in reply.content_type or "json" in reply.content_type:
                    await reply.aclose()
                    raise errors.MalformedError("asked for a stream, got a page")
                return reply

        return await repeating(attempt, idempotent=False, limits=self._limits)

    async def _take_turn(self, bucket: TokenBucket | None) -> None:
        """Wait until the account's budget has room; not for a call that would be turned away."""
        if bucket is not None:
            self._breaker.check()
            await bucket.take()

    @asynccontextmanager
    async def outside(self, url: str, *, host: str, name: str) -> AsyncIterator[Outside]:
        """Get an address outside of OnDemand, untouched.

        The URL names the machine by its address; `host` is what it calls itself in HTTP, and
        `name` what its certificate must say. Nothing of ours is sent along. The caller watches
        the clock.
        """
        with _translated():
            request = httpx.Request(
                "GET",
                url,
                headers={"Host": host, "Accept": "*/*", "Accept-Encoding": "identity"},
                extensions={"sni_hostname": name, "timeout": self._times.as_dict()},
            )
            response = await self._outside.handle_async_request(request)
        try:
            # An async transport gives async streams, which the library's types do not say.
            yield Outside(response.status_code, cast(AsyncIterable[bytes], response.stream))
        finally:
            await response.aclose()

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Fields | None = None,
        body: Mapping[str, object] | None = None,
        form: Fields | None = None,
        file: File | None = None,
        accept: str = "application/json",
    ) -> Callable[[], httpx.Request]:
        """What builds the request, anew for each attempt."""
        content = None if body is None else _encoded(body)
        headers = {"Accept": accept} | ({"Content-Type": "application/json"} if body else {})
        return lambda: self._client.build_request(
            method,
            path,
            params=_present(params),
            content=content,
            data=_present(form),
            files=None if file is None else {"file": file},
            headers=headers,
        )

    async def _send(self, request: httpx.Request) -> Reply:
        asked_at = asyncio.get_running_loop().time()
        with _translated():
            response = await self._client.send(request, stream=True)
        reply = Reply(response, response.aiter_bytes(), asked_at=asked_at)
        if response.is_success:
            return reply
        try:
            complaint = await _complaint(reply)
        finally:
            await reply.aclose()
        raise error_for(
            response.status_code,
            complaint,
            trace_id=response.headers.get("x-trace-id", ""),
            after=retry_after(response.headers.get("retry-after"), now=datetime.now(UTC)),
        )

    async def _json(self, reply: Reply) -> object:
        body = await _read(reply.chunks(), self._limits.body)
        if body is None:
            raise errors.MalformedError(f"an answer of more than {self._limits.body} bytes")
        if not body.strip():
            return None
        try:
            return parse(body)
        except ValueError:
            # Not `from` the parser's error, which quotes the answer.
            raise errors.MalformedError(f"{len(body)} bytes that are not JSON") from None


async def _read(chunks: AsyncIterable[bytes], limit: int) -> bytes | None:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


async def _complaint(reply: Reply) -> str:
    """The beginning of an unhappy answer, as much as comes."""
    body = bytearray()
    with suppress(errors.OnDemandError):  # The status is known and says enough.
        async for chunk in reply.chunks():
            body += chunk
            if len(body) >= _COMPLAINT:
                break
    return body[:_COMPLAINT].decode("utf-8", "replace")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the library's failures into ours."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise errors.UnreachableError("no connection") from error
    except httpx.TimeoutException as error:
        raise errors.TimedOutError("the line went silent") from error
    except (httpx.DecodingError, httpx.InvalidURL) as error:
        raise errors.MalformedError("a body or an address that cannot be read") from error
    except httpx.TransportError as error:
        raise errors.DisconnectedError("the line broke") from error


def _encoded(body: Mapping[str, object]) -> bytes:
    """JSON in UTF-8. Half a surrogate pair in somebody's words becomes a question mark."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def _present(fields: Fields | None) -> dict[str, str] | None:
    if fields is None:
        return None
    return {key: str(value) for key, value in fields.items() if value is not None}
