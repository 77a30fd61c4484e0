"""Menus: what their buttons mean is kept here, and not in the buttons."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table of menus."""
    op.create_table(
        "menus",
        sa.Column("name", sa.String(22), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("actions", sa.LargeBinary(), nullable=False),
        sa.Column("awaits", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_menus"),
        sa.ForeignKeyConstraint(
            ["chat_id"],
            ["chats.id"],
            name="fk_menus_chat_id",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_menus_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_menus_chat_id", "menus", ["chat_id", "message_id"])
    op.create_index("ix_menus_user_id", "menus", ["user_id"])
    op.create_index("ix_menus_opened_at", "menus", ["opened_at"])


def downgrade() -> None:
    """Drop it. Buttons of menus that stand in chats do nothing from then on."""
    op.drop_table("menus")
