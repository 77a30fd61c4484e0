"""Delivery: what was accepted, who works on it, and what is done already."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables of delivery."""
    op.create_table(
        "inbox",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("payload", sa.LargeBinary()),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", _moment),
        sa.Column("failure", sa.String(80)),
        sa.Column("accepted_at", _moment, nullable=False),
        sa.Column("ended_at", _moment),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("update_id", name="uq_inbox_update_id"),
        sqlite_autoincrement=True,
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["lane", "id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "lanes",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lanes"),
    )
    op.create_table(
        "journal",
        sa.Column("entry_id", _row_id, autoincrement=False, nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "step", name="pk_journal"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["inbox.id"], name="fk_journal_entry_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop them. What was accepted and not answered is lost."""
    for table in ("journal", "lanes", "inbox"):
        op.drop_table(table)
