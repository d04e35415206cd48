"""Table of what our own services cannot do at the moment."""

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    Table,
    Text,
)

from store.metadata import records_metadata

problems = Table(
    "problems",  # what one of our own parts cannot do; gone when it can again
    records_metadata,
    Column("name", Text, primary_key=True),  # e.g. alerts.room.3.high
    Column("text", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
)
