"""What is old is found without reading what is not."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"

_SETTLED = sa.text("state = 'settled'")


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(
        "ix_inbox_settled", "inbox", ["ended_at"], sqlite_where=_SETTLED, postgresql_where=_SETTLED
    )
    op.create_index("ix_transcripts_heard_at", "transcripts", ["heard_at"])
    op.create_index("ix_sessions_left_left_at", "sessions_left", ["left_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_sessions_left_left_at", table_name="sessions_left")
    op.drop_index("ix_transcripts_heard_at", table_name="transcripts")
    op.drop_index("ix_inbox_settled", table_name="inbox")
