"""What the operators were told of, so that it is not repeated."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table of alerts."""
    op.create_table(
        "alerts",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alerts"),
    )


def downgrade() -> None:
    """Forget them: each may be told once more."""
    op.drop_table("alerts")
