"""What stands behind which path."""

from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.health import Health
from bot.web.http import Answer, Receive, Scope, Send
from bot.web.webhook import Webhook

_JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_TEXT = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


class Door:
    """An ASGI app: the webhook where there is one, `/healthz`, `/readyz` and `/metrics`."""

    def __init__(
        self,
        *,
        health: Health,
        registry: CollectorRegistry,
        count: Callable[[], Awaitable[None]],
        webhook: Webhook | None = None,
        path: str = "",
    ) -> None:
        """`count` brings up to date what is counted only when somebody looks."""
        self._health = health
        self._registry = registry
        self._count = count
        self._webhook = webhook
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and (answer := await self._answer(scope, receive)):
            await answer.send(send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | None:
        path, method = scope["path"], scope["method"]
        if self._webhook is not None and path == self._path:
            return await self._webhook(scope, receive)
        if path not in {"/healthz", "/readyz", "/metrics"}:
            return Answer(404, is_last=True)
        if method not in {"GET", "HEAD"}:
            return Answer(405, headers={"Allow": "GET, HEAD"}, is_last=True)
        if path == "/healthz":
            return Answer(200, b"alive\n", _TEXT)
        if path == "/readyz":
            is_ready, told = await self._health.report()
            return Answer(200 if is_ready else 503, told, _JSON)
        await self._count()
        return Answer(200, generate_latest(self._registry), {"Content-Type": CONTENT_TYPE_LATEST})
