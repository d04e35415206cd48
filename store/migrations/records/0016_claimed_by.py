"""Which process sends a message now: what a killed one has claimed is sent by the next one at once."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("notifications", sa.Column("claimed_by", sa.Text(), nullable=True))
