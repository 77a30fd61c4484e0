"""The sandbox's own routes: people act through them too, and what happened can be looked at.

Everything is JSON, below `/sandbox/telegram`, and needs no token. A mistake is answered with 400
and `{"error": …}`; what somebody waited for in vain with 408.
"""

import base64
import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from bot.sandbox.telegram.behaviours import BEHAVIOURS
from bot.sandbox.telegram.cast import Cast
from bot.sandbox.telegram.groups import Group
from bot.sandbox.telegram.people import Person
from bot.sandbox.telegram.refusals import Refusal
from bot.sandbox.telegram.sight import NotSeenError

#: What a person can be told to do over HTTP; the fields are the parameters of the method.
PERSON_VERBS = (
    *("says", "sends", "speaks", "edits", "deletes", "forwards", "reacts"),
    *("presses", "forges", "stops", "blocks", "unblocks", "forbids_voice", "allows_voice"),
    *("joins", "leaves", "opens_topic", "reads"),
)
#: What can be done to a group over HTTP.
GROUP_VERBS = (
    *("add", "remove", "promote", "demote", "restrict", "rename", "migrate"),
    *("open_topic", "close_topic", "reopen_topic", "delete_topic"),
)
_LONGEST_WAIT = 50.0  # seconds

Endpoint = Callable[[Request], Awaitable[Response]]


def controls(cast: Cast) -> Starlette:
    """Return the app with the controls of one sandbox."""
    desk = _Desk(cast)
    routes = [
        Route("/behaviours", _safely(desk.behaviours), methods=["GET", "POST", "DELETE"]),
        Route("/calls", _safely(desk.calls), methods=["GET", "DELETE"]),
        Route("/violations", _safely(desk.violations), methods=["GET", "DELETE"]),
        Route("/changes", _safely(desk.changes)),
        Route("/updates", _safely(desk.updates), methods=["POST"]),
        Route("/updates/{update:int}", _safely(desk.redeliver), methods=["POST"]),
        Route("/people", _safely(desk.people), methods=["GET", "POST"]),
        Route("/people/{person:int}/chat", _safely(desk.chat)),
        Route("/people/{person:int}/{verb}", _safely(desk.act), methods=["POST"]),
        Route("/groups", _safely(desk.groups), methods=["GET", "POST"]),
        # A path parameter of type int takes no minus, and ids of groups have one.
        Route("/groups/{group}/{verb}", _safely(desk.run), methods=["POST"]),
    ]
    return Starlette(routes=[Mount("/sandbox/telegram", routes=routes)])


