"""An alert about a silent probe belongs to one series; several may be open in a room at once.

SQLite cannot change a primary key, so the rows of `alert_states` are copied.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("alerts", sa.Column("series", sa.Integer(), server_default="0", nullable=False))
    states = sa.table(
        "alert_states",
        sa.column("room", sa.Integer),
        *(sa.column(name, sa.Text) for name in ("condition", "metric", "class")),
        sa.column("state", sa.JSON),
    )
    rows = [dict(row) for row in op.get_bind().execute(sa.select(states)).mappings()]
    op.drop_table("alert_states")
    op.create_table(
        "alert_states",
        sa.Column("room", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("series", sa.Integer(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(
            "room", "condition", "metric", "class", "series", name=op.f("pk_alert_states")
        ),
    )
    if rows:
        op.bulk_insert(states, rows)
