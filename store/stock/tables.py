"""Tables of lots and movements."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
)

from store.catalogue.tables import produce
from store.metadata import Id, records_metadata
from store.people.tables import cooperatives, people
from store.rooms.tables import rooms

lots = Table(
    "lots",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("produce", ForeignKey(produce.c.id), nullable=False),
    Column("cooperative", ForeignKey(cooperatives.c.id), nullable=False),
    Column("variety", Text, nullable=False, server_default=""),
    Column("bags", Integer),
    Column("harvested_on", Text),  # ISO date
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("by", ForeignKey(people.c.id)),
    sqlite_autoincrement=True,
)

movements = Table(
    "movements",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("lot", ForeignKey(lots.c.id), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # core.stock.stock.MovementKind
    Column("grams", BigInteger, nullable=False),  # always positive; the rooms give the direction
    Column("from_room", ForeignKey(rooms.c.id)),
    Column("to_room", ForeignKey(rooms.c.id)),
    Column("at", BigInteger, nullable=False),  # when it happened
    Column("recorded_at", BigInteger, nullable=False),  # when it was recorded
    Column("by", ForeignKey(people.c.id)),
    Column("reason", Text, nullable=False, server_default=""),
    Column("reverses", ForeignKey("movements.id")),
    sqlite_autoincrement=True,
)
