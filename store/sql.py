"""Plain SQL for both databases, for statements where SQLAlchemy's constructs cost more than the database."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, CursorResult


def execute_sql(
    tx: Connection, statement: str, parameters: Sequence[Any] = ()
) -> CursorResult[*tuple[Any, ...]]:
    """Runs a `statement` in the SQL common to SQLite and PostgreSQL. `?` stands only for a value. With a
    list of tuples it runs once per tuple."""
    if tx.dialect.paramstyle != "qmark":
        statement = _for_psycopg(statement)
    return tx.exec_driver_sql(statement, parameters)


def run_all(tx: Connection, statement: str, kinds: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Runs an `INSERT ... VALUES (?, ?) ...` for every row. No two rows may have the same key. PostgreSQL
    gets all rows in one statement, one array per column; `kinds` are its column types."""
    if tx.dialect.paramstyle == "qmark":
        tx.exec_driver_sql(statement, list(rows))
    else:
        columns_of_rows = zip(kinds, zip(*rows, strict=True), strict=True)
        columns = tuple(
            [float(v) for v in row] if kind == "float8" else list(row) for kind, row in columns_of_rows
        )
        tx.exec_driver_sql(_of_lists(statement, tuple(kinds)), columns)


@lru_cache(maxsize=50)
def _of_lists(statement: str, kinds: tuple[str, ...]) -> str:
    lists = ", ".join(f"%s::{kind}[]" for kind in kinds)
    values = f"VALUES ({', '.join('?' * len(kinds))})"
    return statement.replace(values, f"SELECT * FROM unnest({lists})")


@lru_cache(maxsize=500)
def _for_psycopg(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")
