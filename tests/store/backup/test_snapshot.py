"""Copies of databases that are being written, and what a check finds."""

import random
import sqlite3
import threading
from pathlib import Path

import pytest

from core.errors import StoreError
from store.backup.snapshot import copy_database, damage_of


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    """A database in which every transaction adds one row to both of two tables."""
    file = tmp_path / "busy.db"
    database = sqlite3.connect(file, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE a (x, filler)")
    database.execute("CREATE TABLE b (x)")
    for i in range(2_000):
        database.execute("INSERT INTO a VALUES (?, ?)", (i, "f" * 2_000))
        database.execute("INSERT INTO b VALUES (?)", (i,))
    database.close()
    return file


def test_a_copy_under_writes_is_of_one_moment(busy: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    written = 0

    def write() -> None:
        nonlocal written
        database = sqlite3.connect(busy, isolation_level=None, timeout=10)
        while not stop.is_set():
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO a VALUES (-1, ?)", ("f" * 2_000,))
            database.execute("INSERT INTO b VALUES (-1)")
            database.execute("COMMIT")
            written += 1
        database.close()

    writer = threading.Thread(target=write)
    writer.start()
    steps: list[tuple[int, int]] = []
    try:
        copy_database(busy, tmp_path / "copy.db", lambda done, total: steps.append((done, total)))
    finally:
        stop.set()
        writer.join()
    assert written > 0
    assert steps[-1][0] == steps[-1][1]
    copy = sqlite3.connect(tmp_path / "copy.db")
    (a,), (b,) = copy.execute("SELECT count(*) FROM a UNION ALL SELECT count(*) FROM b")
    copy.close()
    assert a == b >= 2_000
    assert damage_of(tmp_path / "copy.db", thorough=True) == ""
    assert not (tmp_path / "copy.db-wal").exists()


def test_what_no_copy_can_be_made_of_is_named(tmp_path: Path) -> None:
    (tmp_path / "photo.db").write_bytes(b"jpeg" * 1_000)
    with pytest.raises(StoreError, match=r"photo\.db: file is not a database"):
        copy_database(tmp_path / "photo.db", tmp_path / "copy.db")


def test_a_flipped_page_is_found(busy: Path) -> None:
    assert damage_of(busy) == ""
    chance = random.Random(3)
    with busy.open("r+b") as content:
        for page in range(200, 240):
            content.seek(page * 4096)
            content.write(chance.randbytes(4096))
    assert damage_of(busy) != ""


def test_a_missing_file_is_named_and_any_folder_name_is_read(busy: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="gone"):
        copy_database(tmp_path / "gone.db", tmp_path / "copy.db")
    assert damage_of(tmp_path / "gone.db") != ""
    folder = tmp_path / "100% #1?"
    folder.mkdir()
    copy_database(busy, folder / "copy.db")
    assert damage_of(folder / "copy.db") == ""
