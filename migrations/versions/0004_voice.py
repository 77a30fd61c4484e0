"""Voice: what was heard, what is on its way through OnDemand, and what was spoken."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _user_reference(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
    )


def upgrade() -> None:
    """Make the tables of voice, and tell spoken questions from written ones."""
    op.add_column(
        "answers",
        sa.Column("is_heard", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "posts",
        sa.Column("asks_for_words", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "transcripts",
        sa.Column("recording", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recording", name="pk_transcripts"),
        _user_reference("transcripts"),
    )
    op.create_index("ix_transcripts_user_id", "transcripts", ["user_id"])
    op.create_table(
        "uploads",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("external_id", sa.String(32), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_uploads"),
    )
    op.create_table(
        "speech",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("sound", sa.LargeBinary(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_speech"),
        _user_reference("speech"),
    )
    op.create_index("ix_speech_user_id", "speech", ["user_id"])
    op.create_index("ix_speech_made_at", "speech", ["made_at"])


def downgrade() -> None:
    """Drop them. What was heard is listened to again."""
    op.drop_table("speech")
    op.drop_table("uploads")
    op.drop_table("transcripts")
    op.drop_column("posts", "asks_for_words")
    op.drop_column("answers", "is_heard")
