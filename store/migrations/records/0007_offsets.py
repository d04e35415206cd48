"""How far each follower of the journal is stands in a table called offsets.

The rows are copied instead of renaming the table: SQLite cannot rename the constraint of a primary key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "offsets",
        sa.Column("follower", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("follower", name=op.f("pk_offsets")),
    )
    op.execute("INSERT INTO offsets (follower, seq, at) SELECT follower, seq, at FROM positions")
    op.drop_table("positions")
