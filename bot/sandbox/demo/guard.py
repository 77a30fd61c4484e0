"""Who may ask the page's server, and what every answer says about itself.

It listens on loopback, where any page of the web can reach it through somebody's browser: by its
address, or by a name of its own that suddenly means this machine. So only names of this machine
are answered, and only what comes from our own page may change anything.
"""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_HOST = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?")
_HARMLESS = ("GET", "HEAD")


class Guard:
    """Stands before an app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it with a sentence."""

        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = refuse(scope["method"], Headers(scope=scope))
        app = JSONResponse({"error": refusal[1]}, refusal[0]) if refusal else self._app
        await app(scope, receive, signed)


def refuse(method: str, headers: Headers) -> tuple[int, str] | None:
    """Return the status and the reason to refuse a request with, or None for one that may go on.

    A program that is no browser sends neither `Origin` nor `Sec-Fetch-Site`, and is no danger.
    """
    host = headers.get("host", "").lower()
    if not _HOST.fullmatch(host):
        return 421, "This server answers to names of this machine only, such as 127.0.0.1."
    if method in _HARMLESS:
        return None
    origin = headers.get("origin")
    is_ours = origin is None or (urlsplit(origin).scheme == "http" and _host_of(origin) == host)
    if not is_ours or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return 403, "Only the page of this server may do this."
    return None


def _host_of(origin: str) -> str:
    return urlsplit(origin).netloc.lower()
