"""Why what a probe said last cannot be believed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("alert_probes", sa.Column("fault", sa.Integer(), server_default="0", nullable=False))
    op.add_column("alert_probes", sa.Column("said", sa.Float(), nullable=True))
