"""Tables of the embedded history: points and roll-ups."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    Table,
    Text,
)

from store.journal.tables import followed_epoch_table, offsets_table
from store.metadata import history_metadata

points = Table(
    "points",
    history_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Float, nullable=False),
    Column("flags", Integer, nullable=False),
    sqlite_with_rowid=False,
)


def _rollup(name: str) -> Table:
    return Table(
        name,
        history_metadata,
        Column("series", Integer, primary_key=True, autoincrement=False),
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        Column("min", Float, nullable=False),
        Column("sum", Float, nullable=False),
        Column("max", Float, nullable=False),
        Column("count", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


rollup_5m = _rollup("rollup_5m")

rollup_1h = _rollup("rollup_1h")

trimmed = Table(
    "trimmed",
    history_metadata,
    Column("level", Text, primary_key=True),  # points | rollup_5m | rollup_1h
    Column("before", BigInteger, nullable=False),  # a full hour; older data may be deleted
)

history_offsets = offsets_table(history_metadata)

history_followed_epoch = followed_epoch_table(history_metadata)

series_copy = Table(
    "series_copy",  # of the journal's table `series`: whose points these are if the journal is lost
    history_metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("device", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("position", Text, nullable=False),
)
