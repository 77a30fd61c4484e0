"""Translations, so that none is paid for twice, and which messages show them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables of translations and of the messages that show them."""
    op.create_table(
        "translations",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_translations"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_translations_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_translations_user_id", "translations", ["user_id"])
    op.create_index("ix_translations_made_at", "translations", ["made_at"])
    op.create_table(
        "translation_posts",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("original_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "chat_id", "original_id", "message_id", name="pk_translation_posts"
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"],
            ["chats.id"],
            name="fk_translation_posts_chat_id",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )
    op.create_index("ix_translation_posts_chat_id", "translation_posts", ["chat_id", "message_id"])
    op.create_index("ix_translation_posts_made_at", "translation_posts", ["made_at"])


def downgrade() -> None:
    """Drop them. What was translated is translated anew, and no edit changes it any more."""
    op.drop_table("translation_posts")
    op.drop_table("translations")
