"""A disk that takes no more rows is told all the same: directly, once, and noted when rows can be written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts import box_watch
from alerts.box_watch import BoxWatch
from alerts.direct_notice import DirectNotice
from alerts.service_watch import ServiceWatch
from core.errors import SendError, StoreError
from core.people.people import NewPerson, Role
from core.times import DAY_MS, MINUTE_MS
from store.database import Databases, UnwritableDatabase
from store.notifications import notifications
from store.overview import system_issues
from store.people import people
from tests.alerts.village import T0, Phones, Village, make
from tests.support.databases import new_databases
from tests.support.small_disk import fill, mounted, remount

TECHNICIAN = "13800000009"


@pytest.fixture(autouse=True)
def at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_watch, "EVERY_S", 0.0)


class Box:
    def __init__(self, village: Village, lasting_s: float = 0.0) -> None:
        with village.dbs.records.write() as tx:
            new = NewPerson(name="小李", role=Role.TECHNICIAN, phone=TECHNICIAN)
            people.add_person(tx, T0, new)
        self.village, self.dbs, self.phones = village, village.dbs, Phones()
        self.watch = BoxWatch(self.dbs, DirectNotice(self.dbs, self.phones, lasting_s))
        self.watch.step(T0)

    def look(self, now: int) -> None:
        with pytest.raises(StoreError):
            self.watch.step(now)

    def texts(self) -> list[str]:
        return self.phones.to(TECHNICIAN)

    def rows(self) -> list[tuple[str, str]]:
        with self.dbs.records.read() as tx:
            return [(row.status, row.text) for row in notifications.notifications(tx)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", 6 << 20) as folder:
        yield folder


def test_a_read_only_disk_is_told_once(disk: Path) -> None:
    box = Box(make(new_databases(disk)))
    box.dbs.close()
    remount(disk, "ro")
    for minute in range(3):
        box.look(T0 + minute * MINUTE_MS)
    assert box.texts() == ["库棚通主机的磁盘写不进去了,多半要坏。请换盘,用备份恢复。"]
    box.dbs.close()
    remount(disk, "rw")
    box.watch.step(T0 + 3 * MINUTE_MS)
    assert [status for status, _ in box.rows()] == ["sent"], "what was sent is in the list"
    with box.dbs.records.read() as tx:
        assert [issue.name for issue in system_issues.open_issues(tx) if issue.name.startswith("box.")] in (
            [],
            ["box.disk_low"],
        )


def test_a_disk_full_to_the_last_byte_is_told_once_also_when_rows_can_be_written_again(disk: Path) -> None:
    box = Box(make(new_databases(disk)))
    with box.dbs.journal.write() as tx:  # what stood in the log must not leave room for a row
        tx.exec_driver_sql("CREATE TABLE filler (x BLOB)")
    filler = disk / "filler"
    fill(filler)
    for minute in range(40):
        try:
            box.watch.step(T0 + minute * MINUTE_MS)
        except StoreError:
            if box.texts():
                break
    assert len(box.texts()) == 1
    assert "磁盘快满了" in box.texts()[0]
    with filler.open("ab") as file:
        file.truncate(filler.stat().st_size - (120 << 10))
    now = T0 + 50 * MINUTE_MS
    box.watch.step(now)
    ServiceWatch(box.dbs, box.phones.name).step(now + 3 * MINUTE_MS)
    assert [status for status, text in box.rows() if "磁盘快满了" in text] == ["sent"]


def refuse(monkeypatch: pytest.MonkeyPatch, dbs: Databases, text: str) -> None:
    def write() -> None:
        raise UnwritableDatabase(text)

    monkeypatch.setattr(dbs.records, "write", write)


def test_a_second_trouble_is_told_again_on_another_day_only(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(village)
    for at, count in ((T0, 1), (T0 + MINUTE_MS, 1), (T0 + DAY_MS, 2)):
        with monkeypatch.context() as patched:
            refuse(patched, box.dbs, "disk I/O error")
            box.watch.on_error(UnwritableDatabase("disk I/O error"))
            box.look(at)
        assert len(box.texts()) == count
        box.watch.step(at)


def test_one_refused_row_of_any_part_is_enough_to_look(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(village)
    refuse(monkeypatch, box.dbs, "disk I/O error")
    box.watch.on_error(UnwritableDatabase("journal.db: disk I/O error"))
    box.look(T0)
    assert len(box.texts()) == 1


def test_a_lock_that_is_held_for_long_is_no_trouble_of_the_disk(village: Village) -> None:
    box = Box(village)
    box.watch.on_error(StoreError("records.db: database is locked"))
    box.watch.step(T0)
    assert box.texts() == []


def test_a_refusal_that_is_over_soon_is_told_to_nobody(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(village, lasting_s=60)
    with monkeypatch.context() as patch:
        refuse(patch, box.dbs, "disk I/O error")
        box.watch.on_error(UnwritableDatabase("disk I/O error"))
        box.look(T0)
    box.watch.step(T0 + MINUTE_MS)
    assert box.texts() == []


def test_a_text_that_the_channel_does_not_take_is_tried_again(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(village)
    refuse(monkeypatch, box.dbs, "disk I/O error")
    box.phones.broken = SendError("no network", retry=True)
    for _ in range(2):
        box.watch.on_error(UnwritableDatabase("disk I/O error"))
        box.look(T0)
        box.phones.broken = None
    assert len(box.texts()) == 1


@pytest.mark.both_databases
def test_a_postgresql_that_is_away_is_told_although_nothing_can_be_queued(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(make(dbs))

    def away(*_: object) -> None:
        raise StoreError("connection refused")

    monkeypatch.setattr(box.watch, "_figures", away)
    for minute in range(3):
        box.look(T0 + minute * MINUTE_MS)
    texts = box.texts()
    assert len(texts) == (1 if dbs.records.postgresql else 0), "a lock of SQLite ends by itself"
    assert not texts or "数据库用不了" in texts[0]
