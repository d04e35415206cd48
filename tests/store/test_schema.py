"""The migrations make what the tables say; a database of a newer program is left alone."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.decoding.rules import Rule, ValueSource
from store import schema
from store.database import Database, Databases
from store.decoding.rules import add_rule, stored_rules
from store.schema import SchemaState

NAMES = tuple(schema.METADATA)


Fresh = Callable[[str], Databases]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """Makes databases that hold nothing yet, of a name."""
    made = []

    def make(name: str) -> Databases:
        (tmp_path / name).mkdir()
        url = "sqlite"
        if request.param == "postgresql":
            url = request.getfixturevalue("postgres").new_database()
        made.append(Databases(tmp_path / name, url))
        return made[-1]

    yield make
    for databases in made:
        databases.close()


_COLUMNS = """
SELECT table_name || '.' || column_name, concat_ws(' ', data_type, is_nullable, column_default, is_identity)
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
"""


def _made(database: Database) -> dict[str, str]:
    """Name -> what made it, in one spelling."""
    with database.read() as tx:
        if database.postgresql:
            tables = tx.exec_driver_sql(_COLUMNS).all()
            return {name: text for name, text in tables if not name.startswith(schema.VERSIONS)}
        rows = tx.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    return {name: _plain(sql) for name, sql in rows if name not in (schema.VERSIONS, "sqlite_sequence")}


def _plain(sql: str) -> str:
    """Without spaces and quotes, its clauses in order of the alphabet: their order means nothing."""
    start, inside = re.sub(r'\s+|"', "", sql).split("(", 1)
    inside, end = inside.rsplit(")", 1)
    clauses = re.split(r",(?![^(]*\))", inside)
    return f"{start}({','.join(sorted(clauses))}){end}"


@pytest.mark.parametrize("name", NAMES)
def test_migrations_make_exactly_the_tables_of_the_program(fresh: Fresh, name: str) -> None:
    created, migrated = fresh("created"), fresh("migrated")
    schema.create(created)
    schema.migrate(migrated)
    assert _made(getattr(migrated, name)) == _made(getattr(created, name))
    assert schema.shape(created) == schema.shape(migrated) == SchemaState.READY


@pytest.mark.parametrize("name", NAMES)
def test_every_version_follows_the_one_before(name: str) -> None:
    versions = schema.versions(name)
    assert versions == [f"{number:04d}" for number in range(1, len(versions) + 1)]
    for number, version in enumerate(versions):
        (file,) = (schema.MIGRATIONS / name).glob(f"{version}_*.py")
        before = f'"{versions[number - 1]}"' if number else "None"
        text = file.read_text()
        assert f'revision = "{version}"' in text
        assert f"down_revision = {before}" in text


def test_migrating_says_how_far_it_is_and_does_nothing_twice(fresh: Fresh) -> None:
    dbs = fresh("dbs")
    assert schema.shape(dbs) == SchemaState.OLDER
    progress: list[tuple[int, int]] = []
    for _ in range(2):
        schema.migrate(dbs, progress=lambda done, total: progress.append((done, total)))
    total = sum(len(schema.versions(name)) for name in NAMES)
    assert progress == [(done, total) for done in range(1, total + 1)]


@pytest.mark.parametrize("name", NAMES)
def test_a_database_of_a_newer_program_is_seen(fresh: Fresh, name: str) -> None:
    dbs = fresh("dbs")
    schema.create(dbs)
    with getattr(dbs, name).write() as tx:
        tx.exec_driver_sql(f"UPDATE {schema.VERSIONS} SET version_num = '9999'")
    assert schema.shape(dbs) == SchemaState.NEWER


def test_a_migration_that_fails_leaves_nothing_behind(fresh: Fresh) -> None:
    dbs = fresh("dbs")

    def fails(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        schema.migrate(dbs, progress=fails)
    assert _made(dbs.journal) == {}
    schema.migrate(dbs)
    assert schema.shape(dbs) == SchemaState.READY


OLD_NAMES = {
    "journal": ("0005", "latest", "newest", "1, 5, 6, 3.5, 0, NULL"),
    "records": ("0006", "offsets", "positions", "'engine', 7, 8"),
    "history": ("0001", "offsets", "positions", "'recorder', 7, 8"),
}
"""Database -> last version with the old name of a table, the table, its old name, a row."""


@pytest.mark.parametrize("name", NAMES)
def test_a_table_that_gets_another_name_keeps_its_rows(fresh: Fresh, name: str) -> None:
    version, table, old_table, row = OLD_NAMES[name]
    database: Database = getattr(fresh("old"), name)
    applied = 0

    def on_applied(**_facts: object) -> None:
        nonlocal applied
        applied += 1
        if applied == int(version):
            tx.exec_driver_sql(f"INSERT INTO {old_table} VALUES ({row})")

    with database.write() as tx:
        schema._make_schema(tx, name)
        schema._upgrade(tx, name, schema.METADATA[name], on_applied)
        stored = tx.exec_driver_sql(f"SELECT * FROM {table}").one()
        assert tuple(stored) == tx.exec_driver_sql(f"SELECT {row}").one()


def test_a_rule_of_the_old_table_stays_and_no_number_is_given_twice(fresh: Fresh) -> None:
    database = fresh("old").records
    facts = '{"name": "a", "topics": ["x/{device}"], "values": [{"path": "t"}]}'
    applied = 0

    def on_applied(**_facts: object) -> None:
        nonlocal applied
        applied += 1
        if applied == 8:
            for name in ("a", "b"):
                row = f"INSERT INTO recipes (name, facts, active, version, changed_at) VALUES ('{name}', "
                tx.exec_driver_sql(row + f"'{facts}', {true}, 1, 5)")
            tx.exec_driver_sql("DELETE FROM recipes WHERE name = 'b'")
            tx.exec_driver_sql("INSERT INTO problems VALUES ('recipe:c.toml', 'x', 5, 5, 1)")

    with database.write() as tx:
        true = "true" if tx.dialect.name == "postgresql" else "1"
        schema._make_schema(tx, "records")
        schema._upgrade(tx, "records", schema.METADATA["records"], on_applied)
        (stored,) = stored_rules(tx)
        assert (stored.id, stored.name, stored.rule is not None) == (1, "a", True)
        assert (
            add_rule(tx, 6, Rule(name="n", topics=["y/{device}"], values=[ValueSource(path="t")]), None) == 3
        )
        assert tx.exec_driver_sql("SELECT name FROM system_issues").scalar() == "rule:c.toml"
