"""Tables about hardware in records.db: what people do with it. `store.tables` says how columns are meant."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text

from store.tables import Id, records_metadata

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
    Column("by", ForeignKey("people.id")),
    Column("recorded_at", BigInteger, nullable=False),
    Index("ix_calibrations_device_position", "device", "position"),
    sqlite_autoincrement=True,
)

device_names = Table(
    "device_names",  # what people call it; what it calls itself is in the journal
    records_metadata,
    Column("device", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", ForeignKey("people.id")),
)

removals = Table(
    "removals",  # a probe was taken from where it stood; with `new_device` where another took its place
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False, index=True),
    Column("position", Text, nullable=False),
    Column("room", ForeignKey("rooms.id"), nullable=False),
    Column("spot", Text, nullable=False),
    Column("new_device", Text, index=True),
    Column("new_position", Text),
    Column("at", BigInteger, nullable=False),
    Column("by", ForeignKey("people.id")),
    sqlite_autoincrement=True,
)

ice_baths = Table(
    "ice_baths",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False, index=True),
    Column("ended_at", BigInteger),
    Column("by", ForeignKey("people.id")),
    sqlite_autoincrement=True,
)

recipes = Table(
    "recipes",  # rules that people made on the page or by the API
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
    Column("facts", JSON, nullable=False),  # core.decoding.rules.Recipe
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),  # grows with every change
    Column("changed_at", BigInteger, nullable=False),
    Column("by", ForeignKey("people.id")),
    sqlite_autoincrement=True,
)
