"""Shared tables: the sequence of changes, stored answers to writes, and our own secrets."""

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from store.metadata import Long, records_metadata

changes = Table(
    "changes",
    records_metadata,
    Column("seq", Long, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("noun", Text, nullable=False),
    Column("ident", Text, nullable=False),
    sqlite_autoincrement=True,
)

idempotency = Table(
    "idempotency",
    records_metadata,
    Column("person", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("route", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)

service_secrets = Table(
    "service_secrets",
    records_metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
