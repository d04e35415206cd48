"""Tables get the names that their subjects have everywhere else.

by_hand -> manual_readings (its column said -> metric_values), doubts -> suspect_periods, steps ->
jump_windows, device_clocks -> clock_offsets. Rows are copied, because SQLite cannot rename the constraints
of a table; the next id of manual_readings stays the same, because patrols refer to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _create_manual_readings()
    op.create_table(
        "suspect_periods",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("flag", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("rested", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("after", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("series", "flag", "since", name=op.f("pk_suspect_periods")),
    )
    columns = '"series", "flag", "since", "low", "high", "rested", "until", "after"'
    op.execute(f"INSERT INTO suspect_periods ({columns}) SELECT {columns} FROM doubts")
    op.drop_table("doubts")
    op.create_table(
        "jump_windows",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("readings", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_jump_windows")),
    )
    op.execute("INSERT INTO jump_windows (series, readings) SELECT series, readings FROM steps")
    op.drop_table("steps")
    op.create_table(
        "clock_offsets",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("off", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_clock_offsets")),
    )
    op.execute(
        'INSERT INTO clock_offsets ("device", "off", "since") '
        'SELECT "device", "off", "since" FROM device_clocks'
    )
    op.drop_table("device_clocks")


def _create_manual_readings() -> None:
    op.create_table(
        "manual_readings",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("spot", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("metric_values", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_readings")),
        sa.UniqueConstraint("person", "key", name=op.f("uq_manual_readings_person")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_manual_readings_room_at", "manual_readings", ["room", "at"], unique=False)
    columns = '"id", "person", "key", "digest", "room", "spot", "at", "received_at"'
    op.execute(
        f'INSERT INTO manual_readings ({columns}, "metric_values") SELECT {columns}, "said" FROM by_hand'
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('manual_readings', 'id'), last_value, is_called) "
            "FROM by_hand_id_seq"
        )
    else:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'manual_readings'")
        op.execute(
            "INSERT INTO sqlite_sequence (name, seq) "
            "SELECT 'manual_readings', seq FROM sqlite_sequence WHERE name = 'by_hand'"
        )
    op.drop_table("by_hand")
