"""Files: given by URL or by upload, listed, deleted."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from bot.sandbox.ondemand import refusals
from bot.sandbox.ondemand.asking import Ask, answer, limit_of, text_in, texts_in
from bot.sandbox.ondemand.catalog import find_plugin, number_of
from bot.sandbox.ondemand.reading import UnreadableError, kind_of, mime_type_of, read
from bot.sandbox.ondemand.records import Media

#: No limit was ever published; clients stop at 10 to 25 MB by themselves.
BIGGEST = 25 * 1024 * 1024  # bytes
_SORTS = ("-createdAt", "createdAt", "-updatedAt", "updatedAt")
_ELSEWHERE = "The sandbox fetches nothing from other machines, so it does not know what is there."


async def create_media(ask: Ask) -> Response:
    """`POST /media/v1/public/file`: a file by its URL, which stays where it is.

    Only the sandbox's own URLs are opened; any other is recorded, unread. A form sent here by
    mistake is answered with 500, and its file is kept all the same.
    """
    if ask.request.headers.get("content-type", "").startswith("multipart/"):
        await upload_media(ask)
        raise refusals.media_error()
    body = await ask.json()
    url = text_in(body, "url")
    numbers = [number_of(plugin) for plugin in texts_in(body, "plugins")]
    if not numbers:
        raise refusals.media_error("errors.no.executable.plugin.found")
    if body.get("responseMode") not in ("sync", "webhook"):
        raise refusals.invalid()
    name = text_in(body, "name", required=False) or url.rpartition("/")[2].partition("?")[0]
    try:
        content = ask.company.fetch(ask.base, url)
    except LookupError:
        content = None
    media = await _make(ask, name, content, numbers, body)
    media.url = url
    return _created(ask, media)


async def upload_media(ask: Ask) -> Response:
    """`POST /media/v1/public/file/raw`: a file in a form.

    The tool that reads it is named by one part or several, `plugins` or `agents`, also as a JSON
    list.
    """
    async with ask.request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise refusals.invalid()
        content = await file.read()
        texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        told = {"name": file.filename, "bytes": len(content), "type": file.content_type}
        ask.call.body = {**texts, "file": told}
        numbers = _tools_in(form)
        name = texts.get("name") or file.filename or "file"
    if len(content) > BIGGEST:
        raise refusals.too_large()
    # Without a tool only the simplest files were seen to be taken.
    if not numbers and not name.endswith(".txt"):
        raise refusals.media_error()
    media = await _make(ask, name, content, numbers, texts)
    media.stored_as = ask.company.store(name, content)
    return _created(ask, media)


async def list_media(ask: Ask) -> Response:
    """`GET /media/v1/public/file`: the only way to see what became of a file.

    The length of a page is 1 where none is asked for: the guide says 10, the reference says 1, and
    who relies on either is to notice here.
    """
    user, source = ask.option("externalUserId"), ask.option("source")
    tool = number_of(ask.option("plugins"))
    media = [
        one
        for one in ask.company.media.values()
        if user in ("", one.external_user)
        and source in ("", one.source)
        and (not tool or tool in one.tools)
    ]
    sort = ask.option("sort") or _SORTS[0]
    if sort not in _SORTS:
        raise refusals.invalid()
    if sort.startswith("-"):
        media.reverse()
    limit, page = limit_of(ask.option("limit"), default=1), limit_of(ask.option("page"), default=1)
    old, unpaged = ask.armed("media_old_id"), ask.armed("media_no_pagination")
    shown = []
    for one in media[(page - 1) * limit : page * limit]:
        shown.append(_shown(ask, one, old=old))
        one.waits = max(0, one.waits - 1)
    more: dict[str, Any] = {} if unpaged else {"pagination": {"page": page, "limit": limit}}
    return answer("Media fetched successfully", shown, **more)


async def delete_media(ask: Ask) -> Response:
    """`DELETE /media/v1/public/file/{fileId}`: its session forgets it too."""
    media = ask.company.media.pop(ask.request.path_params["file_id"], None)
    if media is None:
        raise refusals.not_found("media")
    ask.company.discard(media.stored_as)
    ask.company.discard(media.text_stored_as)
    if session := ask.company.sessions.get(media.session):
        session.entries.remove(media)
    return answer("Media Deleted!")


async def _make(
    ask: Ask, name: str, content: bytes | None, numbers: Sequence[str], fields: Mapping[str, Any]
) -> Media:
    """Read a file and remember it. Raises `Refusal` for what the named tool cannot read."""
    company = ask.company
    tool = find_plugin(numbers[0]) if numbers else None
    kind = "youtube" if tool and tool.reads == "youtube" else kind_of(name)
    if kind is None or (tool and tool.reads != kind):
        raise refusals.media_error()
    session_id = text_in(fields, "sessionId", required=False)
    session = company.sessions.get(session_id)
    if session is None and session_id:
        raise refusals.not_found("chat session")
    text = _ELSEWHERE
    if content is not None:
        try:
            text = await asyncio.to_thread(read, name, content)
        except UnreadableError:
            raise refusals.media_error() from None
    processing = ask.take("media_processing")
    media = Media(
        id=company.new_id(),
        name=name,
        source=kind,
        mime_type=mime_type_of(name),
        size=len(content or b""),
        text=text,
        created=company.clock(),
        session=session.id if session else "",
        external_user=text_in(fields, "externalUserId", required=False),
        tools=tuple(numbers),
        mode=fields.get("responseMode") or "sync",
        waits=processing["reads"] if processing else 0,
        fails=bool(processing and processing["fails"]),
        tells_status=bool(processing) or kind != "document",
    )
    if kind != "image":
        media.text_stored_as = company.store(f"{media.id}.txt", text.encode())
    company.media[media.id] = media
    if session:
        session.entries.append(media)
    return media


def _created(ask: Ask, media: Media) -> Response:
    if ask.armed("media_error_but_created"):
        raise refusals.media_error()
    expired = ask.armed("links_expired")
    shown = _shown(ask, media, old=ask.armed("media_old_id"), expired=expired)
    return answer("Media Created", shown, status=201 if ask.armed("media_201") else 200)


def _shown(ask: Ask, media: Media, *, old: bool = False, expired: bool = False) -> dict[str, Any]:
    company, lifetime = ask.company, {"lifetime": timedelta(seconds=-1)} if expired else {}
    stored, text = media.stored_as, media.text_stored_as
    url = company.sign(ask.base, stored, **lifetime) if stored else media.url
    shown = media.to_json(url, company.sign(ask.base, text, **lifetime) if text else None)
    return {"_id": shown.pop("id")} | shown if old else shown


def _tools_in(form: FormData) -> list[str]:
    named: list[str] = []
    for part in (*form.getlist("plugins"), *form.getlist("agents")):
        try:
            listed = json.loads(str(part))
        except ValueError:
            listed = [str(part)]
        named += map(str, listed) if isinstance(listed, list) else [str(part)]
    return [number_of(one) for one in named if one]
