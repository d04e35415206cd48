"""Tables of sites, rooms, placements, limits and seasonal closures."""

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

from store.metadata import Id, records_metadata
from store.people.tables import people, villages

sites = Table(
    "sites",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("village", ForeignKey(villages.c.id)),
    Column("timezone", Text, nullable=False, server_default="Asia/Shanghai"),
)

rooms = Table(
    "rooms",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("site", ForeignKey(sites.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # cold_room | mushroom_shed
    Column("capacity_grams", BigInteger),
    Column("use", Text),  # declared use: a produce id, a shed's "species/phase", or NULL
    Column("limits_from", Text, nullable=False, server_default="contents"),  # contents | hand
    Column("limits_version", Integer, nullable=False, server_default="0"),  # in force; 0: none yet
    Column("empty_since", BigInteger),  # a person declared it empty
    Column("empty_by", ForeignKey(people.c.id)),
    Column("sort", Integer, nullable=False, server_default="0"),
)

placements = Table(
    "placements",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("device", Text, nullable=False),
    Column("position", Text, nullable=False, server_default=""),
    Column("room", ForeignKey(rooms.c.id), nullable=False),
    Column("spot", Text, nullable=False),  # core.rooms.places.SPOTS
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger),
    Column("by", ForeignKey(people.c.id)),
    Index("ix_placements_device_position", "device", "position"),
)

limits = Table(
    "limits",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("room", ForeignKey(rooms.c.id), nullable=False, index=True),
    Column("version", Integer, nullable=False),  # rooms.limits_version is in force; all are kept
    Column("metric", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("safe_low", Float),
    Column("safe_high", Float),
    Column("hard_low", Float),
    Column("hard_high", Float),
    Column("safe_delay_s", Integer, nullable=False),
    Column("hard_delay_s", Integer, nullable=False),
    Column("hysteresis", Float, nullable=False),
    Column("origin", Text, nullable=False),  # contents | use | hand
    Column("produce", JSON, nullable=False),  # produce ids that caused it
    Column("reason", Text, nullable=False, server_default=""),
    Column("by", ForeignKey(people.c.id)),
    Column("valid_from", BigInteger, nullable=False),
    UniqueConstraint("room", "version", "metric", "class"),
)

seasonal_closures = Table(
    "seasonal_closures",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("room", ForeignKey(rooms.c.id), nullable=False, index=True),
    Column("since", BigInteger, nullable=False),
    Column("by", ForeignKey(people.c.id)),
    Column("ended_at", BigInteger),
    Column("ended_by", ForeignKey(people.c.id)),  # NULL: incoming goods
    sqlite_autoincrement=True,
)
