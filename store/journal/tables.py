"""Tables of the journal, its epochs, its series, the latest value of each, leases and followers."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from store.metadata import Id, Long, journal_metadata, records_metadata


def offsets_table(metadata: MetaData) -> Table:
    """A table of followers' offsets; each database has one for the effects stored in it."""
    return Table(
        "offsets",
        metadata,
        Column("follower", Text, primary_key=True),
        Column("seq", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
    )


journal = Table(
    "journal",
    journal_metadata,
    Column("seq", Long, primary_key=True, autoincrement=True),
    Column("received_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # readings | heartbeat | gap
    Column("body", LargeBinary, nullable=False),
)

series = Table(
    "series",
    journal_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("position", Text, nullable=False, server_default=""),
    Column("first_at", BigInteger, nullable=False),
    UniqueConstraint("device", "metric", "position"),
    sqlite_autoincrement=True,
)

latest = Table(
    "latest",
    journal_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("value", Float, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("claimed", BigInteger),
)

leases = Table(
    "leases",
    journal_metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

followers = Table(
    "followers",
    journal_metadata,
    Column("name", Text, primary_key=True),  # reported offset, for trimming only; the true one
    Column("seq", BigInteger, nullable=False),  # is stored with the follower's effects
    Column("at", BigInteger, nullable=False),
)

records_offsets = offsets_table(records_metadata)


def followed_epoch_table(metadata: MetaData) -> Table:
    """A table of one row: the epoch in which the offsets of this database count."""
    return Table("followed_epoch", metadata, Column("id", Text, primary_key=True))


journal_epochs = Table(
    "journal_epochs",
    journal_metadata,
    Column("number", Id, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("after", BigInteger, nullable=False),  # its rows are those after this sequence number
    Column("begun_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

records_followed_epoch = followed_epoch_table(records_metadata)
