"""A conversation may have plugins of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make room for them; it was so that none had any."""
    op.add_column("conversations", sa.Column("plugins", sa.LargeBinary))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("conversations", "plugins")
