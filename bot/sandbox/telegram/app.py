"""The Bot API as an ASGI app: `/bot<token>/<method>`, `/file/bot<token>/<path>`, and the controls.

Written without a router on the way of a call, since load tests send thousands a second.
"""

import asyncio
import inspect
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.server import reset_connection
from bot.sandbox.telegram.behaviours import DOWNLOAD
from bot.sandbox.telegram.bodies import read_body
from bot.sandbox.telegram.cloud import Cloud
from bot.sandbox.telegram.facts import METHODS
from bot.sandbox.telegram.methods import HANDLERS, fetching, whispering
from bot.sandbox.telegram.readers import Upload
from bot.sandbox.telegram.refusals import VOICE_FORBIDDEN, Refusal, not_simulated
from bot.sandbox.telegram.schema import read_call
from bot.sandbox.telegram.traces import Call, Violation

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{3,}")
# What the bot cannot know beforehand, and is no mistake of its own.
_INNOCENT = {401, 403, 409}


async def perform(
    cloud: Cloud, call: Call, values: Mapping[str, Any], files: Mapping[str, Upload]
) -> Any:
    """Check a call and do it. Raises `Refusal`, which has been written down then."""
    try:
        if call.method not in HANDLERS:
            return _not_simulated(cloud, call, values, files)
        call.parameters, remarks = read_call(call.method, values, files)
        cloud.current = call
        for remark in remarks:
            cloud.remark(remark)
        result = HANDLERS[call.method](cloud, call.parameters)
        return await result if inspect.isawaitable(result) else result
    except Refusal as refusal:
        _note(cloud, call, refusal)
        raise


async def obey(cloud: Cloud, method: str, values: Mapping[str, Any]) -> None:
    """Do the call a webhook's answer brought; nobody hears how it went.

    Methods that ask for something, or change how updates are fetched, are not done this way.
    """
    call = cloud.record(METHODS.get(method.lower(), method), values)
    if call.method.startswith("get") or call.method in fetching.HANDLERS:
        return
    cloud.witness.hears(call, is_over=False)
    try:
        await perform(cloud, call, values, {})
    except Refusal as refusal:
        call.error = refusal.description
    finally:
        cloud.witness.hears(call, is_over=True)


def _not_simulated(
    cloud: Cloud, call: Call, values: Mapping[str, Any], files: Mapping[str, Upload]
) -> Any:
    if call.method not in METHODS.values():
        raise Refusal(404, "method not found")
    call.parameters, _ = read_call(call.method, values, files)
    raise not_simulated(call.method)


def _note(cloud: Cloud, call: Call, refusal: Refusal) -> None:
    if refusal.code in _INNOCENT or "migrate_to_chat_id" in refusal.parameters:
        return
    if str(refusal) == VOICE_FORBIDDEN:
        return
    if call.method in whispering.HANDLERS:
        return  # It is how a bot finds out whether there are whispers at all.
    kind = {429: "flood", 501: "not simulated"}.get(refusal.code, "refused")
    cloud.violations.append(Violation(kind, refusal.description, call))


