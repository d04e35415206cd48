"""What is known against series and devices for the time being."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "device_clocks",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("off", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_clocks")),
    )
    op.create_table(
        "doubts",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("flag", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("rested", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("after", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("series", "flag", "since", name=op.f("pk_doubts")),
    )
    op.create_table(
        "steps",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("readings", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_steps")),
    )
