"""Which login made a device, and which devices were forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("devices", sa.Column("login", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "forgotten_devices",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_forgotten_devices")),
        sqlite_autoincrement=True,
    )