class _Desk:
    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._cloud = cast.cloud

    async def behaviours(self, request: Request) -> Response:
        """Show (GET), arm (POST) or clear (DELETE, `?behaviour=` for one) what Telegram will do."""
        board = self._cloud.board
        if request.method == "DELETE":
            board.clear(request.query_params.get("behaviour"))
            return Response(status_code=204)
        if request.method == "POST":
            asked = await _object(request)
            return JSONResponse(board.arm(str(asked.pop("behaviour")), **asked).to_json(), 201)
        known = {
            row.name: {
                "meaning": row.meaning,
                "methods": list(row.methods),
                "parameters": dict(row.parameters),
            }
            for row in BEHAVIOURS.values()
        }
        return JSONResponse({"behaviours": known, "armed": [one.to_json() for one in board.armed]})

    async def calls(self, request: Request) -> Response:
        """Show the calls so far (`?method=` for one method), or forget them (DELETE)."""
        if request.method == "DELETE":
            self._cloud.calls.clear()
        method = request.query_params.get("method")
        shown = [one.to_json() for one in self._cloud.calls if method in (None, one.method)]
        return JSONResponse({"calls": shown})

    async def violations(self, request: Request) -> Response:
        """Show what the bot did wrong, or forget it (DELETE)."""
        if request.method == "DELETE":
            self._cloud.violations.clear()
        shown = [
            {"kind": one.kind, "what": one.what, "call": one.call.number}
            for one in self._cloud.violations
        ]
        return JSONResponse({"violations": shown})

    async def changes(self, request: Request) -> Response:
        """Wait up to `?seconds=` for more than `?after=` changes, and say how many there were."""
        after = int(request.query_params.get("after", -1))
        seconds = min(float(request.query_params.get("seconds", 0)), _LONGEST_WAIT)
        changes = self._cloud.changes
        await changes.until(lambda: changes.count > after or None, seconds)
        return JSONResponse({"changes": changes.count})

    async def updates(self, request: Request) -> Response:
        """Send the bot the body as an update."""
        update_id = self._cloud.updates.inject(await _object(request))
        return JSONResponse({"update_id": update_id}, 201)

    async def redeliver(self, request: Request) -> Response:
        """Send the bot an update again."""
        self._cloud.updates.redeliver(request.path_params["update"])
        return Response(status_code=204)

    async def people(self, request: Request) -> Response:
        """Show everybody (GET), or let somebody in (POST)."""
        if request.method == "POST":
            person = self._cast.person(**await _object(request))
            return JSONResponse(_person(person), 201)
        return JSONResponse({"people": [_person(one) for one in self._cast.people.values()]})

    async def groups(self, request: Request) -> Response:
        """Show the groups (GET), or found one (POST: `title`, `owner`, `others` by their ids)."""
        if request.method == "POST":
            asked = await _object(request)
            owner = self._cast.people[asked.pop("owner")]
            others = [self._member(one) for one in asked.pop("others", ())]
            group = self._cast.group(asked.pop("title"), owner, *others, **asked)
            return JSONResponse(_group(group), 201)
        return JSONResponse({"groups": [_group(one) for one in self._cast.groups.values()]})

    async def chat(self, request: Request) -> Response:
        """Show what a person sees of a chat: in private, or of the group `?in=`."""
        person = self._cast.people[request.path_params["person"]]
        where = request.query_params.get("in")
        group = self._group(where) if where else None
        told = request.query_params.get("topic")
        topic = int(told) if told else None
        draft = None if group else person.sees_draft(topic=topic)
        shown = {
            "messages": [_json(one) for one in person.sees(in_=group, topic=topic)],
            "action": person.sees_action(in_=group, topic=topic),
            "draft": draft and {"text": draft.text, "can_stop": draft.can_stop},
            "commands": person.sees_commands(in_=group),
            "topics": [
                {"id": one.id, "name": one.name, "is_closed": one.is_closed}
                for one in (group.chat if group else person.chat).topics.values()
            ],
        }
        return JSONResponse({**shown, "changes": self._cloud.changes.count})

    async def act(self, request: Request) -> Response:
        """Let a person do something; `in_`, `to`, `from_` and `group` are ids of groups."""
        person, verb = self._cast.people[request.path_params["person"]], request.path_params["verb"]
        if verb not in PERSON_VERBS:
            raise ValueError(f"people cannot {verb!r}")
        asked = await _object(request)
        for name in ("in_", "to", "from_", "group"):
            if asked.get(name) is not None:
                asked[name] = self._group(asked[name])
        if verb == "sends":
            for kind in asked.keys() & {
                "voice",
                "audio",
                "document",
                "photo",
                "video",
                "video_note",
            }:
                asked[kind] = base64.b64decode(asked[kind])
        return JSONResponse({"result": _json(await getattr(person, verb)(**asked))})

    async def run(self, request: Request) -> Response:
        """Do something to a group; `who` is the id of a person or of the bot."""
        group, verb = self._group(request.path_params["group"]), request.path_params["verb"]
        if verb not in GROUP_VERBS:
            raise ValueError(f"groups do not know {verb!r}")
        asked = await _object(request)
        if "who" in asked:
            asked["who"] = self._member(asked["who"])
        rights = asked.pop("rights", ())
        who = [asked.pop("who")] if rights else []
        result = await getattr(group, verb)(*who, *rights, **asked)
        return JSONResponse({"result": result, "group": _group(group)})

    def _group(self, number: Any) -> Group:
        wanted = int(number)
        # A group that has moved is found by either id.
        for group in self._cast.groups.values():
            if wanted in group.ids:
                return group
        raise KeyError(wanted)

    def _member(self, number: int) -> Any:
        return self._cast.bot if number == self._cloud.bot.id else self._cast.people[number]


def _safely(endpoint: Endpoint) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotSeenError as error:
            return JSONResponse({"error": str(error)}, 408)
        except KeyError:
            return JSONResponse({"error": "there is no such thing here"}, 404)
        except (TypeError, ValueError, Refusal) as error:
            return JSONResponse({"error": str(error)}, 400)

    return answer


async def _object(request: Request) -> dict[str, Any]:
    body = await request.body()
    told = json.loads(body) if body else {}
    if not isinstance(told, dict):
        raise ValueError("send an object")
    return told


def _person(person: Person) -> dict[str, Any]:
    user = person.user
    return {"id": user.id, "name": user.first_name, "language": user.language,
            "username": user.username}  # fmt: skip


def _group(group: Group) -> dict[str, Any]:
    chat = group.chat
    members = [
        {"id": one.user.id, "name": one.user.first_name, "status": one.status}
        for one in chat.members.values()
        if one.is_inside
    ]
    return {"id": chat.id, "title": chat.title, "is_forum": chat.is_forum, "members": members}


def _json(value: Any) -> Any:
    """Show a value of `sight`: its fields, and bytes as Base64."""
    if dataclasses.is_dataclass(value):
        return {one.name: _json(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_json(item) for item in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
