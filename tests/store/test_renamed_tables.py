"""Tables that migrations 0010 (records) and 0007 (journal) rename keep their rows and their next id."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect

from store import schema
from store.database import Database, Databases

RENAMED = {
    "records": {
        "system_issues": ("problems", "'disk', 'full', 5, 6, 2"),
        "probe_removals": ("removals", "1, 'old', 'a', 'new', 'b', 1, 'door', 7, NULL"),
        "seasonal_closures": ("rests", "1, 1, 5, NULL, 9, NULL"),
        "pre_opening_checks": ("checks", "1, 5, NULL, 1, 'well', '[]'"),
        "alert_probes": ("alert_probes", "7, 5, 3.5, FALSE, 4, NULL, 2, 85.0"),
    },
    "journal": {
        "manual_readings": ("by_hand", "1, 3, NULL, 'd', 1, 'door', 5, 6, '{}'"),
        "suspect_periods": ("doubts", "7, 2, 5, 1.5, 1.75, 9, NULL, NULL"),
        "jump_windows": ("steps", "7, 'blob'"),
        "clock_offsets": ("device_clocks", "'box', 900000, 5"),
    },
}
"""Table -> its old name and a row of it."""
RENAMED_COLUMNS = {"said": {"manual_readings": "metric_values", "alert_probes": "doubted_value"}}
VERSION_BEFORE = {"records": 9, "journal": 6}


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Databases without any table."""
    url = "sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    databases = Databases(tmp_path, url)
    yield databases
    databases.close()


@pytest.fixture(params=RENAMED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def old_rows(databases: Databases, name: str) -> dict[str, dict[str, object]]:
    """A row of each table as it was before the rename, in a database that is migrated then."""
    database: Database = getattr(databases, name)
    rows: dict[str, dict[str, object]] = {}
    versions_applied = 0

    def on_applied(**_facts: object) -> None:
        nonlocal versions_applied
        versions_applied += 1
        if versions_applied != VERSION_BEFORE[name]:
            return
        if name == "records":
            tx.exec_driver_sql("INSERT INTO sites (id, name) VALUES (1, 's')")
            tx.exec_driver_sql("INSERT INTO rooms (id, site, name, kind) VALUES (1, 1, 'r', 'cold_room')")
        for table, (old_table, row) in RENAMED[name].items():
            tx.exec_driver_sql(f"INSERT INTO {old_table} VALUES ({row})")
            rows[table] = _row(tx, old_table)
            if "id" in rows[table]:
                _delete_second_row(tx, old_table, row)

    with database.write() as tx:
        schema._make_schema(tx, name)
        schema._upgrade(tx, name, schema.METADATA[name], on_applied)
    return rows


def test_every_row_is_in_the_table_of_the_new_name(
    databases: Databases, name: str, old_rows: dict[str, dict[str, object]]
) -> None:
    database: Database = getattr(databases, name)
    with database.read() as tx:
        for table, (old_table, _) in RENAMED[name].items():
            expected = {
                RENAMED_COLUMNS.get(column, {}).get(table, column): value
                for column, value in old_rows[table].items()
            }
            assert expected.items() <= _row(tx, table).items()  # a later migration may add columns
            assert old_table == table or not inspect(tx).has_table(old_table)


def test_the_id_of_a_deleted_row_is_not_given_again(
    databases: Databases, name: str, old_rows: dict[str, dict[str, object]]
) -> None:
    database: Database = getattr(databases, name)
    with database.write() as tx:
        next_ids = {table: _next_id(tx, table) for table, row in old_rows.items() if "id" in row}
    assert set(next_ids.values()) == {3}


def _row(tx: Connection, table: str) -> dict[str, object]:
    return dict(tx.exec_driver_sql(f"SELECT * FROM {table}").mappings().one())


def _delete_second_row(tx: Connection, table: str, first_row: str) -> None:
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 2)")
        return
    tx.exec_driver_sql(f"INSERT INTO {table} VALUES ({first_row.replace('1', '2', 1)})")
    tx.exec_driver_sql(f"DELETE FROM {table} WHERE id = 2")


def _next_id(tx: Connection, table: str) -> int:
    if tx.dialect.name == "postgresql":
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        return int(tx.exec_driver_sql(f"SELECT nextval({sequence})").scalar_one())
    query = f"SELECT seq + 1 FROM sqlite_sequence WHERE name = '{table}'"
    return int(tx.exec_driver_sql(query).scalar_one())
