"""Media: files given to OnDemand, for a session to use or for a service to read."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta

from bot.ondemand.agents import AGENT_IDS, PLUGIN_IDS, spelled
from bot.ondemand.errors import (
    DisconnectedError,
    FailedError,
    GoneError,
    MalformedError,
    NotSubscribedError,
    OnDemandError,
    RefusedError,
    ServerError,
    TimedOutError,
)
from bot.ondemand.fetch import Fetcher, looks_like_text
from bot.ondemand.files import FileKind, kind_of
from bot.ondemand.http import Fields, Wire, segment
from bot.ondemand.limits import Clock, Limits, Sleep, TokenBucket
from bot.ondemand.loose import mapping, mended
from bot.ondemand.models import Media, readable
from bot.ondemand.pages import PAGE_SIZE, Page, by_number

#: How a call may end when the file may have come about all the same.
_UNCLEAR = (DisconnectedError, MalformedError, ServerError, TimedOutError)

log = logging.getLogger(__name__)

_FILES = "/media/v1/public/file"

#: Between two looks at the list, seconds.
_LOOK_EVERY = 5.0

#: A file in the list this much older than our upload is not our upload. Clocks differ.
_SAME_UPLOAD = timedelta(minutes=10)


class MediaLibrary:
    """The media side of OnDemand. Uploads share the account's budget per minute and queue for it.

    No call tells the largest file the platform takes, and nothing documents it; keep to 20 MB.
    """

    def __init__(
        self,
        wire: Wire,
        fetcher: Fetcher,
        *,
        limits: Limits,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._wire = wire
        self._fetcher = fetcher
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._bucket = TokenBucket(limits.uploads_per_minute, clock=clock, sleep=sleep)

    def share(self, processes: int) -> None:
        """So many processes upload for this account; each has an equal part of its budget."""
        self._bucket.share(processes)

    @property
    def wait(self) -> float:
        """Seconds that an upload begun now waits for the account's budget."""
        return self._bucket.wait

    async def upload(
        self,
        content: bytes,
        name: str,
        *,
        content_type: str,
        kind: FileKind | None = None,
        session_id: str | None = None,
        external_user_id: str | None = None,
    ) -> Media:
        """Give a file's bytes to OnDemand, and to a session if one is named.

        The kind is told by the name where it is not given; a name that tells nothing is a
        ValueError. The file may still be `processing` when it comes back; see `ready`. A server
        error does not prove that nothing was stored (observed live, 2026-01), so after one the
        list is searched before the file is sent once more, in the platform's other dialect.
        After silence it is searched for as long as `Limits.media_ready`; then, and after a
        broken line, it is not sent again.
        (Guide, 2026-09; observed live, 2026-07 and 2026-09.)
        """
        agent = _agent_for(kind or kind_of(name))
        name = mended(name)
        form: Fields = {
            "name": name,
            "sizeBytes": len(content),
            "responseMode": "sync",
            "sessionId": session_id,
            "externalUserId": external_user_id,
        }
        begun_at = datetime.now(UTC)

        def is_it(candidate: Media) -> bool:
            made_at = candidate.created_at or begun_at
            return (
                (candidate.name, candidate.size) == (name, len(content))
                and candidate.session_id == (session_id or "")
                and made_at > begun_at - _SAME_UPLOAD
            )

        # Both dialects have been refused at times; `last` is the one with nothing after it.
        for last, field, prefix in (
            (False, "plugins", PLUGIN_IDS.prefix),
            (True, "agents", AGENT_IDS.prefix),
        ):
            named: Fields = {**form, field: spelled(agent, prefix)}
            try:
                return await self._create(
                    f"{_FILES}/raw", form=named, file=(name, content, content_type)
                )
            except RefusedError as error:
                if last or error.status != 400 or isinstance(error, NotSubscribedError):
                    raise
            except _UNCLEAR as error:
                if (found := await self._after(error, is_it, external_user_id)) is not None:
                    return found
                said_no = isinstance(error, MalformedError | ServerError)
                if last or _is_late(error) or not said_no:
                    raise
        raise AssertionError("the last dialect returns or raises")

    async def create_from_url(
        self,
        url: str,
        *,
        kind: FileKind,
        name: str | None = None,
        session_id: str | None = None,
        external_user_id: str | None = None,
    ) -> Media:
        """Let OnDemand fetch a public file or a YouTube page by itself.

        It stores the address and shows it to everybody who lists the file: never give it one
        with a secret inside. The file is not kept by the platform. After an unclear end the
        list is searched, as long files take longer than a call may. (Documented, 2026-09.)
        """
        body: dict[str, object] = {
            "url": url,
            "plugins": [spelled(kind.value, PLUGIN_IDS.prefix)],
            "responseMode": "sync",
        }
        optional = {"name": name, "sessionId": session_id, "externalUserId": external_user_id}
        body |= {key: value for key, value in optional.items() if value is not None}
        begun_at = datetime.now(UTC)

        def is_it(candidate: Media) -> bool:
            made_at = candidate.created_at or begun_at
            return candidate.source_url == url and made_at > begun_at - _SAME_UPLOAD

        try:
            return await self._create(_FILES, body=body)
        except _UNCLEAR as error:
            if (found := await self._after(error, is_it, external_user_id)) is None:
                raise
            return found

    async def ready(self, media: Media) -> Media:
        """The file once it can be used, which may be now.

        There is no call for one file, so the newest of the list are looked at, every 5 seconds.
        Raises `FailedError`, and `TimedOutError` after `Limits.media_ready`.
        """
        if media.state == "processing":
            found = await self._look_for(
                lambda each: each.id == media.id and each.state != "processing",
                media.external_user_id or None,
                seconds=self._limits.media_ready,
            )
            if found is None:
                raise TimedOutError(f"media {media.id} is not ready yet")
            media = found
        if media.state == "failed":
            raise FailedError(media.id)
        return media

    async def extracted_text(self, media: Media) -> str:
        """The whole text of a ready file.

        What came along with the file may be only its beginning, so its address is preferred;
        the address expires. Raises `DownloadError`.
        """
        if not media.extract_url:
            return media.extract
        content = await self._fetcher.fetch(media.extract_url, looks_right=looks_like_text)
        return content.decode("utf-8-sig")

    def files(
        self, *, external_user_id: str | None = None, source: str | None = None
    ) -> AsyncIterator[Media]:
        """The company's files, or one user's, newest first. Addresses are signed afresh.

        (Documented, 2026-09.)
        """
        fields = {"externalUserId": external_user_id, "source": source}

        async def fetch(number: int) -> Page[Media]:
            return Page(await self._newest(fields, page=number))

        return by_number(fetch)

    async def delete(self, media_id: str) -> None:
        """Forget a file. One that is gone already is no error. (Documented, 2026-09.)"""
        try:
            await self._wire.call("DELETE", f"{_FILES}/{segment(media_id)}")
        except GoneError:
            log.debug("media gone already", extra={"media_id": media_id})

    async def _create(
        self,
        path: str,
        *,
        body: dict[str, object] | None = None,
        form: Fields | None = None,
        file: tuple[str, bytes, str] | None = None,
    ) -> Media:
        answer = await self._wire.call(
            "POST",
            path,
            body=body,
            form=form,
            file=file,
            seconds=self._limits.long_call,
            bucket=self._bucket,
        )
        return Media.from_json(mapping(mapping(answer).get("data")))

    async def _newest(self, fields: Fields, *, page: int = 1) -> list[Media]:
        # The documents disagree on the default limit, so it is always sent.
        params = {**fields, "sort": "-createdAt", "page": page, "limit": PAGE_SIZE}
        answer = await self._wire.call("GET", _FILES, params=params)
        return readable(mapping(answer).get("data"), Media.from_json)

    async def _look_once(
        self, is_it: Callable[[Media], bool], external_user_id: str | None
    ) -> Media | None:
        """The file among the newest, if the list can be had and holds it."""
        newest: Iterable[Media] = ()
        try:
            newest = await self._newest({"externalUserId": external_user_id})
        except OnDemandError as error:
            log.info("media not seen", extra={"why": str(error)})
        return next(filter(is_it, newest), None)

    async def _after(
        self, error: OnDemandError, is_it: Callable[[Media], bool], external_user_id: str | None
    ) -> Media | None:
        """The file, if it came about although the call ended unclearly."""
        seconds = self._limits.media_ready if _is_late(error) else 0.0
        return await self._look_for(is_it, external_user_id, seconds=seconds)

    async def _look_for(
        self, is_it: Callable[[Media], bool], external_user_id: str | None, *, seconds: float
    ) -> Media | None:
        """The file, as soon as it is among the newest; None if it is not for so long."""
        give_up_at = self._clock() + seconds
        while (found := await self._look_once(is_it, external_user_id)) is None:
            if self._clock() + _LOOK_EVERY > give_up_at:
                return None
            await self._sleep(_LOOK_EVERY)
        return found


def _is_late(error: OnDemandError) -> bool:
    """Whether they may still be at it: no word in time, to us or to the edge (524)."""
    return isinstance(error, TimedOutError) or (
        isinstance(error, ServerError) and error.status == 524
    )


def _agent_for(kind: FileKind | None) -> str:
    if kind is None:
        raise ValueError("OnDemand has no reader for this kind of file")
    return kind.value
