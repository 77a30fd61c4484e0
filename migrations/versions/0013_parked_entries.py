"""What was given up is counted without looking at what is settled."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_PARKED = sa.text("state = 'parked'")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_inbox_parked", "inbox", ["id"], sqlite_where=_PARKED, postgresql_where=_PARKED
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_inbox_parked", table_name="inbox")
