"""SQL statements counted, where slowness would otherwise have to be timed."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Every SQL statement that any database is sent."""
    statements: list[str] = []

    def count(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", count)
