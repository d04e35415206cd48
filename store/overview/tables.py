"""Table of system issues."""

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    Table,
    Text,
)

from store.metadata import records_metadata

system_issues = Table(
    "system_issues",  # a fault of one of our services; deleted when it ends
    records_metadata,
    Column("name", Text, primary_key=True),  # e.g. alerts.room.3.high
    Column("text", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
)
