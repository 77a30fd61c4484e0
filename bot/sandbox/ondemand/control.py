"""The sandbox's own routes: what it can be told, and what it has seen. No key is needed here."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.ondemand.behaviours import BEHAVIOURS
from bot.sandbox.ondemand.company import Company


async def behaviours(request: Request) -> Response:
    """Show (GET), arm (POST) or clear (DELETE, `?behaviour=` for one) what the platform will do."""
    board = _company(request).switchboard
    if request.method == "DELETE":
        board.clear(request.query_params.get("behaviour"))
        return Response(status_code=204)
    if request.method == "POST":
        asked = await _object(request)
        if asked is None or not isinstance(asked.get("behaviour"), str):
            return _wrong("send an object with a behaviour")
        try:
            return JSONResponse(board.arm(asked.pop("behaviour"), **asked).to_json(), 201)
        except (TypeError, ValueError) as error:
            return _wrong(str(error))
    known = {
        row.name: {
            "meaning": row.meaning,
            "operations": list(row.operations),
            "parameters": dict(row.parameters),
        }
        for row in BEHAVIOURS.values()
    }
    return JSONResponse({"behaviours": known, "armed": [one.to_json() for one in board.armed]})


async def answers(request: Request) -> Response:
    """Count (GET), add one to (POST) or forget (DELETE) the answers the assistant will say next."""
    assistant = _company(request).assistant
    if request.method == "POST":
        asked = await _object(request)
        if asked is None:
            return _wrong("send an object with a text")
        try:
            assistant.will_say_json(asked)
        except ValueError as error:
            return _wrong(str(error))
    elif request.method == "DELETE":
        assistant.clear()
    return JSONResponse({"waiting": assistant.waiting})


async def calls(request: Request) -> Response:
    """Show the calls so far (`?operation=` for one operation), or forget them (DELETE)."""
    seen = _company(request).calls
    if request.method == "DELETE":
        seen.clear()
    operation = request.query_params.get("operation")
    shown = [call.to_json() for call in seen if operation in (None, call.operation)]
    return JSONResponse({"calls": shown})


ROUTES = (
    Route("/sandbox/behaviours", behaviours, methods=["GET", "POST", "DELETE"]),
    Route("/sandbox/answers", answers, methods=["GET", "POST", "DELETE"]),
    Route("/sandbox/calls", calls, methods=["GET", "DELETE"]),
)


def _company(request: Request) -> Company:
    company: Company = request.app.state.company
    return company


async def _object(request: Request) -> dict[str, Any] | None:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _wrong(error: str) -> Response:
    return JSONResponse({"error": error}, 400)
