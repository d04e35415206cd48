"""What devices say of themselves: their name, their gateway, that they were taken out of use."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("devices") as table:
        table.add_column(sa.Column("name", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("gateway", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("removed_at", sa.BigInteger()))
