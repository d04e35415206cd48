"""Tables of patrols and of pre-opening checks."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)

from store.metadata import Id, records_metadata
from store.people.tables import people
from store.rooms.tables import rooms

patrols = Table(
    "patrols",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("room", ForeignKey(rooms.c.id), nullable=False),
    Column("at", BigInteger, nullable=False),  # time of the visit
    Column("recorded_at", BigInteger, nullable=False),
    Column("by", ForeignKey(people.c.id), nullable=False),
    Column("spot", Text, nullable=False),
    Column("temperature", Float),  # read off the thermometer; NULL if there is none
    Column("humidity", Float),
    Column("reading", Integer),  # manual_readings.id in the journal
    Column("wrong", JSON, nullable=False),  # core.patrols.patrols.TICKS that were not OK
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_patrols_room_at", "room", "at"),
    Index("ix_patrols_at", "at"),
    sqlite_autoincrement=True,
)

pre_opening_checks = Table(
    "pre_opening_checks",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("by", ForeignKey(people.c.id)),
    Column("room", ForeignKey(rooms.c.id)),  # NULL: the whole federation
    Column("worst", Text, nullable=False),  # core.overview.check_results.CheckVerdict
    Column("lines", JSON, nullable=False),
    sqlite_autoincrement=True,
)
