"""The platform as an ASGI app: the edge, the gateway, and the operations behind them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.ondemand import chat, control, lists, media, refusals, services
from bot.sandbox.ondemand.asking import Ask
from bot.sandbox.ondemand.company import STORAGE, Call, Company
from bot.sandbox.ondemand.query import submit_query
from bot.sandbox.ondemand.refusals import Refusal
from bot.sandbox.server import reset_connection

Handler = Callable[[Ask], Awaitable[Response]]

_SESSION = "/chat/v1/sessions/{session_id}"
_FILE = "/media/v1/public/file"
_SERVICE = "/services/v1/public/service/execute/"

#: Every operation: its name, method, path and handler.
OPERATIONS: tuple[tuple[str, str, str, Handler], ...] = (
    ("create_session", "POST", "/chat/v1/sessions", chat.create_session),
    ("list_sessions", "GET", "/chat/v1/sessions", chat.list_sessions),
    ("get_session", "GET", _SESSION, chat.get_session),
    ("delete_session", "DELETE", _SESSION, chat.delete_session),
    ("submit_query", "POST", f"{_SESSION}/query", submit_query),
    ("list_messages", "GET", f"{_SESSION}/messages", chat.list_messages),
    ("get_message", "GET", f"{_SESSION}/messages/{{message_id}}", chat.get_message),
    ("create_media", "POST", _FILE, media.create_media),
    ("upload_media", "POST", f"{_FILE}/raw", media.upload_media),
    ("list_media", "GET", _FILE, media.list_media),
    ("delete_media", "DELETE", f"{_FILE}/{{file_id}}", media.delete_media),
    ("list_plugins", "GET", "/plugin/v1/list", lists.list_plugins),
    ("list_endpoints", "GET", "/config/v1/public/endpoints", lists.list_endpoints),
    ("speech_to_text", "POST", f"{_SERVICE}speech_to_text", services.speech_to_text),
    ("text_to_speech", "POST", f"{_SERVICE}text_to_speech", services.text_to_speech),
    ("translate", "POST", f"{_SERVICE}language_translation", services.translate_text),
)
#: Whatever a stored file is, the storage calls it a stream of bytes.
_BYTES = "application/octet-stream"
_SERVICES = ("/chat/v1/", "/media/v1/", "/plugin/v1/", "/config/v1/", "/services/v1/")


def build(company: Company) -> ASGIApp:
    """Return the app that plays the platform for this company."""
    routes = [_route(*operation) for operation in OPERATIONS]
    app = Starlette(
        routes=[*routes, *control.ROUTES, Route(STORAGE + "{rest:path}", _storage)],
        exception_handlers={Refusal: _refused, 404: _unknown, 405: _wrong_method},
    )
    app.state.company = company
    return _Gate(app, company, routes)


def _route(name: str, method: str, path: str, handle: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        return await handle(Ask(request))

    route = Route(path, endpoint, methods=[method], name=name)
    # Starlette adds HEAD to every GET; the platform was never asked.
    route.methods = {method}
    return route


class _Gate:
    """What a request passes before it gets to its operation, and what is written down about it.

    The edge looks at the User-Agent, the gateway at the route and then at the key. After that come
    the behaviours that act on the way.
    """

    def __init__(self, app: ASGIApp, company: Company, routes: list[Route]) -> None:
        self._app = app
        self._company = company
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith((STORAGE, "/sandbox/")):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        call = self._company.record(
            scope["method"],
            path,
            self._operation(scope),
            request.headers.get("apikey", ""),
            request.url.query,
        )
        scope["state"]["call"] = call
        self._company.watch(call, False)
        try:
            await self._answer(request, call, receive, send)
        finally:
            self._company.watch(call, True)

    async def _answer(self, request: Request, call: Call, receive: Receive, send: Send) -> None:
        scope, taken = request.scope, await _take_in(receive)
        if taken is None:
            return
        answer: ASGIApp = self._app
        try:
            await self._admit(request, call)
        except Refusal as refusal:
            answer = refusal.response()
        except ConnectionResetError:
            await reset_connection(scope)
            return
        await answer(scope, taken, self._noting(send, scope, call))

    async def _admit(self, request: Request, call: Call) -> None:
        board, key = self._company.switchboard, request.headers.get("apikey")
        if not request.headers.get("user-agent"):
            raise refusals.banned_signature()
        if not call.operation:
            return  # The routing says it better: no such route, or not this method.
        if key is None:
            raise refusals.no_key()
        if not key:
            raise refusals.empty_key()
        if self._company.keys and key not in self._company.keys:
            if call.path.startswith(_SERVICE):
                raise refusals.invalid_service_key(self._company.new_id())
            raise refusals.invalid_key()
        if slow := board.take("slow", call.operation, key):
            await asyncio.sleep(slow["seconds"])
        if hang := board.take("hang", call.operation, key):
            await asyncio.sleep(hang["seconds"])
            raise ConnectionResetError
        if board.take("reset", call.operation, key) is not None:
            raise ConnectionResetError
        if refusal := board.take_refusal(call.operation, key):
            raise refusal

    def _operation(self, scope: Scope) -> str:
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                return route.name
        return ""

    def _noting(self, send: Send, scope: Scope, call: Call) -> Send:
        """Write down the status, unless nobody can get it any more, and sign what goes out."""
        trace = self._company.new_id()

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start" and not scope["state"].get("is_reset"):
                call.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["server"] = "cloudflare"
                headers["x-trace-id"] = trace
            await send(message)

        return note


async def _take_in(receive: Receive) -> Receive | None:
    """Take a request in as a whole; gives what hands it on, or None where its sender broke off.

    The gateway does so before anybody looks at it: what was sent is done, even if its sender has
    lost patience meanwhile.
    """
    messages: list[Message] = []
    while not messages or messages[-1].get("more_body"):
        messages.append(await receive())
        if messages[-1]["type"] == "http.disconnect":
            return None

    async def hand_on() -> Message:
        return messages.pop(0) if messages else await receive()

    return hand_on


async def _storage(request: Request) -> Response:
    """Give the file behind a signed URL to whoever has it."""
    company: Company = request.app.state.company
    path = request.scope["raw_path"].decode()
    try:
        content = company.open(path, request.url.query)
    except KeyError:
        return Response(status_code=404)
    except LookupError:
        raise refusals.expired_link() from None
    if pause := company.pause_of(path):
        told = {"content-length": str(len(content))}
        return StreamingResponse(_in_halves(content, pause), headers=told, media_type=_BYTES)
    return Response(content, media_type=_BYTES)


async def _in_halves(content: bytes, pause: float) -> AsyncIterator[bytes]:
    half = len(content) // 2
    yield content[:half]
    await asyncio.sleep(pause)
    yield content[half:]


async def _refused(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101  # Registered for nothing else.
    return refusal.response()


async def _unknown(request: Request, _error: Exception) -> Response:
    known = request.url.path.startswith(_SERVICES)
    return (refusals.unknown_route() if known else refusals.no_route()).response()


async def _wrong_method(_request: Request, _error: Exception) -> Response:
    return refusals.wrong_method().response()
