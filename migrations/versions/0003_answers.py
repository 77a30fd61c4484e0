"""Answers: what was asked and said, and which messages show it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _chat_reference(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["chat_id"],
        ["chats.id"],
        name=f"fk_{table}_chat_id",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def upgrade() -> None:
    """Make the tables of answers."""
    op.create_table(
        "answers",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", _row_id, nullable=False),
        sa.Column("asker_id", sa.BigInteger(), nullable=False),
        sa.Column("question_message", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.UniqueConstraint(
            "chat_id", "question_message", name="uq_answers_chat_id_question_message"
        ),
        _chat_reference("answers"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_answers_conversation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["users.id"], name="fk_answers_asker_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_conversation_id", "answers", ["conversation_id", "id"])
    op.create_index("ix_answers_asker_id", "answers", ["asker_id"])
    op.create_table(
        "posts",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("answer_id", _row_id, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name="pk_posts"),
        _chat_reference("posts"),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name="fk_posts_answer_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_posts_answer_id", "posts", ["answer_id"])


def downgrade() -> None:
    """Drop them. Old answers can no longer be asked for again or continued."""
    op.drop_table("posts")
    op.drop_table("answers")
