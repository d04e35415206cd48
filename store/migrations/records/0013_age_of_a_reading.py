"""How old a probe's value was when it arrived: a device that is steadily late is as current as it can be."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("alert_probes", sa.Column("age", sa.BigInteger(), server_default="0", nullable=False))
