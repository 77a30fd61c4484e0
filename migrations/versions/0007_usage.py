"""Usage: what each person, each group and all together use in a day."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _counters() -> list[sa.Column[Any]]:
    return [
        sa.Column("questions", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("heard", sa.Float(), server_default="0", nullable=False),
        sa.Column("spoken", sa.Float(), server_default="0", nullable=False),
        sa.Column("translations", sa.BigInteger(), server_default="0", nullable=False),
    ]


def upgrade() -> None:
    """Make the tables of what was used."""
    op.create_table(
        "user_usage",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_counters(),
        sa.Column("was_warned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voice_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "day", name="pk_user_usage"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_user_usage_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_user_usage_day", "user_usage", ["day"])
    op.create_table(
        "chat_usage",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_counters(),
        sa.PrimaryKeyConstraint("chat_id", "day", name="pk_chat_usage"),
        sa.ForeignKeyConstraint(
            ["chat_id"],
            ["chats.id"],
            name="fk_chat_usage_chat_id",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
    )
    op.create_index("ix_chat_usage_day", "chat_usage", ["day"])
    op.create_table(
        "bot_usage",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("questions", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_bot_usage"),
    )


def downgrade() -> None:
    """Drop them. What was used so far is forgotten, and everybody begins anew."""
    op.drop_table("bot_usage")
    op.drop_table("chat_usage")
    op.drop_table("user_usage")
