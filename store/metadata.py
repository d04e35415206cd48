"""SQLAlchemy metadata of the three databases. Times are Unix time in ms, quantities in g."""

from sqlalchemy import BigInteger, Integer, MetaData

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
journal_metadata = MetaData(naming_convention=_NAMES)
records_metadata = MetaData(naming_convention=_NAMES)
history_metadata = MetaData(naming_convention=_NAMES)

# SQLite autoincrements only INTEGER PRIMARY KEY, which holds 64 bits
Id = Integer
Long = BigInteger().with_variant(Integer, "sqlite")
"""For ids above 2^31."""
