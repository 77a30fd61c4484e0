"""What outlasts whoever erases themselves, and when somebody was told what they may not."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make room for it."""
    op.create_table(
        "erased_usage",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("questions", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("heard", sa.Float(), server_default="0", nullable=False),
        sa.Column("spoken", sa.Float(), server_default="0", nullable=False),
        sa.Column("translations", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", name="pk_erased_usage"),
    )
    op.create_table(
        "erased_settings",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name", name="pk_erased_settings"),
    )
    op.add_column("users", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    told = sa.Column("translations_told_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("user_usage", told)


def downgrade() -> None:
    """Drop it. Whoever erased themselves today begins a new day."""
    op.drop_column("user_usage", "translations_told_at")
    op.drop_column("users", "refused_at")
    for table in ("erased_settings", "erased_usage"):
        op.drop_table(table)
