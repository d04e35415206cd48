"""More tables, of those who look after rooms: what they read, their rounds, the check before opening."""

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
    UniqueConstraint,
)

from store.tables import Id, journal_metadata, records_metadata

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

patrols = Table(
    "patrols",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("room", ForeignKey("rooms.id"), nullable=False),
    Column("at", BigInteger, nullable=False),  # when somebody was there
    Column("recorded_at", BigInteger, nullable=False),
    Column("by", ForeignKey("people.id"), nullable=False),
    Column("spot", Text, nullable=False),
    Column("temperature", Float),  # read off the thermometer there; nothing where there is none
    Column("humidity", Float),
    Column("reading", Integer),  # by_hand.id in the journal
    Column("wrong", JSON, nullable=False),  # core.patrols.patrols.TICKS that were not well
    Column("note", Text, nullable=False, server_default=""),
    Index("ix_patrols_room_at", "room", "at"),
    Index("ix_patrols_at", "at"),
    sqlite_autoincrement=True,
)

rests = Table(
    "rests",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("room", ForeignKey("rooms.id"), nullable=False, index=True),
    Column("since", BigInteger, nullable=False),
    Column("by", ForeignKey("people.id")),
    Column("ended_at", BigInteger),
    Column("ended_by", ForeignKey("people.id")),  # nobody: goods came in
    sqlite_autoincrement=True,
)

checks = Table(
    "checks",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("by", ForeignKey("people.id")),
    Column("room", ForeignKey("rooms.id")),  # nothing: the whole federation
    Column("worst", Text, nullable=False),  # core.patrols.pre_opening_check.Word
    Column("lines", JSON, nullable=False),
    sqlite_autoincrement=True,
)
