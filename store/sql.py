"""Plain statements for both databases, where SQLAlchemy's constructs would cost more than the database."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, CursorResult


def run(tx: Connection, statement: str, parameters: Sequence[Any] = ()) -> CursorResult[*tuple[Any, ...]]:
    """`statement` in words that SQLite and PostgreSQL both know, `?` for each value (and for nothing
    else); a list of tuples runs it once for each."""
    if tx.dialect.paramstyle != "qmark":
        statement = _for_psycopg(statement)
    return tx.exec_driver_sql(statement, parameters)


@lru_cache(maxsize=500)
def _for_psycopg(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")
