"""What a handler needs of a request: the company, the JSON in it, and what is armed for it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.sandbox.ondemand import refusals
from bot.sandbox.ondemand.company import Call, Company

_T = TypeVar("_T")


class Ask:
    """One admitted request."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.company: Company = request.app.state.company
        self.call: Call = request.state.call
        self.key: str = request.headers["apikey"]

    @property
    def base(self) -> str:
        """The URL the client reached us at, to build links with."""
        return str(self.request.base_url).rstrip("/")

    def take(self, behaviour: str) -> Mapping[str, Any] | None:
        """Return the parameters of a behaviour armed for this call and count it, or None."""
        return self.company.switchboard.take(behaviour, self.call.operation, self.key)

    def armed(self, behaviour: str) -> bool:
        """Whether a behaviour without parameters is armed for this call; counts it."""
        return self.take(behaviour) is not None

    def option(self, name: str) -> str:
        """Return a query parameter, empty where there is none."""
        return self.request.query_params.get(name, "")

    async def json(self) -> dict[str, Any]:
        """Return the JSON object in the body and record it. Raises `Refusal` if there is none."""
        try:
            body = json.loads(await self.request.body())
        except ValueError:
            raise refusals.invalid() from None
        self.call.body = body
        if not isinstance(body, dict):
            raise refusals.invalid()
        return body


def text_in(body: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    """Return a string of the body. Raises `Refusal` if it is none, or missing though required."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise refusals.invalid()
    return value


def texts_in(body: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of strings of the body, empty where there is none. Raises `Refusal`."""
    values = body.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise refusals.invalid()
    return values


def limit_of(asked: str, *, default: int = 10, most: int = 50) -> int:
    """Return a page's length: out of bounds it is set right silently, as on the platform."""
    try:
        limit = int(asked)
    except ValueError:
        return default
    return default if limit < 1 else min(limit, most)


def page_after(
    items: Sequence[_T], ids: Sequence[str], cursor: str, limit: int
) -> tuple[list[_T], str]:
    """Return the items after the one the cursor names, and the cursor of the next page or "".

    A cursor nobody knows is past the end.
    """
    start = 0
    if cursor:
        start = ids.index(cursor) + 1 if cursor in ids else len(items)
    page = list(items[start : start + limit])
    more = start + limit < len(items)
    return page, ids[start + limit - 1] if more else ""


def answer(message: str, data: Any = None, *, status: int = 200, **more: Any) -> JSONResponse:
    """Return a success in the platform's envelope."""
    body = {"message": message} if data is None else {"message": message, "data": data}
    return JSONResponse(body | more, status)
