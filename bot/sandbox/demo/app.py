"""The page's server: what `docs/demo.md` says about it, as routes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.sandbox.demo import ranges, shown, voice
from bot.sandbox.demo.asked import BYTES, BodyError, form_in, json_in, number_in, text_in
from bot.sandbox.demo.child import Child
from bot.sandbox.demo.faults import FaultError, Faults
from bot.sandbox.demo.guard import Guard
from bot.sandbox.demo.happening import Happening, state_json
from bot.sandbox.demo.stage import GoneError, Stage, Where, topic_of
from bot.sandbox.demo.stream import Stream
from bot.sandbox.sound import length
from bot.sandbox.speech import UnhearableError
from bot.sandbox.telegram import Group, Person
from bot.sandbox.telegram.files import MAX_DOWNLOAD, MAX_UPLOAD, StoredFile
from bot.sandbox.telegram.people import LONGEST
from bot.sandbox.telegram.refusals import Refusal
from bot.sandbox.telegram.world import Chat, Message

PAGE = Path(__file__).resolve().with_name("page")
#: How many messages come at once: unless told otherwise, and at most.
USUAL, MOST = 100, 200

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
#: What a browser may show as what it says it is; it can run none of it.
_SHOWABLE = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/webp"),
        *("audio/ogg", "audio/mpeg", "audio/mp4", "audio/wav", "audio/x-wav", "audio/flac"),
        *("audio/webm", "audio/aac", "video/mp4", "video/webm", "video/quicktime"),
    }
)
_USUAL_TYPES = {"photo": "image/jpeg", "sticker": "image/webp", "video_note": "video/mp4"}
_KINDS = ("document", "photo", "audio", "video", "voice")


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the routes need."""

    stage: Stage
    stream: Stream
    happening: Happening
    faults: Faults
    child: Child


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: the person and the chat a path names."""

    person: Person
    group: Group | None
    chat: Chat


class _Here:
    """The routes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # What is there.

    async def stage(self, _: Request) -> Response:
        """Show who is there, and how the bot is."""
        desk, bot = self._desk, self._desk.stage.bot
        people = [
            {"id": one.id, "name": one.name, "language": one.user.language}
            for one in desk.stage.people.values()
        ]
        limits = {
            "text": LONGEST,
            "file": MAX_UPLOAD,
            "download": MAX_DOWNLOAD,
            "recording": voice.LONGEST,
        }
        return self._snapshot(
            world=desk.stream.world,
            people=people,
            bot={"id": bot.id, "name": bot.first_name, "username": bot.username},
            state=state_json(desk.child.state),
            sample={"text": voice.SAMPLE, "url": "/api/sample"},
            limits=limits,
        )

    async def chats(self, request: Request) -> Response:
        """Show the chats somebody is in."""
        return self._snapshot(chats=self._desk.stage.chats(self._person(request)))

    async def chat(self, request: Request) -> Response:
        """Show one chat."""
        place = self._place(request)
        return self._snapshot(
            chat=shown.chat(self._desk.stage.cloud, place.chat, place.person.user)
        )

    async def messages(self, request: Request) -> Response:
        """Show the newest messages of a chat, or those before one of them."""
        asked, place = request.query_params, self._place(request)
        messages, has_older = self._desk.stage.messages(
            place.chat,
            before=number_in(asked, "before") if "before" in asked else None,
            topic=topic_of(asked.get("topic")),
            is_topic="topic" in asked,
            limit=min(max(number_in(asked, "limit"), 1), MOST) if "limit" in asked else USUAL,
        )
        return self._snapshot(messages=messages, has_older=has_older)

    async def commands(self, request: Request) -> Response:
        """Show the menu of commands somebody is offered in a chat."""
        place = self._place(request)
        return JSONResponse({"commands": place.person.sees_commands(in_=place.group)})

    async def media(self, request: Request) -> Response:
        """Give a file, or a piece of it."""
        file = self._file(request)
        told = file.mime_type.partition(";")[0].lower()
        kind = told if told in _SHOWABLE else _USUAL_TYPES.get(file.kind, BYTES)
        is_shown = kind != BYTES and file.kind != "document"
        headers = {
            "cache-control": "private, max-age=31536000, immutable",
            # Whatever somebody sent is shown by the page, and never runs in its place.
            "content-security-policy": "default-src 'none'; sandbox",
            "content-disposition": "inline" if is_shown else "attachment",
            "content-type": kind,
        }
        return ranges.answer(file.content, request.headers.get("range"), headers)

    async def waveform(self, request: Request) -> Response:
        """Show how loud a recording is."""
        sound = self._file(request).content
        values = await asyncio.to_thread(voice.waveform, sound)
        seconds = await asyncio.to_thread(length, sound)
        return JSONResponse({"duration": round(seconds, 2), "waveform": list(values)})

    async def sample(self, request: Request) -> Response:
        """Give the sample recording."""
        sound = await asyncio.to_thread(voice.sample)
        return ranges.answer(sound, request.headers.get("range"), {"content-type": "audio/ogg"})

    # What happens.

    async def events(self, request: Request) -> Response:
        """Tell what happens, from where a page was."""
        after = request.headers.get("last-event-id") or request.query_params.get("after")
        return StreamingResponse(
            self._desk.stream.follow(after), media_type="text/event-stream; charset=utf-8"
        )

    async def happenings(self, _: Request) -> Response:
        """Show what happened lately."""
        return self._snapshot(happenings=[row.to_json() for row in self._desk.happening.rows])

    async def all_faults(self, _: Request) -> Response:
        """Show the panel of faults."""
        return self._snapshot(faults=self._desk.faults.to_json())

    async def arm(self, request: Request) -> Response:
        """Bring a fault about."""
        await json_in(request)
        return JSONResponse({"fault": self._desk.faults.arm(request.path_params["name"])})

    async def clear(self, request: Request) -> Response:
        """Take a fault back."""
        return JSONResponse({"fault": self._desk.faults.clear(request.path_params["name"])})

    # What somebody does.

    async def say(self, request: Request) -> Response:
        """Write a message."""
        place, asked = self._place(request), await json_in(request)
        where = _where(place, asked)
        return _message(await self._desk.stage.say(place.person, where, text_in(asked, "text")))

    async def edit(self, request: Request) -> Response:
        """Change a message of one's own."""
        place, asked = self._place(request), await json_in(request)
        number, text = _there(place, asked), text_in(asked, "text")
        edited = await place.person.edits(number, text, in_=place.group)
        return _message(self._desk.stage.seen(edited))

    async def delete(self, request: Request) -> Response:
        """Take a message away."""
        place, asked = self._place(request), await json_in(request)
        await place.person.deletes(_there(place, asked), in_=place.group)
        return JSONResponse({})

    async def forward(self, request: Request) -> Response:
        """Forward a message to another chat."""
        place, asked = self._place(request), await json_in(request)
        target = self._desk.stage.group(place.person, number_in(asked, "to"))
        sent = await place.person.forwards(
            _there(place, asked),
            to=target,
            from_=place.group,
            topic=topic_of(asked.get("topic")),
        )
        return _message(self._desk.stage.seen(sent))

    async def press(self, request: Request) -> Response:
        """Press a button, and tell what the bot says to it."""
        place, asked = self._place(request), await json_in(request)
        number, data = number_in(asked, "message"), text_in(asked, "data")
        answer = await self._desk.stage.press(place.person, place.group, number, data)
        return JSONResponse({"answer": asdict(answer) if answer else None})

    async def react(self, request: Request) -> Response:
        """Put an emoji on a message, or take it off."""
        place, asked = self._place(request), await json_in(request)
        number = _there(place, asked)
        emoji = text_in(asked, "emoji") if asked.get("emoji") else None
        await place.person.reacts(number, emoji, in_=place.group)
        return _message(place.chat.messages[number])

    async def stop(self, request: Request) -> Response:
        """Press Stop under a draft."""
        place, asked = self._place(request), await json_in(request)
        topic = topic_of(asked.get("topic"))
        if place.person.sees_draft(topic=topic) is None:
            raise GoneError("There is no draft any more.")
        await place.person.stops(topic=topic)
        return JSONResponse({})

    async def send(self, request: Request) -> Response:
        """Send a file."""
        place = self._place(request)
        file, asked = await form_in(request)
        kind = asked.get("kind", "document")
        if kind not in _KINDS:
            raise ValueError(f"a file is sent as one of {', '.join(_KINDS)}")
        told = {
            "caption": asked.get("caption", ""),
            "file_name": file.name or None,
            "mime_type": file.mime_type,
        }
        where, stage = _where(place, asked), self._desk.stage
        return _message(await stage.send(place.person, where, kind, file.content, told))

    async def send_sample(self, request: Request) -> Response:
        """Send the sample recording as a voice note."""
        place, asked = self._place(request), await json_in(request)
        where, sound = _where(place, asked), await asyncio.to_thread(voice.sample)
        return _message(await self._desk.stage.send(place.person, where, "voice", sound, {}))

    # What a path means.

    def _snapshot(self, **shown_now: Any) -> Response:
        return JSONResponse({"event": self._desk.stream.position, **shown_now})

    def _person(self, request: Request) -> Person:
        return self._desk.stage.people[request.path_params["person"]]

    def _place(self, request: Request) -> Place:
        person, number = self._person(request), request.path_params["chat"]
        # A path parameter of type int takes no minus, and ids of groups have one.
        number = int(number) if number.removeprefix("-").isdecimal() else 0
        group = self._desk.stage.group(person, number)
        return Place(person, group, self._desk.stage.chat(person, number))

    def _file(self, request: Request) -> StoredFile:
        return self._desk.stage.file(request.path_params["id"])


