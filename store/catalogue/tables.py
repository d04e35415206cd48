"""Table of produce."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Table,
    Text,
)

from store.metadata import records_metadata
from store.people.tables import people

produce = Table(
    "produce",
    records_metadata,
    Column("id", Text, primary_key=True),
    Column("facts", JSON, nullable=False),  # core.catalogue.produce.Produce; the federation may edit it
    Column("edited_at", BigInteger),
    Column("edited_by", ForeignKey(people.c.id)),
)