class BotApi:
    """Answers the calls of one bot."""

    def __init__(self, cloud: Cloud, controls: ASGIApp) -> None:
        self._cloud = cloud
        self._controls = controls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, by its path."""
        path: str = scope["path"]
        if path.startswith("/bot"):
            token, _, method = path.removeprefix("/bot").partition("/")
            await self._call(token, method, scope, receive, send)
        elif path.startswith("/file/bot"):
            token, _, name = path.removeprefix("/file/bot").partition("/")
            await self._download(token, name, scope, send)
        else:
            await self._controls(scope, receive, send)

    async def _call(
        self, token: str, method: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        name = METHODS.get(method.lower(), method)
        call = self._cloud.record(name, {})
        try:
            self._admit(token)
            values, files = await self._read(call, scope, receive)
            self._cloud.witness.hears(call, is_over=False)
            body = await self._do(call, values, files, scope)
        except Refusal as refusal:
            call.status, call.error = refusal.code, refusal.description
            body = json.dumps(refusal.to_json()).encode()
        finally:
            self._cloud.witness.hears(call, is_over=True)
        await _answer(send, call.status or 200, body)

    def _admit(self, token: str) -> None:
        if token != self._cloud.token:
            raise Refusal(401 if _TOKEN.fullmatch(token) else 404, "")

    async def _read(
        self, call: Call, scope: Scope, receive: Receive
    ) -> tuple[dict[str, Any], dict[str, Upload]]:
        try:
            values, files = await read_body(scope, receive)
        except Refusal as refusal:
            _note(self._cloud, call, refusal)
            raise
        call.parameters = values
        return values, files

    async def _do(
        self, call: Call, values: Mapping[str, Any], files: Mapping[str, Upload], scope: Scope
    ) -> bytes:
        """Do a call with whatever is armed around it; gives the body of the answer."""
        board, chat = self._cloud.board, values.get("chat_id")
        if not board.armed:
            result = await perform(self._cloud, call, values, files)
            return self._succeed(call, result)
        if slow := board.take("slow", call.method, chat):
            await asyncio.sleep(slow["seconds"])
        if hang := board.take("hang", call.method, chat):
            await asyncio.sleep(hang["seconds"])
            return await _broken_off(scope)
        if board.take("reset", call.method, chat) is not None:
            return await _broken_off(scope)
        if gateway := board.take("bad_gateway", call.method, chat):
            call.status = gateway["status"]
            return _html(gateway["status"])
        if refusal := board.take_refusal(call.method, chat):
            raise refusal
        result = await perform(self._cloud, call, values, files)
        if late := board.take("answer_late", call.method, chat):
            await asyncio.sleep(late["seconds"])
        if board.take("answer_lost", call.method, chat) is not None:
            return await _broken_off(scope)
        if board.take("null_result", call.method, chat) is not None:
            result = None
        if board.take("message_id_zero", call.method, chat) is not None:
            result = {**result, "message_id": 0}
        body = self._succeed(call, result)
        if board.take("broken_json", call.method, chat) is not None:
            return body[: len(body) // 2]
        return body

    def _succeed(self, call: Call, result: Any) -> bytes:
        call.status = 200
        if call.method == "getUpdates" and result is not None:
            return b'{"ok":true,"result":[' + b",".join(result) + b"]}"
        return json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode()

    async def _download(self, token: str, path: str, scope: Scope, send: Send) -> None:
        call = self._cloud.record(DOWNLOAD, {"file_path": path})
        self._cloud.witness.hears(call, is_over=False)
        try:
            content = self._find(token, path)
            call.status = 200
            await self._send(content, scope, send)
        except Refusal as refusal:
            call.status, call.error = refusal.code, refusal.description
            await _answer(send, refusal.code, json.dumps(refusal.to_json()).encode())
        finally:
            self._cloud.witness.hears(call, is_over=True)

    async def _send(self, content: bytes, scope: Scope, send: Send) -> None:
        """Send a file, with what is armed for files."""
        await _start(send, 200, b"application/octet-stream", len(content))
        half, board = len(content) // 2, self._cloud.board
        slow = board.take("file_slow", DOWNLOAD, None)
        cut = board.take("file_cut", DOWNLOAD, None) is not None
        if slow or cut:
            await send(_piece(content[:half], more=True))
            # What was only just written is lost with the connection.
            await asyncio.sleep(slow["seconds"] if slow else _A_MOMENT)
            content = content[half:]
        if cut:
            await reset_connection(scope)
        await send(_piece(content))

    def _find(self, token: str, path: str) -> bytes:
        stored = self._cloud.files.by_path.get(path)
        if token != self._cloud.token:
            raise Refusal(401, "")
        if stored is None or self._cloud.board.take("file_gone", DOWNLOAD, None) is not None:
            raise Refusal(404, "")
        return stored.content


_A_MOMENT = 0.02  # seconds


async def _broken_off(scope: Scope) -> bytes:
    await reset_connection(scope)
    return b""


def _html(status: int) -> bytes:
    phrase = HTTPStatus(status).phrase
    return f"<html><head><title>{status} {phrase}</title></head></html>".encode()


async def _answer(send: Send, status: int, body: bytes) -> None:
    kind = b"text/html" if body.startswith(b"<") else b"application/json"
    await _start(send, status, kind, len(body))
    await send(_piece(body))


async def _start(send: Send, status: int, kind: bytes, size: int) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})


def _piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
