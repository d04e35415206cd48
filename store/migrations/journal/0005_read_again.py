"""Of a message that could not be read: whether its arrival says when it was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("rejected", sa.Column("waited", sa.Boolean(), nullable=False, server_default=sa.false()))
