"""A voice note that speaks an answer is known by it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Tell messages that speak an answer from those that show it."""
    op.add_column(
        "posts", sa.Column("is_spoken", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Forget which do, and that they have to do with an answer: what shows one can be changed."""
    op.execute("DELETE FROM posts WHERE is_spoken")
    op.drop_column("posts", "is_spoken")
