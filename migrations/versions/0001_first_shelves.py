"""The first shelves: people, chats, conversations, settings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)


def _chat_reference(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["chat_id"],
        ["chats.id"],
        name=f"fk_{table}_chat_id",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def _user_reference(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["users.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "data_keys",
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("first_used", _moment, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_data_keys"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("external_id", sa.String(32), nullable=False),
        sa.Column("language", sa.String(35)),
        sa.Column("met_at", _moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("external_id", name="uq_users_external_id"),
    )
    op.create_table(
        "chats",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(32), nullable=False),
        sa.Column("met_at", _moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chats"),
        sa.UniqueConstraint("external_id", name="uq_chats_external_id"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", _row_id, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("member_id", sa.BigInteger()),
        sa.Column("session_id", sa.String(64)),
        sa.Column("title", sa.LargeBinary()),
        sa.Column("opened_at", _moment, nullable=False),
        sa.Column("closed_at", _moment),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        _chat_reference("conversations"),
        _user_reference("conversations", "member_id"),
        sqlite_autoincrement=True,
    )
    open_shared = sa.text("closed_at IS NULL AND member_id IS NULL")
    op.create_index(
        "uq_conversations_open_shared",
        "conversations",
        ["chat_id", "topic_id"],
        unique=True,
        sqlite_where=open_shared,
        postgresql_where=open_shared,
    )
    open_of_member = sa.text("closed_at IS NULL AND member_id IS NOT NULL")
    op.create_index(
        "uq_conversations_open_of_member",
        "conversations",
        ["chat_id", "topic_id", "member_id"],
        unique=True,
        sqlite_where=open_of_member,
        postgresql_where=open_of_member,
    )
    op.create_index("ix_conversations_member_id", "conversations", ["member_id"])
    op.create_table(
        "user_settings",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name", name="pk_user_settings"),
        _user_reference("user_settings", "user_id"),
    )
    op.create_table(
        "chat_settings",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "topic_id", "name", name="pk_chat_settings"),
        _chat_reference("chat_settings"),
    )


def downgrade() -> None:
    """Drop them all."""
    for table in (
        "chat_settings",
        "user_settings",
        "conversations",
        "chats",
        "users",
        "data_keys",
    ):
        op.drop_table(table)
