"""What is old is found without reading what is not, and lanes grow old."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_SETTLED = sa.text("state = 'settled'")
_TAKEN_AT = sa.column("taken_at", sa.DateTime(timezone=True))


def upgrade() -> None:
    """Make the indexes. Of lanes that are known already it is said that they are taken now."""
    op.create_index(
        "ix_inbox_settled", "inbox", ["ended_at"], sqlite_where=_SETTLED, postgresql_where=_SETTLED
    )
    op.create_index("ix_transcripts_heard_at", "transcripts", ["heard_at"])
    op.create_index("ix_sessions_left_left_at", "sessions_left", ["left_at"])
    op.add_column("lanes", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(sa.update(sa.table("lanes", _TAKEN_AT)).values(taken_at=datetime.now(UTC)))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("lanes", "taken_at")
    op.drop_index("ix_sessions_left_left_at", table_name="sessions_left")
    op.drop_index("ix_transcripts_heard_at", table_name="transcripts")
    op.drop_index("ix_inbox_settled", table_name="inbox")
