"""The three databases as SQLAlchemy knows them. Times are milliseconds since 1970 (UTC), quantities grams."""

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

# SQLite counts only INTEGER PRIMARY KEY by itself, and in it as far as anybody wants
Id = Integer
Long = BigInteger().with_variant(Integer, "sqlite")
"""For what may pass two thousand million."""
