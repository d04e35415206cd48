"""Tables of calibrations, manual readings, and suspect periods."""

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
    Column("offset", Float, nullable=False),  # added to the measured value
    Column("valid_from", BigInteger, nullable=False),  # a full hour, UTC
    Column("method", Text, nullable=False),  # core.readings.calibrations.Method
    Column("reference", Float),  # the true value
    Column("measured", Float),  # the measured value, raw
    Column("done_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("certificate", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("by", ForeignKey(people.c.id)),
    Column("recorded_at", BigInteger, nullable=False),
    Index("ix_calibrations_device_position", "device", "position"),
    sqlite_autoincrement=True,
)

suspect_periods = Table(
    "suspect_periods",  # series that are stuck, or pinned at the end of a range
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

jump_windows = Table(
    "jump_windows",  # the last readings of series that have just jumped
    journal_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("readings", LargeBinary, nullable=False),
)

manual_readings = Table(
    "manual_readings",  # the person of each manual reading; the journal has the values
    journal_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("person", Integer, nullable=False),
    Column("key", Text),  # Idempotency-Key of the phone; NULL after it expired
    Column("digest", Text, nullable=False),
    Column("room", Integer, nullable=False),
    Column("spot", Text, nullable=False),  # core.rooms.places.SPOTS
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("metric_values", JSON, nullable=False),  # metric -> value
    UniqueConstraint("person", "key"),
    Index("ix_manual_readings_room_at", "room", "at"),
    sqlite_autoincrement=True,
)
