"""Copies journal and records from one database to another, such as from SQLite to PostgreSQL, and compares
every row."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from zlib import crc32

from sqlalchemy import Connection, Table, func, insert, select

from core.errors import StoreError
from store import schema
from store.database import Database, Databases
from store.database_files import MOVABLE

ROWS_AT_ONCE = 1_000

Progress = Callable[[int, int], None]
"""Called with (rows done, rows in total)."""


def move(source: Databases, target: Databases, progress: Progress = lambda _done, _total: None) -> int:
    """Copies every table of `MOVABLE`. Returns the number of rows. The source is not changed. A target in
    PostgreSQL gets all of it or nothing; one in SQLite is two files, which count once this has returned.
    Raises StoreError if the target holds other rows, or if what arrived is not what was sent."""
    total = sum(_count(_database(source, name), name) for name in MOVABLE)
    held = [name for name in MOVABLE if not is_blank(_database(target, name), name)]
    if held:
        if all(_is_copy(source, target, name) for name in MOVABLE):  # a move that was killed when it was done
            return total
        raise StoreError(f"{_database(target, held[0]).name} already holds rows")
    done = 0

    def on_rows(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    with ExitStack() as transactions:
        for name, writing in _writing(target, transactions):
            with _database(source, name).read() as reading:
                _copy(reading, writing, name, on_rows)
    return done


def _writing(target: Databases, transactions: ExitStack) -> Iterator[tuple[str, Connection]]:
    """A write transaction for each name. In PostgreSQL it is one for all, so that a kill leaves nothing
    half."""
    if not target.records.postgresql:
        for name in MOVABLE:
            yield name, transactions.enter_context(_database(target, name).write())
        return
    writing = transactions.enter_context(target.records.write())
    for name in MOVABLE:
        target.use_schema(writing, name)
        yield name, writing


def is_blank(database: Database, name: str) -> bool:
    """Whether the database has no row in any table of ours."""
    return schema.is_empty(database) or _count(database, name) == 0


def _is_copy(source: Databases, target: Databases, name: str) -> bool:
    """Whether both hold the same rows."""
    if schema.is_empty(_database(target, name)):
        return False
    with _database(source, name).read() as sent, _database(target, name).read() as arrived:
        tables = schema.METADATA[name].sorted_tables
        return all(_digest_of(sent, table) == _digest_of(arrived, table) for table in tables)


def _digest_of(tx: Connection, table: Table) -> int:
    digest = 0
    for rows in _batches(tx, table):
        digest = _digest(rows, digest)
    return digest


def _copy(reading: Connection, writing: Connection, name: str, on_rows: Callable[[int], None]) -> None:
    schema.create_in(writing, name)
    for table in schema.METADATA[name].sorted_tables:
        sent = 0
        for rows in _batches(reading, table):
            writing.execute(insert(table), rows)
            sent = _digest(rows, sent)
            on_rows(len(rows))
        _continue_numbers(reading, writing, table)
        if _digest_of(writing, table) != sent:
            raise StoreError(f"table {table.name} did not arrive as it was sent")


def _database(databases: Databases, name: str) -> Database:
    database = getattr(databases, name)
    assert isinstance(database, Database)
    return database


def _count(database: Database, name: str) -> int:
    with database.read() as tx:
        counts = (select(func.count()).select_from(table) for table in schema.METADATA[name].tables.values())
        return sum(tx.execute(count).scalar_one() for count in counts)


def _batches(tx: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    query = select(table).order_by(*table.primary_key.columns)
    for rows in tx.execute(query).mappings().partitions(ROWS_AT_ONCE):
        yield [dict(row) for row in rows]


def _digest(rows: list[dict[str, object]], before: int) -> int:
    """PostgreSQL stores no NUL (store.postgresql)."""
    for row in rows:
        before = crc32(repr(sorted(row.items())).replace("\\x00", "\ufffd").encode(), before)
    return before


def _continue_numbers(source: Connection, target: Connection, table: Table) -> None:
    """New rows get ids above every id that the source has ever given, also for rows that are deleted."""
    column = table.autoincrement_column
    if column is None or not table.dialect_options["sqlite"]["autoincrement"]:
        return
    highest = _highest_given(source, table.name, column.name)
    if target.dialect.name == "postgresql":
        if highest:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            target.execute(select(func.setval(sequence, highest)))
    else:
        target.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        target.exec_driver_sql("INSERT INTO sqlite_sequence VALUES (?, ?)", (table.name, highest))


def _highest_given(source: Connection, table: str, column: str) -> int:
    if source.dialect.name == "postgresql":
        name = source.execute(select(func.pg_get_serial_sequence(table, column))).scalar_one()
        last, is_called = source.exec_driver_sql(f"SELECT last_value, is_called FROM {name}").one()
        return int(last) if is_called else 0
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    return int(source.exec_driver_sql(query, (table,)).scalar() or 0)