#: A chat as somebody is in it.
_CHAT = "/api/people/{person:int}/chats/{chat}"
Endpoint = Callable[[_Here, Request], Awaitable[Response]]

#: What can be asked for.
READS: tuple[tuple[str, Endpoint], ...] = (
    ("/api/stage", _Here.stage),
    ("/api/people/{person:int}/chats", _Here.chats),
    (_CHAT, _Here.chat),
    (f"{_CHAT}/messages", _Here.messages),
    (f"{_CHAT}/commands", _Here.commands),
    ("/api/media/{id}", _Here.media),
    ("/api/media/{id}/waveform", _Here.waveform),
    ("/api/sample", _Here.sample),
    ("/api/events", _Here.events),
    ("/api/happenings", _Here.happenings),
    ("/api/faults", _Here.all_faults),
)
#: What can be done.
DEEDS: tuple[tuple[str, Endpoint], ...] = (
    (f"{_CHAT}/say", _Here.say),
    (f"{_CHAT}/edit", _Here.edit),
    (f"{_CHAT}/delete", _Here.delete),
    (f"{_CHAT}/forward", _Here.forward),
    (f"{_CHAT}/press", _Here.press),
    (f"{_CHAT}/react", _Here.react),
    (f"{_CHAT}/stop", _Here.stop),
    (f"{_CHAT}/send", _Here.send),
    (f"{_CHAT}/sample", _Here.send_sample),
    ("/api/faults/{name}", _Here.arm),
)


