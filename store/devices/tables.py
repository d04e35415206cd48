"""Tables of devices: status, names, placements' removals, ice baths, credentials, clocks, usual ages."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    text,
)

from store.metadata import Id, journal_metadata, records_metadata
from store.people.tables import people
from store.rooms.tables import rooms

devices = Table(
    "devices",
    journal_metadata,
    Column("id", Text, primary_key=True),
    Column("family", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("online", Boolean),
    Column("online_at", BigInteger),
    Column("name", Text, nullable=False, server_default=""),  # as the device reports it
    Column("gateway", Text, nullable=False, server_default=""),
    Column("removed_at", BigInteger),  # the device's own system took it out of use
    Column("login", Text, nullable=False, server_default=""),  # core.devices.login_shares; "": not known
)

forgotten_devices = Table(
    "forgotten_devices",  # tells the listener, which remembers devices and series
    journal_metadata,
    Column("number", Id, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

device_names = Table(
    "device_names",  # names given by people; a device's own name is in the journal
    records_metadata,
    Column("device", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", ForeignKey(people.c.id)),
)

probe_removals = Table(
    "probe_removals",  # a probe lost its placement; `new_device` took it over, if set
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False, index=True),
    Column("position", Text, nullable=False),
    Column("room", ForeignKey(rooms.c.id), nullable=False),
    Column("spot", Text, nullable=False),
    Column("new_device", Text, index=True),
    Column("new_position", Text),
    Column("at", BigInteger, nullable=False),
    Column("by", ForeignKey(people.c.id)),
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
    Column("by", ForeignKey(people.c.id)),
    sqlite_autoincrement=True,
)

credentials = Table(
    "credentials",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),  # MQTT login name; by default the device's name
    Column("family", Text, nullable=False),  # core.devices.families
    Column("at", Text, nullable=False),  # the device's part of the topic; empty: `name`
    Column("topics", JSON, nullable=False),  # further filters that it may publish to
    Column("password", Text, nullable=False),  # hashed, as in Mosquitto's password file
    Column("issued_at", BigInteger, nullable=False),
    Column("issued_by", ForeignKey(people.c.id)),  # NULL: at the terminal
    Column("revoked_at", BigInteger),
    Column("revoked_by", ForeignKey(people.c.id)),
    Index(
        "uq_credentials_active",
        "name",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

clock_offsets = Table(
    "clock_offsets",  # devices whose clock is wrong by whole quarter hours
    journal_metadata,
    Column("device", Text, primary_key=True),
    Column("off", BigInteger, nullable=False),  # ms behind ours; negative: ahead
    Column("since", BigInteger, nullable=False),
)

usual_ages = Table(
    "usual_ages",  # devices that are steadily late: a slow clock or a slow upload
    journal_metadata,
    Column("device", Text, primary_key=True),
    Column("age", BigInteger, nullable=False),  # ms from a reading's own time to its arrival
    Column("since", BigInteger, nullable=False),
)
