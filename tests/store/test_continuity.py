"""One of the three databases was lost or put back alone: followers read on, and series keep their names."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.times import DAY_MS, MINUTE_MS
from store import continuity
from store.continuity import RESTARTED, MixedDatabases, copy_series, reconcile
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import journal, offsets, series
from store.live import LiveCursor, position
from store.overview.system_issues import SystemIssue, open_issues
from tests.support.databases import new_databases, open_databases

T0 = 1_767_225_600_000
FILES = ("journal.db", "journal.db-wal", "journal.db-shm")


class House:
    """A data folder whose files are taken away between two starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.dbs = new_databases(folder)
        self.now = T0
        reconcile(self.dbs, self.now)

    def report(self, *devices: str) -> None:
        """A reading of each device, in one journal row."""
        self.now += MINUTE_MS
        with self.dbs.journal.write() as tx:
            ids = [series.get_or_make(tx, device, "temperature", "", self.now) for device in devices]
            body = batch_body([Reading(number, self.now, 4.0) for number in ids], [])
            journal.append(tx, self.now, journal.READINGS, body)

    def follow(self) -> list[int]:
        """Both followers read to the end. Returns the rows that the engine read."""
        history = SqliteHistory(self.dbs.history)
        with self.dbs.journal.read() as tx:
            last = journal.last_seq(tx)
            rows = [row.seq for row in journal.read_after(tx, self.engine_offset())]
        with self.dbs.records.write() as tx:
            offsets.advance(tx, "engine", offsets.offset(tx, "engine"), last, self.now)
        copy_series(self.dbs)
        history.write([], last, self.now)
        return rows

    def engine_offset(self) -> int:
        with self.dbs.records.read() as tx:
            return offsets.offset(tx, "engine")

    def copy(self, name: str) -> Path:
        copy = self.folder / f"{name}.copy"
        self.dbs.close()
        shutil.copyfile(self.folder / name, copy)
        self.dbs = open_databases(self.folder)
        return copy

    def restart(self) -> None:
        self.dbs.close()
        self.dbs = open_databases(self.folder)
        self.now += MINUTE_MS
        reconcile(self.dbs, self.now)

    def lose_journal(self) -> None:
        folder = self.folder / "empty"
        folder.mkdir(exist_ok=True)
        new_databases(folder).close()
        self.take_journal(folder / "journal.db")
        self.restart()

    def take_journal(self, file: Path) -> None:
        """Stops, and puts `file` in the place of the journal."""
        self.dbs.close()
        for name in FILES:
            (self.folder / name).unlink(missing_ok=True)
        shutil.copyfile(file, self.folder / "journal.db")

    def issues(self) -> list[SystemIssue]:
        with self.dbs.records.read() as tx:
            return open_issues(tx)

    def series_ids(self) -> dict[str, int]:
        with self.dbs.journal.read() as tx:
            return {row.device: row.id for row in series.all_series(tx).values()}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "house")
    yield house
    house.dbs.close()


def test_a_lost_journal_is_read_from_its_beginning_and_the_loss_is_said(house: House) -> None:
    for _ in range(3):
        house.report("a", "b")
    house.follow()
    followed_at = house.now
    house.lose_journal()
    house.report("a")
    assert house.follow() == [1]
    (issue,) = house.issues()
    assert (issue.name, issue.first_at, issue.last_at) == (RESTARTED, followed_at, followed_at + MINUTE_MS)


def test_a_journal_put_back_from_an_older_copy_goes_on_at_its_end(house: House) -> None:
    house.report("a")
    house.follow()
    older = house.copy("journal.db")
    for _ in range(5):
        house.report("a")
    house.follow()
    house.take_journal(older)
    house.restart()
    for _ in range(9):  # past where the engine had been
        house.report("a")
    assert house.follow() == list(range(2, 11))
    assert [issue.name for issue in house.issues()] == [RESTARTED]


def test_nothing_is_said_or_moved_when_nothing_was_lost(house: House) -> None:
    for _ in range(3):
        house.report("a")
    house.follow()
    house.report("a")
    house.restart()
    assert house.engine_offset() == 3
    assert house.follow() == [4]
    assert house.issues() == []


def test_records_put_back_from_an_older_copy_read_the_journal_again(house: House) -> None:
    house.report("a")
    house.follow()
    older = house.copy("records.db")
    house.report("a")
    house.follow()
    house.dbs.close()
    for name in ("records.db-wal", "records.db-shm"):
        (house.folder / name).unlink(missing_ok=True)
    shutil.copyfile(older, house.folder / "records.db")
    house.restart()
    assert house.follow() == [2]


def test_a_probe_keeps_its_past_after_the_journal_was_lost(house: House) -> None:
    house.report("a", "b", "c")
    house.follow()
    ids = house.series_ids()
    house.lose_journal()
    house.report("new", "c", "a")
    assert {device: number for device, number in house.series_ids().items() if device in ids} == ids
    assert house.series_ids()["new"] > max(ids.values())


def test_a_new_probe_never_gets_the_number_of_one_that_only_the_history_knows(house: House) -> None:
    house.report("a")
    house.follow()
    SqliteHistory(house.dbs.history).write([Reading(41, T0, 3.0)], 1, T0)  # from before the copy of series
    house.lose_journal()
    house.report("new")
    assert house.series_ids()["new"] == 42


@pytest.mark.both_databases
def test_new_series_begin_above_the_highest_known_number(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        series.restore(tx, [series.Series(7, "a", "temperature", "")], 20, T0)
        assert series.get_or_make(tx, "a", "temperature", "", T0) == 7
        assert series.get_or_make(tx, "b", "temperature", "", T0) > 20
        series.restore(tx, [], 3, T0)
        assert series.get_or_make(tx, "c", "temperature", "", T0) > 21


def test_files_of_two_houses_are_refused_before_anything_is_written(house: House, tmp_path: Path) -> None:
    house.report("a")
    house.follow()
    other = House(tmp_path / "other")
    other.report("stranger")
    other.dbs.close()
    house.take_journal(other.folder / "journal.db")
    with pytest.raises(MixedDatabases, match=r"journal\.db and history\.db do not belong together"):
        house.restart()
    assert house.engine_offset() == 1


def test_a_history_that_cannot_be_read_holds_nothing_up(house: House) -> None:
    house.report("a")
    house.follow()
    house.dbs.close()
    (house.folder / "history.db").write_bytes(b"not a database" * 400)
    house.restart()
    house.report("a")
    assert house.engine_offset() == 1


def test_a_browser_that_followed_the_lost_journal_reloads(house: House) -> None:
    before = position(house.dbs)
    house.report("a")
    house.follow()
    house.lose_journal()
    house.report("a")
    assert position(house.dbs).epoch != before.epoch
    assert LiveCursor.parse(str(before)) == before


def test_a_crash_after_the_journals_new_epoch_finds_the_same_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        house.report("a")
    house.follow()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(continuity, "_continue_follower", killed)
        with pytest.raises(KeyboardInterrupt):
            house.lose_journal()
    house.report("a")
    house.restart()
    assert house.follow() == [1]


def test_a_day_without_the_journal_is_told_from_the_last_row_that_was_read(house: House) -> None:
    house.report("a")
    house.follow()
    read_until = house.now
    house.now += DAY_MS
    house.lose_journal()
    assert [issue.first_at for issue in house.issues()] == [read_until]
