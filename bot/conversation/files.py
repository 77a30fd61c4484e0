"""Files in: what people send becomes part of the conversation.

Safe to run again for the same turn: a file that was given to OnDemand is found there again by its
name, and what was kept of it is not sent again, not even when somebody sends the same file later.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NoReturn

from bot.conversation import filing
from bot.conversation.services import Services
from bot.conversation.sessions import new_session, owner_of, session_of
from bot.conversation.surface import LARGEST_FILE, Address
from bot.conversation.surface import RefusedError as SurfaceRefusedError
from bot.conversation.turns import Turn
from bot.conversation.uploads import find_given, take_back
from bot.ondemand import (
    FailedError,
    GoneError,
    KeyRefusedError,
    MalformedError,
    Media,
    NotSubscribedError,
    OnDemandError,
    RefusedError,
    ServerError,
    ThrottledError,
    UnreachableError,
)
from bot.storage import REFUSED, Conversation, File, Transaction, Upload

log = logging.getLogger(__name__)

#: Files of one message that are read at the same time.
_AT_ONCE = 3

#: What a person is told when a file is not read, in the order it is told.
_REFUSALS: Final = (
    "file too large",
    "file of unknown kind",
    "file empty",
    "file not understood",
    "files out of service",
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that somebody sent: a document, a picture, a film."""

    #: What the surface fetches it by.
    file: str
    #: The same wherever the file is sent again.
    source: str
    #: As the person's app calls it: any characters at all, or none.
    name: str = field(default="", repr=False)
    mime_type: str = ""
    #: Bytes, as the app tells them; zero where it does not.
    size: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the files of a message: their names, as they are shown."""

    read: tuple[str, ...] = ()
    #: For each phrase that says why, the names of those that were not read.
    refused: tuple[tuple[str, tuple[str, ...]], ...] = ()


class UnreadError(Exception):
    """Nothing can be made of a file. `phrase` says why to the person."""

    def __init__(self, phrase: str) -> None:
        super().__init__(phrase)
        self.phrase = phrase


async def take_in(
    attachments: Sequence[Attachment],
    address: Address,
    speaker: int,
    conversation_id: int,
    turn: Turn,
    services: Services,
) -> Taken:
    """Have these files read for a conversation, each once, and tell what became of them.

    One that cannot be read spoils no other. Raises what the surface raises, and `UnreachableError`
    or `ThrottledError` of OnDemand: then the same turn may go on where it ended.
    """
    async with services.store.read() as tx:
        conversation = await tx.conversations.find(conversation_id)
    if conversation is None:
        return Taken()  # It was deleted in the meantime.
    reader = _Reader(conversation, speaker, turn, services, is_group=address.is_group)
    names = names_of(attachments)
    works = [
        reader.read(number, attachment, name)
        for number, (attachment, name) in enumerate(zip(attachments, names, strict=True))
    ]
    # All of them end before the first failure is told, so that nothing goes on behind it.
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return _summary(names, [str(outcome) for outcome in outcomes])


def names_of(attachments: Iterable[Attachment]) -> list[str]:
    """What to call each of these, so that no two are called alike."""
    names: list[str] = []
    for attachment in attachments:
        name = filing.clean_name(attachment.name, attachment.mime_type)
        stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
        number = 1
        while name in names:
            number += 1
            name = f"{stem} {number}{dot}{ending}"
        names.append(name)
    return names


def _summary(names: Sequence[str], outcomes: Sequence[str]) -> Taken:
    """The names sorted by what became of the files; an outcome without words is a good one."""
    sorted_by = {
        phrase: tuple(name for name, told in zip(names, outcomes, strict=True) if told == phrase)
        for phrase in ("", *_REFUSALS)
    }
    read = sorted_by.pop("")
    return Taken(read, tuple((phrase, these) for phrase, these in sorted_by.items() if these))


class _Reader:
    """One attempt at having the files of one message read."""

    def __init__(
        self,
        conversation: Conversation,
        speaker: int,
        turn: Turn,
        services: Services,
        *,
        is_group: bool,
    ) -> None:
        self._conversation = conversation
        self._speaker = speaker
        self._turn = turn
        self._services = services
        self._is_group = is_group
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._opening = asyncio.Lock()
        self._began_at = services.clock.now()

    async def read(self, number: int, attachment: Attachment, name: str) -> str:
        """Have a file read, and tell why it was not, as a phrase; once over all attempts."""
        step = f"file {number}"
        known = self._turn.recall(step)
        if isinstance(known, str):
            return known
        async with self._free:
            try:
                # They are read side by side, and stay in the order they were sent in.
                at = self._began_at + timedelta(microseconds=number)
                await self._read(step, attachment, name, at)
            except UnreadError as error:
                self._turn.note(f"{REFUSED} file")
                await self._turn.remember(step, error.phrase)
                return error.phrase
        return ""

    async def _read(self, step: str, attachment: Attachment, name: str, at: datetime) -> None:
        if attachment.size > LARGEST_FILE:
            raise UnreadError("file too large")
        form = filing.form_of(name, attachment.mime_type)
        if form is None:
            raise UnreadError("file of unknown kind")
        session = await self._session()
        if await self._is_known(step, attachment, session):
            return
        owner = await owner_of(
            self._conversation, self._speaker, self._services, is_group=self._is_group
        )
        given_as = self._turn.recall(f"{step} name")
        extract, media = "", None
        if isinstance(given_as, str):
            media = await self._given_before(given_as, owner)
        if media is None:
            content, extract = await self._fetched(attachment, form)
            given_as = await self._name(step, form, owner)
            media = await self._given(given_as, content, form, owner)
        media = await self._finished(media, str(given_as), owner)
        file = File(
            name=str(given_as),
            conversation_id=self._conversation.id,
            user_id=self._speaker,
            external_id=owner,
            session_id=media.session_id or session,
            media_id=media.id,
            source=attachment.source,
            kind=form.kind.name.lower(),
            display_name=name,
            extract=extract or await self._extract(media),
            at=at,
        )

        async def keep(tx: Transaction) -> str:
            await tx.files.keep(file)
            return ""

        await self._turn.step_in(step, keep)

    async def _session(self, *, instead_of: str = "") -> str:
        """The session that takes the files, made once for all of them."""
        async with self._opening:
            async with self._services.store.read() as tx:
                conversation = await tx.conversations.find(self._conversation.id)
            if conversation is None:
                raise LookupError("the conversation was deleted meanwhile")
            is_lost = bool(instead_of) and conversation.session_id == instead_of
            find = new_session if is_lost else session_of
            return await find(conversation, self._speaker, self._services, is_group=self._is_group)

    async def _is_known(self, step: str, attachment: Attachment, session: str) -> bool:
        """Whether the same file is in this session already, and so only has to be named again."""
        async with self._services.store.read() as tx:
            files = await tx.files.of_conversation(self._conversation.id)
        same = (attachment.source, session)
        known = next((file for file in files if (file.source, file.session_id) == same), None)
        if known is None:
            return False
        name = known.name

        async def send_again(tx: Transaction) -> str:
            await tx.files.send_again(name, at=self._services.clock.now())
            return ""

        await self._turn.step_in(step, send_again)
        return True

    async def _fetched(self, attachment: Attachment, form: filing.Form) -> tuple[bytes, str]:
        """The bytes to give to OnDemand, and the text in them where we can tell it ourselves."""
        try:
            content = await self._services.surface.fetch(attachment.file)
        except SurfaceRefusedError as error:
            raise UnreadError("file too large") from error
        if not content:
            raise UnreadError("file empty")
        if not form.is_text:
            return content, ""
        text = filing.decode(content)
        if text is None:
            raise UnreadError("file of unknown kind")
        if not text.strip():
            raise UnreadError("file empty")
        return text.encode(), text[: filing.LONGEST_EXTRACT]

    async def _name(self, step: str, form: filing.Form, owner: str) -> str:
        """What a file is called at OnDemand: random, and written down before it goes out."""

        async def begin(tx: Transaction) -> str:
            name = f"{form.kind.name.lower()}-{secrets.token_hex(8)}.{form.ending}"
            await tx.uploads.begin(Upload(name, owner, self._services.clock.now()))
            return name

        return await self._turn.step_in(f"{step} name", begin)

    async def _given_before(self, name: str, owner: str) -> Media | None:
        """The file as an earlier attempt gave it to OnDemand, if it arrived there."""
        try:
            return await find_given(name, owner, self._services)
        except OnDemandError as error:
            await self._refuse(error, name, owner)

    async def _given(self, name: str, content: bytes, form: filing.Form, owner: str) -> Media:
        """The file, given to OnDemand and to the session of its conversation."""
        session = await self._session()
        try:
            try:
                return await self._upload(name, content, form, owner, session)
            except GoneError:
                # The platform forgot the session; the next question goes on in the new one, too.
                session = await self._session(instead_of=session)
                return await self._upload(name, content, form, owner, session)
        except OnDemandError as error:
            await self._refuse(error, name, owner)

    async def _upload(
        self, name: str, content: bytes, form: filing.Form, owner: str, session: str
    ) -> Media:
        return await self._services.client.media.upload(
            content,
            name,
            content_type=form.content_type,
            kind=form.kind,
            session_id=session,
            external_user_id=owner,
        )

    async def _finished(self, media: Media, name: str, owner: str) -> Media:
        try:
            return await self._services.client.media.ready(media)
        except OnDemandError as error:
            await self._refuse(error, name, owner, media_id=media.id)

    async def _refuse(
        self, error: OnDemandError, name: str, owner: str, *, media_id: str | None = None
    ) -> NoReturn:
        """Raise what a failure means to the person; the failure itself where waiting helps.

        Bad files and a broken platform are answered alike (500). If it can be asked what became of
        the file, the platform works.
        """
        if isinstance(error, UnreachableError | ThrottledError):
            raise error
        fields = {"name_there": name, "why": str(error)}
        if isinstance(error, NotSubscribedError | KeyRefusedError):
            log.error("file not read", extra=fields)
            raise UnreadError("files out of service") from error
        log.warning("file not read", extra=fields)
        if isinstance(error, RefusedError | FailedError | ServerError | MalformedError):
            upload = Upload(name, owner, self._services.clock.now())
            if await take_back(upload, self._services, media_id=media_id):
                raise UnreadError("file not understood") from error
        # It may still come about; then the next sweep takes it back.
        raise UnreadError("files out of service") from error

    async def _extract(self, media: Media) -> str:
        """The beginning of what OnDemand read, for questions that cannot use the file itself."""
        try:
            text = await self._services.client.media.extracted_text(media)
        except OnDemandError as error:
            log.info("extract not fetched", extra={"why": str(error)})
            text = media.extract
        return text[: filing.LONGEST_EXTRACT]
