"""A whole database from SQLite to PostgreSQL and back: the same rows, and ids go on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from core.errors import StoreError
from store import schema
from store.backup.move import move
from store.database import Databases
from store.journal import series
from tests.support.databases import Server
from tests.upgrade.test_upgrade import restore as restore_earlier_data

Opened = Callable[[str], Databases]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Databases]:
    """The data folder of a running house: every kind of record."""
    folder = tmp_path / "sqlite"
    folder.mkdir()
    restore_earlier_data(folder)
    databases = Databases(folder)
    schema.migrate(databases)
    yield databases
    databases.close()


@pytest.fixture
def target(tmp_path: Path, postgres: Server) -> Iterator[Databases]:
    folder = tmp_path / "postgresql"
    folder.mkdir()
    databases = Databases(folder, postgres.new_database())
    yield databases
    databases.close()


def rows(dbs: Databases) -> dict[str, list[tuple[object, ...]]]:
    content = {}
    for name in ("records", "journal"):
        with getattr(dbs, name).read() as tx:
            for table in schema.METADATA[name].sorted_tables:
                query = select(table).order_by(*table.primary_key.columns)
                content[f"{name}.{table.name}"] = [tuple(row) for row in tx.execute(query)]
    return content


def test_there_and_back_every_row_is_the_same(full: Databases, target: Databases, tmp_path: Path) -> None:
    before = rows(full)
    assert sum(map(bool, before.values())) > 20, "hardly anything to move"
    steps: list[tuple[int, int]] = []
    assert move(full, target, lambda done, total: steps.append((done, total))) == steps[-1][1]
    assert rows(target) == before
    (tmp_path / "back").mkdir()
    back = Databases(tmp_path / "back")
    move(target, back)
    assert rows(back) == before
    assert schema.shape(back, "records", "journal") == schema.SchemaState.READY
    back.close()


def test_new_ids_begin_above_every_id_ever_given(full: Databases, target: Databases) -> None:
    with full.journal.write() as tx:
        series.restore(tx, [], 900, 0)
    move(full, target)
    with target.journal.write() as tx:
        assert series.get_or_make(tx, "new", "temperature", "", 0) == 901


def test_a_target_that_holds_rows_is_refused(full: Databases, target: Databases) -> None:
    move(full, target)
    with target.journal.write() as tx:
        series.get_or_make(tx, "another", "temperature", "", 0)
    before = rows(target)
    with pytest.raises(StoreError, match="already holds rows"):
        move(full, target)
    assert rows(target) == before


def test_a_move_that_was_killed_when_it_was_done_is_done(full: Databases, target: Databases) -> None:
    count = move(full, target)
    before = rows(target)
    assert move(full, target) == count
    assert rows(target) == before


def test_postgresql_gets_both_databases_or_none(
    full: Databases, target: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_values: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("store.database.Databases.use_schema", _after_first(target.use_schema, refuse))
    with pytest.raises(KeyboardInterrupt):
        move(full, target)
    assert schema.is_empty(target.records)
    assert schema.is_empty(target.journal)


def _after_first(use: Callable[..., None], then: Callable[..., None]) -> Callable[..., None]:
    calls = iter((use, then))
    return lambda _databases, *values: next(calls)(*values)


def test_a_killed_move_can_be_repeated(full: Databases, target: Databases) -> None:
    def killed(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(full, target, killed)
    before = rows(full)
    move(full, target)
    assert rows(target) == before
