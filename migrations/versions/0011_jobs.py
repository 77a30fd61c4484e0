"""On PostgreSQL, jobs that wake lanes in whichever process is free."""

from alembic import op

from bot.storage import job_schema

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Let the library make its tables; processes that do not know of them do without."""
    job_schema.bring_up(op.get_bind())


def downgrade() -> None:
    """Drop them. Lanes in which something waits are found by who runs next."""
    job_schema.take_down(op.get_bind())
