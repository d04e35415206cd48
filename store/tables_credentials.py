"""Logins of devices at the broker, in records.db. `store.tables` says how columns are meant."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Table, Text, text

from store.tables import Id, records_metadata

credentials = Table(
    "credentials",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),  # to log in with; a device's own name where it has but one
    Column("family", Text, nullable=False),  # core.devices.credentials.FORMS
    Column("at", Text, nullable=False),  # its own part of the topic; empty: the name
    Column("topics", JSON, nullable=False),  # filters it may publish to besides
    Column("password", Text, nullable=False),  # hashed, as in Mosquitto's password file
    Column("issued_at", BigInteger, nullable=False),
    Column("issued_by", ForeignKey("people.id")),  # nothing: at the terminal
    Column("revoked_at", BigInteger),
    Column("revoked_by", ForeignKey("people.id")),
    Index(
        "uq_credentials_active",
        "name",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)
