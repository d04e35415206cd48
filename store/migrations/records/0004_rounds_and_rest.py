"""Rounds, rooms that rest, checks before opening."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "patrols",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("spot", sa.Text(), nullable=False),
        sa.Column("temperature", sa.Float(), nullable=True),
        sa.Column("humidity", sa.Float(), nullable=True),
        sa.Column("reading", sa.Integer(), nullable=True),
        sa.Column("wrong", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_patrols_by")),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_patrols_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrols")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_patrols_room_at", "patrols", ["room", "at"], unique=False)
    op.create_index("ix_patrols_at", "patrols", ["at"], unique=False)
    op.create_table(
        "rests",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_rests_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f("fk_rests_ended_by")),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_rests_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rests")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rests_room"), "rests", ["room"], unique=False)
    op.create_table(
        "checks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("room", sa.Integer(), nullable=True),
        sa.Column("worst", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_checks_by")),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name=op.f("fk_checks_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
        sqlite_autoincrement=True,
    )
