"""Answers that were given, found again by the question or by a message that shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, delete, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.dialects import insert_into
from bot.storage.tables import answers, posts


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of a person, and what was answered."""

    id: int
    chat_id: int
    conversation_id: int
    asker_id: int
    #: The number of the person's message in the chat.
    question_message: int
    question: str
    answer: str
    #: Whether the question was spoken.
    is_heard: bool
    answered_at: datetime
    #: The numbers of the messages that show the answer, in their order.
    posts: tuple[int, ...]


#: Messages that show an answer in words, and can be changed.
_is_written = ~posts.c.asks_for_words & ~posts.c.is_spoken


class Answers:
    """The shelf of answers."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(
        self,
        *,
        chat_id: int,
        conversation_id: int,
        asker_id: int,
        question_message: int,
        question: str,
        answer: str,
        shown: Sequence[int],
        at: datetime,
        is_heard: bool = False,
    ) -> int:
        """Keep an answer and which messages show it; tells its number.

        An earlier answer to the same message of the person is replaced.
        """
        made = insert_into(self._connection, answers).values(
            chat_id=chat_id,
            conversation_id=conversation_id,
            asker_id=asker_id,
            question_message=question_message,
            question=question,
            answer=answer,
            is_heard=is_heard,
            answered_at=at,
        )
        newest = {
            name: made.excluded[name] for name in ("question", "answer", "is_heard", "answered_at")
        }
        kept = made.on_conflict_do_update(
            index_elements=["chat_id", "question_message"], set_=newest
        )
        number = int((await self._connection.execute(kept.returning(answers.c.id))).scalar_one())
        await self._connection.execute(
            delete(posts).where(posts.c.answer_id == number, _is_written)
        )
        for message in shown:
            post = insert_into(self._connection, posts).values(
                chat_id=chat_id, message_id=message, answer_id=number
            )
            await self._connection.execute(
                post.on_conflict_do_update(
                    index_elements=["chat_id", "message_id"], set_={"answer_id": number}
                )
            )
        return number

    async def to_question(self, chat_id: int, message: int) -> Answer | None:
        """The answer to this message of a person."""
        return await self._find(
            (answers.c.chat_id == chat_id) & (answers.c.question_message == message)
        )

    async def shown_by(self, chat_id: int, message: int) -> Answer | None:
        """The answer that this message of ours shows or speaks."""
        return await self._find(self._named_by(chat_id, message, asks_for_words=False))

    async def speak(self, answer: int, chat_id: int, message: int) -> None:
        """This voice note of ours speaks the answer of this number, if it is still there."""
        there = select(
            literal(chat_id, BigInteger), literal(message, BigInteger), answers.c.id, true()
        ).where(answers.c.id == answer)
        made = insert_into(self._connection, posts).from_select(
            ["chat_id", "message_id", "answer_id", "is_spoken"], there
        )
        await self._connection.execute(made.on_conflict_do_nothing())

    async def ask_for_words(self, answer: Answer, message: int) -> None:
        """This message of ours asks for the right words of the question."""
        made = insert_into(self._connection, posts).values(
            chat_id=answer.chat_id, message_id=message, answer_id=answer.id, asks_for_words=True
        )
        await self._connection.execute(made.on_conflict_do_nothing())

    async def asked_for_words_by(self, chat_id: int, message: int) -> Answer | None:
        """The answer for whose question this message of ours asks the right words."""
        return await self._find(self._named_by(chat_id, message, asks_for_words=True))

    async def newest_in(self, conversation: int) -> Answer | None:
        """What was answered last in this conversation."""
        newest = (
            select(answers.c.id)
            .where(answers.c.conversation_id == conversation)
            .order_by(answers.c.answered_at.desc(), answers.c.id.desc())
            .limit(1)
        )
        return await self._find(answers.c.id == newest.scalar_subquery())

    async def in_conversation(self, conversation: int, *, limit: int) -> Sequence[Answer]:
        """What was answered in this conversation, oldest first; the newest, where there is more.

        Which messages show it is left out.
        """
        newest = (
            select(answers)
            .where(answers.c.conversation_id == conversation)
            .order_by(answers.c.id.desc())
            .limit(limit)
        )
        rows = (await self._connection.execute(newest)).all()
        return [Answer(**row._mapping, posts=()) for row in reversed(rows)]

    async def is_latest(self, answer: Answer) -> bool:
        """Whether nothing was asked in the conversation since."""
        newer = select(answers.c.id).where(
            answers.c.conversation_id == answer.conversation_id, answers.c.id > answer.id
        )
        return await self._connection.scalar(newer.limit(1)) is None

    @staticmethod
    def _named_by(chat_id: int, message: int, *, asks_for_words: bool) -> ColumnElement[bool]:
        named = select(posts.c.answer_id).where(
            posts.c.chat_id == chat_id,
            posts.c.message_id == message,
            posts.c.asks_for_words.is_(asks_for_words),
        )
        return answers.c.id == named.scalar_subquery()

    async def _find(self, condition: ColumnElement[bool]) -> Answer | None:
        row = (await self._connection.execute(select(answers).where(condition))).one_or_none()
        if row is None:
            return None
        shown = await self._connection.scalars(
            select(posts.c.message_id)
            .where(posts.c.answer_id == row.id, _is_written)
            .order_by(posts.c.message_id)
        )
        return Answer(**row._mapping, posts=tuple(shown))
