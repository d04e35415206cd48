"""Tables about readings: calibrations, readings by hand, and periods that cannot be believed."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from store.metadata import Id, journal_metadata, records_metadata
from store.people.tables import people

calibrations = Table(
    "calibrations",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("position", Text, nullable=False, server_default=""),
    Column("metric", Text, nullable=False),
    Column("offset", Float, nullable=False),  # added to what was measured
    Column("valid_from", BigInteger, nullable=False),  # a full hour, UTC
    Column("method", Text, nullable=False),  # core.readings.calibrations.Method
    Column("reference", Float),  # what it should have said
    Column("measured", Float),  # what it said, raw
    Column("done_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("certificate", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("by", ForeignKey(people.c.id)),
    Column("recorded_at", BigInteger, nullable=False),
    Index("ix_calibrations_device_position", "device", "position"),
    sqlite_autoincrement=True,
)

doubts = Table(
    "doubts",  # series that are stuck, or pinned at the end of a range
    journal_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("flag", Integer, primary_key=True, autoincrement=False),  # core.readings.readings.Flag
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("rested", BigInteger, nullable=False),  # ms
    Column("until", BigInteger),
    Column("after", Float),  # the value that ended it
)

steps = Table(
    "steps",  # the last readings of series that have just jumped
    journal_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("readings", LargeBinary, nullable=False),
)

by_hand = Table(
    "by_hand",  # who typed which reading: as journal rows they are readings like all others
    journal_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("person", Integer, nullable=False),
    Column("key", Text),  # what a phone that asks again says again; nothing once it is forgotten
    Column("digest", Text, nullable=False),
    Column("room", Integer, nullable=False),
    Column("spot", Text, nullable=False),  # core.rooms.places.SPOTS
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("said", JSON, nullable=False),  # metric -> value
    UniqueConstraint("person", "key"),
    Index("ix_by_hand_room_at", "room", "at"),
    sqlite_autoincrement=True,
)
