"""How the platform says no: the bodies its clients were seen to get, one function each.

Chat, media and plugins answer `{"message", "errorCode"}`; the gateway in front of them and the edge
in front of that have words of their own, and not all of them speak JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

#: The error codes the platform documents for a status of the server's own.
SERVER_CODES = {
    500: "server_error",
    502: "bad_gateway",
    503: "resource_unavailable",
    504: "plugin_execution_timeout",
}


class Refusal(Exception):
    """An answer that ends the handling of a request."""

    def __init__(
        self,
        status: int,
        body: Mapping[str, Any] | str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return it as a response: JSON for an object, HTML for markup, plain text for the rest."""
        if not isinstance(self.body, str):
            return JSONResponse(dict(self.body), self.status, self.headers)
        kind = HTMLResponse if self.body.startswith("<") else PlainTextResponse
        return kind(self.body, self.status, self.headers)


def refusal(
    status: int, message: str, code: str = "", *, details: Mapping[str, Any] | None = None
) -> Refusal:
    """Return a refusal in the usual envelope."""
    body: dict[str, Any] = {"message": message}
    if code:
        body["errorCode"] = code
    if details:
        body["details"] = dict(details)
    return Refusal(status, body)


def invalid(message: str = "Input params are missing or invalid") -> Refusal:
    """A request the schema does not allow."""
    return refusal(400, message, "invalid_request")


def not_found(what: str) -> Refusal:
    """An id nobody knows, in lower case as the platform writes it: "chat session not found"."""
    return refusal(404, f"{what} not found", "not_found")


def bad_agents(kind: str, ids: Sequence[str]) -> Refusal:
    """Agents that cannot be used, named in the sentence and in the details.

    `kind` is `invalid`, `unsubscribed` or `inactive`.
    """
    trouble = "not subscribed" if kind == "unsubscribed" else kind
    message = f"One or more agents are {trouble}: {', '.join(ids)}"
    details = {f"{kind}AgentIds": list(ids)}
    return refusal(400, message, "invalid_request", details=details)


def no_key() -> Refusal:
    """The `apikey` header is missing."""
    return refusal(401, "No API key header", "unauthenticated")


def empty_key() -> Refusal:
    """The `apikey` header is there and empty: the platform stumbles."""
    return refusal(500, "An unexpected error occurred", "server_error")


def invalid_key() -> Refusal:
    """The key is nobody's."""
    return refusal(401, "Invalid API Key", "unauthenticated")


def invalid_service_key(request_id: str) -> Refusal:
    """The key is nobody's, as the gateway of the services says it: without a code."""
    return Refusal(401, {"message": "Unauthorized", "request_id": request_id})


def no_route() -> Refusal:
    """No service lives at this path, says the gateway; it also says so by mistake."""
    return Refusal(404, {"message": "no Route matched with those values"})


def unknown_route() -> Refusal:
    """The service at this path has no such route: JSON in words, plain text by its header."""
    return Refusal(404, '{"error_msg":"404 Route Not Found"}\n')


def wrong_method() -> Refusal:
    """The route exists for other methods."""
    return refusal(405, "Method not allowed", "method_not_allowed")


def too_large() -> Refusal:
    """The body is bigger than the platform takes; nobody has published where that is."""
    return refusal(413, "Payload too large", "invalid_request")


def rate_limited(retry_after: float | None) -> Refusal:
    """Too many requests; the pause in seconds is told only where one is given."""
    told = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    body = {"message": "Too many requests", "errorCode": "rate_limit_exceeded"}
    return Refusal(429, body, headers=told)


def server_error(status: int, *, empty: bool = False) -> Refusal:
    """A failure of the platform; sometimes without a word."""
    if empty:
        return Refusal(status, "")
    return refusal(status, "Internal server error", SERVER_CODES.get(status, "server_error"))


def edge_error(status: int) -> Refusal:
    """The edge gave up waiting for the platform, in HTML."""
    return Refusal(status, f"<html><title>{status}: A timeout occurred</title></html>")


def banned_signature() -> Refusal:
    """The edge dislikes the User-Agent; the platform never hears of the request."""
    return Refusal(403, {"error_code": 1010, "error_name": "browser_signature_banned"})


def media_error(message: str = "errors.server_error") -> Refusal:
    """The media service's one answer to everything, an untranslated key."""
    return refusal(500, message, "server_error")


def unknown_service_error() -> Refusal:
    """What speech to text says to a bad file, a bad URL and during an outage; the code is text."""
    return refusal(400, "Unknown error", "400")


def expired_link() -> Refusal:
    """The storage behind signed URLs, in its XML."""
    text = "Signature not valid in the specified time frame"
    return Refusal(
        403, f"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code>{text}</Error>"
    )
