"""Tables of journal.db about what cannot be believed for the time being."""

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, Table, Text

from store.tables import journal_metadata

doubts = Table(
    "doubts",  # series that are stuck, or pinned at the end of a range
    journal_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("flag", Integer, primary_key=True, autoincrement=False),  # core.readings.readings.Flag
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("rested", BigInteger, nullable=False),  # ms
    Column("until", BigInteger),
    Column("after", Float),  # the value that ended it
)

steps = Table(
    "steps",  # the last readings of series that have just jumped
    journal_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("readings", LargeBinary, nullable=False),
)

device_clocks = Table(
    "device_clocks",  # devices whose clock is wrong by whole quarter hours
    journal_metadata,
    Column("device", Text, primary_key=True),
    Column("off", BigInteger, nullable=False),  # ms behind ours, negative: ahead
    Column("since", BigInteger, nullable=False),
)
