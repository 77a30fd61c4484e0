"""What was translated, so that it is not paid for twice, and which messages show it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import translation_posts, translations, users
from bot.storage.types import cipher_of


class Translations:
    """The shelf of translations that were made and paid for.

    A text is known by its *source*, a digest that tells nobody else what it says. So whoever keeps
    the source of a text keeps no word of it.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    def source_of(self, text: str) -> str:
        """The digest by which a text is known."""
        return cipher_of(self._connection.dialect).digest(text)

    def key_of(self, source: str, language: str) -> str:
        """The digest by which its translation is known."""
        return cipher_of(self._connection.dialect).digest(f"{language}\n{source}")

    async def keep(
        self, source: str, language: str, words: str, *, user_id: int | None, at: datetime
    ) -> None:
        """Keep a text in a language. What is kept of it already stays.

        `user_id` is whose it is: it goes with them, if we know them at all.
        """
        known = select(users.c.id).where(users.c.id == user_id).scalar_subquery()
        made = insert_into(self._connection, translations).values(
            digest=self.key_of(source, language), user_id=known, text=words, made_at=at
        )
        await self._connection.execute(made.on_conflict_do_nothing())

    async def find(self, source: str, language: str) -> str | None:
        """The text of this source in this language, if it was translated not long ago."""
        return await self.by_key(self.key_of(source, language))

    async def by_key(self, key: str) -> str | None:
        """The same, by the digest of both."""
        mine = select(translations.c.text).where(translations.c.digest == key)
        words: str | None = await self._connection.scalar(mine)
        return words

    async def forget(self, *, before: datetime) -> None:
        """Drop what was translated before this moment."""
        await self._connection.execute(delete(translations).where(translations.c.made_at < before))


@dataclass(frozen=True, slots=True)
class Original:
    """A person's message whose translation we show."""

    #: Its number in the chat.
    message: int
    #: The digest of what it said when it was translated.
    source: str


class TranslationPosts:
    """The shelf of messages that show translations, by numbers alone."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(
        self, chat_id: int, originals: Sequence[Original], posts: Sequence[int], *, at: datetime
    ) -> None:
        """These messages of ours show the translation of those of people, and no others do.

        Where there are none, nothing shows it any more.
        """
        numbers = [original.message for original in originals]
        await self._connection.execute(
            delete(translation_posts).where(
                translation_posts.c.chat_id == chat_id,
                translation_posts.c.original_id.in_(numbers),
            )
        )
        rows = [
            {
                "chat_id": chat_id,
                "original_id": original.message,
                "message_id": post,
                "source": original.source,
                "made_at": at,
            }
            for original in originals
            for post in posts
        ]
        if rows:
            made = insert_into(self._connection, translation_posts).values(rows)
            await self._connection.execute(made.on_conflict_do_nothing())

    async def of(self, chat_id: int, original: int) -> list[int]:
        """Our messages that show the translation of this one, in their order."""
        here = translation_posts.c.chat_id == chat_id
        found = select(translation_posts.c.message_id).where(
            here, translation_posts.c.original_id == original
        )
        return sorted(await self._connection.scalars(found))

    async def shown_by(self, chat_id: int, posts: Collection[int]) -> list[Original]:
        """The messages whose translation any of these shows, in their order."""
        found = select(translation_posts.c.original_id, translation_posts.c.source).where(
            translation_posts.c.chat_id == chat_id, translation_posts.c.message_id.in_(posts)
        )
        rows = {row.original_id: row.source for row in await self._connection.execute(found)}
        return [Original(number, rows[number]) for number in sorted(rows)]

    async def forget(self, *, before: datetime) -> None:
        """Drop what was posted before this moment."""
        gone = delete(translation_posts).where(translation_posts.c.made_at < before)
        await self._connection.execute(gone)
