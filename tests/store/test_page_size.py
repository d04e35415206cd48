"""Small pages where every message is a commit, in old files too."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store import page_size
from store.database import SMALL_PAGE_BYTES, Databases, sqlite
from store.journal import journal
from store.schema import create

pytestmark = pytest.mark.one_database


def page_bytes(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("PRAGMA page_size").fetchone()[0])


def mode(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def old(folder: Path) -> Path:
    """A journal with large pages and a row."""
    file = folder / "journal.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size=4096")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE kept (value INTEGER)")
        connection.execute("INSERT INTO kept VALUES (7)")
    return file


def test_a_new_journal_has_small_pages(tmp_path: Path) -> None:
    dbs = Databases(tmp_path)
    create(dbs)
    dbs.close()
    sizes = {name: page_bytes(tmp_path / f"{name}.db") for name in ("journal", "records", "history")}
    assert sizes == {"journal": SMALL_PAGE_BYTES, "records": 4096, "history": 4096}


def test_an_old_file_is_rewritten_with_everything_in_it(tmp_path: Path) -> None:
    file = old(tmp_path)
    database = sqlite(file)
    for _ in range(2):
        page_size.rewrite(database, SMALL_PAGE_BYTES)
        with database.read() as tx:
            assert tx.exec_driver_sql("SELECT value FROM kept").scalar() == 7
        database.close()
        assert (page_bytes(file), mode(file)) == (SMALL_PAGE_BYTES, "wal")


def test_a_file_that_is_in_use_stays_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = old(tmp_path)
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM kept").fetchall()
        page_size.rewrite(sqlite(file), SMALL_PAGE_BYTES)
    assert "keeps its page size" in caplog.text
    assert (page_bytes(file), mode(file)) == (4096, "wal")


def test_numbers_of_the_journal_go_on_after_its_rows_were_trimmed(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        for _ in range(3):
            last = journal.append(tx, 1, journal.HEARTBEAT, b"")
        tx.exec_driver_sql("DELETE FROM journal WHERE seq < 3")
        assert journal.append(tx, 1, journal.HEARTBEAT, b"") == last + 1


def test_a_commit_of_a_reading_writes_two_small_pages(dbs: Databases) -> None:
    """The row, and its latest value: what the wear of a card hangs on."""
    from core.readings.journal_codec import batch_body
    from core.readings.readings import Reading
    from store.journal import latest
    from store.journal.series import get_or_make

    wal = dbs.data_dir / "journal.db-wal"
    with dbs.journal.write() as tx:
        series = get_or_make(tx, "probe", "temperature", "", 0)
        latest.put(tx, 1, [Reading(series, 1, 4.0)])
    sizes = []
    for at in range(2, 12):
        before = wal.stat().st_size
        with dbs.journal.write() as tx:
            reading = Reading(series, at, 4.0)
            journal.append(tx, at, journal.READINGS, batch_body([reading], []))
            latest.put(tx, at, [reading])
        sizes.append(wal.stat().st_size - before)
    assert sorted(sizes)[len(sizes) // 2] == 2 * (SMALL_PAGE_BYTES + 24)
