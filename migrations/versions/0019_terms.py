"""A schema says which programs may work on it, so that an old one need not know a newer schema."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Name this very revision: the programs before it would not look."""
    terms = op.create_table("schema_terms", sa.Column("oldest", sa.String(32), nullable=False))
    op.bulk_insert(terms, [{"oldest": revision}])


def downgrade() -> None:
    """Leave it to each program to know every revision."""
    op.drop_table("schema_terms")
