"""More tables, of those who look after rooms: what they read, their rounds, the check before opening."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from store.tables import Id, journal_metadata

by_hand = Table(
    "by_hand",  # who typed which reading: as journal rows they are readings like all others
    journal_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("person", Integer, nullable=False),
    Column("key", Text),  # what a phone that asks again says again; nothing once it is forgotten
    Column("digest", Text, nullable=False),
    Column("room", Integer, nullable=False),
    Column("spot", Text, nullable=False),  # core.places.SPOTS
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("said", JSON, nullable=False),  # metric -> value
    UniqueConstraint("person", "key"),
    Index("ix_by_hand_room_at", "room", "at"),
    sqlite_autoincrement=True,
)
