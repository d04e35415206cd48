"""What only PostgreSQL could get wrong: the order of commits, locks of others, a server that goes away."""

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from core.errors import StoreError
from core.people.people import NewPerson
from store import postgresql, schema
from store.database import Databases
from store.journal import journal, series
from store.journal.tables import records_offsets
from store.people import people
from tests.support.databases import Server
from tests.support.machines import Postgres, need

NOW = 1_800_000_000_000
WRITERS, ROWS = 3, 100


@pytest.fixture
def pg(postgres: Server, tmp_path: Path) -> Iterator[Databases]:
    with postgres.databases(tmp_path) as dbs:
        yield dbs


@pytest.fixture
def server() -> Iterator[Postgres]:
    """One that may be stopped, and wants a password."""
    own = Postgres(password="p@ss word/1").start()
    yield own
    own.remove()


def test_a_follower_sees_every_row_of_three_writers_in_order(pg: Databases) -> None:
    """Without the lock, a row that is committed later than its successor is never seen: 111 of 900."""

    def write(dbs: Databases) -> None:
        for _ in range(ROWS):
            with dbs.journal.write() as tx:
                journal.append(tx, NOW, journal.READINGS, b"")

    writers = [threading.Thread(target=write, args=(pg,)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    seqs: list[int] = []
    while any(writer.is_alive() for writer in writers) or len(seqs) < _last(pg):
        with pg.journal.read() as tx:
            seqs += [row.seq for row in journal.read_after(tx, seqs[-1] if seqs else 0)]
    assert seqs == list(range(1, WRITERS * ROWS + 1))


def _last(dbs: Databases) -> int:
    with dbs.journal.read() as tx:
        return journal.last_seq(tx)


def test_what_is_not_committed_yet_is_not_the_last(pg: Databases) -> None:
    with pg.journal.write() as tx:
        journal.append(tx, NOW, journal.READINGS, b"")
        assert _last(pg) == 0
    assert _last(pg) == 1


def test_the_listener_does_not_wait_for_who_writes_records(pg: Databases) -> None:
    with pg.records.write() as tx:
        people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper"))
        with pg.journal.write() as other:
            assert journal.append(other, NOW, journal.READINGS, b"") == 1


def test_who_waits_too_long_for_another_writer_is_told(
    pg: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "BUSY_S", 0.05)
    impatient = Databases(tmp_path, pg.url)

    def write_too() -> None:
        with impatient.records.write():
            pass

    with pg.records.write(), pytest.raises(StoreError, match="lock timeout"):
        write_too()
    write_too()
    impatient.close()


def test_what_only_reads_cannot_write(pg: Databases) -> None:
    with pytest.raises(StoreError, match="read-only"), pg.records.read() as tx:
        tx.execute(insert(records_offsets).values(follower="f", seq=1, at=1))


def test_names_with_what_it_cannot_keep_are_kept_and_found_again(pg: Databases) -> None:
    with pg.journal.write() as tx:
        made = series.get_or_make(tx, "pro\0be", "temperature", "", NOW)
        assert series.get_or_make(tx, "pro\0be", "temperature", "", NOW) == made
        assert series.all_series(tx)[made].device == "pro\ufffdbe"
    with pg.records.read() as tx:
        assert people.by_username(tx, "ad\0min") is None


def test_no_journal_is_made_where_somebody_looks_for_records(pg: Databases) -> None:
    """Both hold a table of versions; neither finds the other's."""
    for database, present, absent in ((pg.journal, "series", "rooms"), (pg.records, "rooms", "series")):
        with database.read() as tx:
            assert tx.dialect.has_table(tx, present)
            assert not tx.dialect.has_table(tx, absent)


def test_a_server_that_is_away_is_a_store_error_and_is_used_again_when_it_is_back(
    server: Postgres, tmp_path: Path
) -> None:
    dbs = Databases(tmp_path, server.url())
    schema.migrate(dbs)
    assert schema.shape(dbs) == schema.SchemaState.READY

    def half() -> None:
        with dbs.journal.write() as tx:
            journal.append(tx, NOW, journal.READINGS, b"half")
            server.stop()
            journal.append(tx, NOW, journal.READINGS, b"never")

    with dbs.journal.write() as tx:
        journal.append(tx, NOW, journal.READINGS, b"whole")
    with pytest.raises(StoreError):
        half()
    with pytest.raises(StoreError, match="refused"):
        _last(dbs)
    server.start()
    with dbs.journal.read() as tx, dbs.records.read():  # what is kept open now dies with the server
        assert journal.last_seq(tx) == 1
    server.stop()
    server.start()
    with dbs.journal.read() as tx:
        assert [row.body for row in journal.read_after(tx, 0)] == [b"whole"]
    with dbs.records.write() as tx:
        assert tx.execute(select(records_offsets)).all() == []
    dbs.close()


def test_a_dump_that_is_put_back_elsewhere_goes_on_where_it_was(postgres: Server, tmp_path: Path) -> None:
    """As docs/operators/backup.md says."""
    before, after = (Databases(tmp_path, postgres.new_database()) for _ in range(2))
    schema.create(before)
    with before.records.write() as tx:
        first = people.add_person(tx, NOW, NewPerson(name="任师傅", role="keeper"))
    with before.journal.write() as tx:
        for _ in range(3):
            journal.append(tx, NOW, journal.READINGS, b"")
    dump = str(tmp_path / "coldshed.dump")
    back = ["--no-owner", "--exit-on-error", f"--dbname={after.url}", dump]
    for command in (["pg_dump", "--format=custom", f"--file={dump}", before.url], ["pg_restore", *back]):
        subprocess.run([need(command[0], "postgresql"), *command[1:]], check=True)
    assert schema.shape(after) == schema.SchemaState.READY
    with after.records.write() as tx:
        assert people.add_person(tx, NOW, NewPerson(name="张师傅", role="keeper")) > first
    with after.journal.write() as tx:
        assert journal.append(tx, NOW, journal.READINGS, b"") == 4
    for dbs in (before, after):
        dbs.close()


def test_a_wrong_password_is_said_without_the_password(server: Postgres, tmp_path: Path) -> None:
    dbs = Databases(tmp_path, f"postgresql://coldshed:not-it@127.0.0.1:{server.port}/postgres")
    with pytest.raises(StoreError, match="password authentication failed") as refused:
        schema.shape(dbs)
    assert "not-it" not in str(refused.value)
    dbs.close()
