"""Tables of the federation, its villages and cooperatives, people and their tokens."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Table,
    Text,
)

from store.metadata import Id, records_metadata

federations = Table(
    "federations",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("signature", Text, nullable=False),  # in front of every SMS, without the brackets
    Column("weight_unit", Text, nullable=False, server_default="jin"),  # jin | kg
    Column("demo", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

villages = Table(
    "villages",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=""),  # administrative code, 12 digits
)

cooperatives = Table(
    "cooperatives",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("village", ForeignKey(villages.c.id), nullable=False),
)

people = Table(
    "people",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("language", Text, nullable=False, server_default="zh"),
    Column("role", Text, nullable=False),  # core.people.people.Role
    Column("cooperative", ForeignKey(cooperatives.c.id)),
    Column("village", ForeignKey(villages.c.id)),
    Column("username", Text, unique=True),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False, server_default="1"),
)

tokens = Table(
    "tokens",
    records_metadata,
    Column("hash", Text, primary_key=True),  # sha256 of the token; the token itself is not stored
    Column("person", ForeignKey(people.c.id), nullable=False),
    Column("kind", Text, nullable=False),  # page | api
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
