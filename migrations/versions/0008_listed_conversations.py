"""Conversations are listed by their place, and deleted ones are deleted at OnDemand, too."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_SHARED = sa.text("title IS NOT NULL AND member_id IS NULL")
_OF_MEMBER = sa.text("title IS NOT NULL AND member_id IS NOT NULL")


def upgrade() -> None:
    """Make the indexes of the lists, and the table of sessions that are to be deleted."""
    op.create_index(
        "ix_conversations_listed_shared",
        "conversations",
        ["chat_id", "topic_id", "id"],
        sqlite_where=_SHARED,
        postgresql_where=_SHARED,
    )
    op.create_index(
        "ix_conversations_listed_of_member",
        "conversations",
        ["chat_id", "topic_id", "member_id", "id"],
        sqlite_where=_OF_MEMBER,
        postgresql_where=_OF_MEMBER,
    )
    op.create_table(
        "sessions_left",
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions_left"),
    )
    op.create_index("ix_sessions_left_tried_at", "sessions_left", ["tried_at"])


def downgrade() -> None:
    """Drop them. Sessions that waited to be deleted at OnDemand stay there."""
    op.drop_table("sessions_left")
    op.drop_index("ix_conversations_listed_of_member", table_name="conversations")
    op.drop_index("ix_conversations_listed_shared", table_name="conversations")
