"""The latest value of each series stands in a table of that name.

The rows are copied instead of renaming the table: SQLite cannot rename the constraint of a primary key.
There is one row per series, so this takes less than a second.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "latest",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_latest")),
    )
    columns = "series, at, received_at, value, flags, claimed"
    op.execute(f"INSERT INTO latest ({columns}) SELECT {columns} FROM newest")
    op.drop_table("newest")
