"""Tables of decoding: rules, decoder memory, and rejected messages."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    false,
)

from store.metadata import Id, Long, journal_metadata, records_metadata
from store.people.tables import people

rejected = Table(
    "rejected",
    journal_metadata,
    Column("id", Long, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("waited", Boolean, nullable=False, server_default=false()),  # sent at an unknown earlier time
    Index("ix_rejected_topic_reason", "topic", "reason", "id"),
    sqlite_autoincrement=True,
)

rejected_counts = Table(
    "rejected_counts",
    journal_metadata,
    Column("topic", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", Long, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

decoder_memory = Table(
    "decoder_memory",
    journal_metadata,
    Column("family", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

rules = Table(
    "rules",  # made by people, on the page or by the API
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
    Column("facts", JSON, nullable=False),  # core.decoding.rules.Rule
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),  # grows with every change
    Column("changed_at", BigInteger, nullable=False),
    Column("by", ForeignKey(people.c.id)),
    sqlite_autoincrement=True,
)
