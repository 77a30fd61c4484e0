"""What operators do and see: invitations, bans, broadcasts, and the trail of a turn."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make their tables, and room for the trail of each turn."""
    op.create_table(
        "invites",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_invites"),
    )
    op.create_table(
        "bans",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("banned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_told", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_bans"),
    )
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "broadcasts",
        sa.Column("id", row_id, nullable=False),
        sa.Column("author", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("active_days", sa.Integer(), nullable=True),
        sa.Column("pace", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "broadcast_recipients",
        sa.Column("broadcast_id", row_id, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fate", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id", "user_id", name="pk_broadcast_recipients"),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcasts.id"],
            name="fk_broadcast_recipients_broadcast_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_broadcast_recipients_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_broadcast_recipients_fate",
        "broadcast_recipients",
        ["broadcast_id", "fate", "user_id"],
    )
    op.create_index("ix_broadcast_recipients_user_id", "broadcast_recipients", ["user_id"])
    op.add_column("inbox", sa.Column("trail", sa.String(2000), nullable=True))


def downgrade() -> None:
    """Drop them. Whoever was banned may ask again."""
    op.drop_column("inbox", "trail")
    for table in ("broadcast_recipients", "broadcasts", "bans", "invites"):
        op.drop_table(table)