def build(desk: Desk) -> ASGIApp:
    """Return the app of the page's server."""
    here = _Here(desk)
    return Guard(
        Starlette(
            routes=[
                *(Route(path, partial(endpoint, here)) for path, endpoint in READS),
                *(Route(path, partial(deed, here), methods=["POST"]) for path, deed in DEEDS),
                Route("/api/faults/{name}", here.clear, methods=["DELETE"]),
                Route("/{path:path}", _page),
            ],
            exception_handlers={
                404: _told("There is nothing here.", 404),
                405: _told("This cannot be done here.", 405),
                KeyError: _told("There is no such thing here.", 404),
                ValueError: _told("", 400),
                GoneError: _told("", 409),
                FaultError: _told("", 409),
                UnhearableError: _told("", 415),
                Refusal: _refused,
                BodyError: _refused_body,
            },
        )
    )


async def _page(request: Request) -> Response:
    """Give a file of the page."""
    path = (PAGE / (request.path_params["path"] or "index.html")).resolve()
    is_ours = path.is_relative_to(PAGE) and path.suffix in _TYPES
    if not is_ours or not path.is_file():
        return JSONResponse({"error": "There is nothing here."}, 404)
    content = await asyncio.to_thread(path.read_bytes)
    headers = {"content-type": _TYPES[path.suffix], "cache-control": "no-cache"}
    return Response(content, headers=headers)


def _message(one: Message) -> Response:
    return JSONResponse({"message": shown.message(one)})


def _where(place: Place, asked: Mapping[str, Any]) -> Where:
    answered = asked.get("reply_to") or None
    return {
        "in_": place.group,
        "topic": topic_of(asked.get("topic")),
        "reply_to": _there(place, {"message": answered}) if answered else None,
    }


def _there(place: Place, asked: Mapping[str, Any]) -> int:
    number = number_in(asked, "message")
    if number not in place.chat.messages:
        raise GoneError("This message is not there any more.")
    return number


def _told(sentence: str, status: int) -> Callable[[Request, Exception], Response]:
    def answer(_: Request, error: Exception) -> Response:
        return JSONResponse({"error": sentence or _sentence(str(error))}, status)

    return answer


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _refused(_: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, Refusal) else 400
    told = "This file is too large." if code == 413 else "Telegram does not take this."
    return JSONResponse({"error": told}, code)


def _refused_body(_: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, BodyError) else 400
    return JSONResponse({"error": str(error)}, status)
