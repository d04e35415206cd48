"""Tables get the names that their subjects have everywhere else.

problems -> system_issues, removals -> probe_removals, rests -> seasonal_closures, checks ->
pre_opening_checks, alert_probes.said -> doubted_value. Rows are copied, because SQLite cannot rename the
constraints of a table; the next id stays the same, so no id is given twice.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "system_issues",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_system_issues")),
    )
    _move_rows("problems", "system_issues", ["name", "text", "first_at", "last_at", "count"])
    _create_probe_removals()
    _create_seasonal_closures()
    _create_pre_opening_checks()
    op.execute("ALTER TABLE alert_probes RENAME COLUMN said TO doubted_value")


def _create_probe_removals() -> None:
    op.create_table(
        "probe_removals",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("spot", sa.Text(), nullable=False),
        sa.Column("new_device", sa.Text(), nullable=True),
        sa.Column("new_position", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_probe_removals_by")),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_probe_removals_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probe_removals")),
        sqlite_autoincrement=True,
    )
    for column in ("device", "new_device"):
        op.create_index(op.f(f"ix_probe_removals_{column}"), "probe_removals", [column], unique=False)
    columns = ["id", "device", "position", "room", "spot", "new_device", "new_position", "at", "by"]
    _move_rows("removals", "probe_removals", columns)


def _create_seasonal_closures() -> None:
    op.create_table(
        "seasonal_closures",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_seasonal_closures_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f("fk_seasonal_closures_ended_by")),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_seasonal_closures_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasonal_closures")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_seasonal_closures_room"), "seasonal_closures", ["room"], unique=False)
    _move_rows("rests", "seasonal_closures", ["id", "room", "since", "by", "ended_at", "ended_by"])


def _create_pre_opening_checks() -> None:
    op.create_table(
        "pre_opening_checks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("room", sa.Integer(), nullable=True),
        sa.Column("worst", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_pre_opening_checks_by")),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_pre_opening_checks_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pre_opening_checks")),
        sqlite_autoincrement=True,
    )
    _move_rows("checks", "pre_opening_checks", ["id", "at", "by", "room", "worst", "lines"])


def _move_rows(old: str, new: str, columns: list[str]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    op.execute(f"INSERT INTO {new} ({names}) SELECT {names} FROM {old}")
    if "id" in columns:
        _keep_next_id(old, new)
    op.drop_table(old)


def _keep_next_id(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        sequence = f"pg_get_serial_sequence('{new}', 'id')"
        op.execute(f"SELECT setval({sequence}, last_value, is_called) FROM {old}_id_seq")
        return
    op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{new}'")
    op.execute(
        f"INSERT INTO sqlite_sequence (name, seq) "
        f"SELECT '{new}', seq FROM sqlite_sequence WHERE name = '{old}'"
    )
