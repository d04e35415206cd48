"""Writing at the same time: nobody's update is lost, nobody is sent away."""

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import Column, insert, select, update

from core.errors import StoreError
from store.database import Database, Databases
from store.decoding.tables import decoder_memory, rejected_counts
from store.journal.tables import records_offsets
from store.schema import create

PROCESSES = 4
TIMES = 200


def _count_up(folder: Path, url: str, all_there: Barrier) -> None:
    dbs = Databases(folder, url)
    all_there.wait(30)
    for _ in range(TIMES):
        for database, column in _counters(dbs):
            with database.write() as tx:
                count = tx.execute(select(column)).scalar_one()
                tx.execute(update(column.table).values({column.name: count + 1}))
    dbs.close()


def _counters(dbs: Databases) -> list[tuple[Database, Column[int]]]:
    """A number in each of two databases."""
    return [(dbs.records, records_offsets.c.seq), (dbs.journal, rejected_counts.c.count)]


def test_four_writing_processes_lose_no_update(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        tx.execute(insert(records_offsets).values(follower="f", seq=0, at=0))
    with dbs.journal.write() as tx:
        tx.execute(insert(rejected_counts).values(topic="t", reason="r", count=0, last_at=0))
    fresh = multiprocessing.get_context("spawn")  # a fork would share open connections
    all_there = fresh.Barrier(PROCESSES)
    writers = [
        fresh.Process(target=_count_up, args=(dbs.data_dir, dbs.url, all_there)) for _ in range(PROCESSES)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)
    assert [writer.exitcode for writer in writers] == [0] * PROCESSES
    for database, column in _counters(dbs):
        with database.read() as tx:
            assert tx.execute(select(column)).scalar_one() == PROCESSES * TIMES


def test_a_reader_sees_one_state_while_others_write(dbs: Databases) -> None:
    row = {"topic": "t", "reason": "r", "count": 1, "last_at": 1}
    with dbs.journal.write() as tx:
        tx.execute(insert(rejected_counts).values(row))
    with dbs.journal.read() as before:
        assert before.execute(select(rejected_counts.c.count)).scalar_one() == 1
        with dbs.journal.write() as tx:
            tx.execute(update(rejected_counts).values(count=2))
        assert before.execute(select(rejected_counts.c.count)).scalar_one() == 1
    with dbs.journal.read() as after:
        assert after.execute(select(rejected_counts.c.count)).scalar_one() == 2


def test_what_fails_halfway_leaves_nothing_behind(dbs: Databases) -> None:
    def half(fail: Exception) -> None:
        with dbs.journal.write() as tx:
            tx.execute(insert(decoder_memory).values(family="f", key="k", value=b"v"))
            raise fail

    with pytest.raises(KeyError):
        half(KeyError())
    with dbs.journal.read() as tx:
        assert tx.execute(select(decoder_memory)).all() == []


def test_what_the_database_refuses_is_a_store_error(dbs: Databases) -> None:
    def twice() -> None:
        with dbs.journal.write() as tx:
            for _ in range(2):
                tx.execute(insert(decoder_memory).values(family="f", key="k", value=b"v"))

    with pytest.raises(StoreError):
        twice()


@pytest.mark.parametrize(("name", "synchronous"), [("journal", 2), ("records", 2), ("history", 2)])
def test_what_must_outlive_a_power_cut_is_synced(tmp_path: Path, name: str, synchronous: int) -> None:
    dbs = Databases(tmp_path)
    create(dbs)
    with getattr(dbs, name).read() as tx:
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar_one() == synchronous
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    dbs.close()
