"""Files that people gave to a conversation, so that they can be used, and taken back."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import conversations, files, uploads

#: Older than anything: what was left behind then is taken back at the next look.
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class File:
    """A file that OnDemand has read for a conversation."""

    #: What it is called at OnDemand: random.
    name: str
    conversation_id: int
    #: Who sent it.
    user_id: int
    #: Whose it is at OnDemand, the session it is in there, and its number there.
    external_id: str
    session_id: str
    media_id: str
    #: Telegram's name for the bytes, the same wherever they are sent again.
    source: str
    #: OnDemand's word for the kind of file.
    kind: str
    #: What the person calls it.
    display_name: str = field(repr=False)
    #: The beginning of what is in it.
    extract: str = field(repr=False)
    #: When it was sent last.
    at: datetime


class Files:
    """The shelf of files."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, file: File) -> None:
        """OnDemand has read this one. From now on its conversation answers for it."""
        values = {column.name: getattr(file, column.name) for column in files.c}
        made = insert_into(self._connection, files).values(values)
        await self._connection.execute(made.on_conflict_do_nothing())
        await self._connection.execute(delete(uploads).where(uploads.c.name == file.name))

    async def of_conversation(self, conversation: int) -> list[File]:
        """The files of this conversation, oldest first."""
        return await self._find(files.c.conversation_id == conversation)

    async def send_again(self, name: str, *, at: datetime) -> None:
        """Somebody sent this one again, or pointed to it: it is what they mean now."""
        mine = files.c.name == name
        await self._connection.execute(update(files).where(mine).values(at=at))

    async def carry_over(self, conversation: int, session: str) -> None:
        """This session knows the files of its conversation, whichever they were given to."""
        mine = files.c.conversation_id == conversation
        await self._connection.execute(update(files).where(mine).values(session_id=session))

    async def release_conversation(self, conversation: int) -> None:
        """Forget the files of this conversation, and have them deleted at OnDemand.

        Said in the transaction that deletes the conversation; the next sweep of uploads does it.
        """
        await self._release(files.c.conversation_id == conversation)

    async def release_chat(self, chat: int) -> None:
        """The same for all conversations of a chat, when it is erased."""
        here = select(conversations.c.id).where(conversations.c.chat_id == chat)
        await self._release(files.c.conversation_id.in_(here))

    async def release_user(self, user: int) -> None:
        """The same for all that this person ever sent, wherever it was, when they are erased."""
        await self._release(files.c.user_id == user)

    async def _release(self, condition: ColumnElement[bool]) -> None:
        for file in await self._find(condition):
            made = insert_into(self._connection, uploads).values(
                name=file.name, external_id=file.external_id, begun_at=_LONG_AGO
            )
            await self._connection.execute(made.on_conflict_do_nothing())
        await self._connection.execute(delete(files).where(condition))

    async def _find(self, condition: ColumnElement[bool]) -> list[File]:
        found = select(files).where(condition).order_by(files.c.at, files.c.name)
        return [File(**row._mapping) for row in await self._connection.execute(found)]
