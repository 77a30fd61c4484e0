"""A supergroup is known by the number it had as a group."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Remember from where a group moved."""
    op.add_column("chats", sa.Column("moved_from", sa.BigInteger(), nullable=True))
    op.create_index("uq_chats_moved_from", "chats", ["moved_from"], unique=True)


def downgrade() -> None:
    """Forget it: what is still on its way from the old group begins anew there."""
    op.drop_index("uq_chats_moved_from", table_name="chats")
    op.drop_column("chats", "moved_from")
