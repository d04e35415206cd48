"""What every outside history does when its server fails, or another process wrote to it."""

from collections.abc import Sequence

import pytest

from core.errors import StoreError
from core.readings.history_url import HistoryAddress
from core.readings.readings import Reading
from core.readings.rollups import Rollup
from store.database import Databases
from store.history import HistoryPoint, HistorySpan, RetainedSince
from store.history.outside import OutsideHistory

pytestmark = pytest.mark.one_database
READINGS = [Reading(1, 1_000, 4.0), Reading(1, 2_000, 5.0)]


class FakeHistory(OutsideHistory):
    """A server in memory: `away` raises, `rejects` says which indexes it never accepts."""

    def __init__(self, dbs: Databases) -> None:
        super().__init__(dbs.history, HistoryAddress("victoriametrics", "http://127.0.0.1:9", "", "t"), "")
        self.away = False
        self.rejects: dict[int, str] = {}
        self.stored: list[Reading] = []
        self.times_forgotten = 0

    def _put(self, readings: Sequence[Reading], retained: RetainedSince) -> dict[int, str]:
        if self.away:
            raise StoreError("away")
        self.stored += [reading for index, reading in enumerate(readings) if index not in self.rejects]
        return self.rejects

    def check(self) -> None:
        pass

    def forget(self) -> None:
        self.times_forgotten += 1

    def prepare(self) -> list[str]:
        return []

    def started_at(self) -> int | None:
        return None

    def _points_between(self, series_id: int, start: int, end: int) -> list[HistoryPoint]:
        return []

    def _point_spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        return {}

    def _rollups(self, series: Sequence[int], start: int, end: int, step: int) -> list[Rollup]:
        return []

    def _spans(self, series: Sequence[int]) -> dict[int, HistorySpan]:
        return {}

    def _latest(self, series: Sequence[int], start: int, end: int) -> dict[int, float]:
        return {}


def test_while_the_server_is_away_the_offset_stays_and_the_backlog_is_written_later(dbs: Databases) -> None:
    history = FakeHistory(dbs)
    history.away = True
    with pytest.raises(StoreError):
        history.write(READINGS, 7, 0)
    assert history.offset() == 0
    history.away = False
    history.write(READINGS, 7, 0)
    assert (history.offset(), history.stored) == (7, READINGS)


def test_after_a_failed_write_the_cache_is_dropped_also_by_a_write_of_nothing(dbs: Databases) -> None:
    history = FakeHistory(dbs)
    history.write(READINGS, 1, 0)
    forgotten = history.times_forgotten
    history.away = True
    with pytest.raises(StoreError):
        history.write(READINGS, 2, 0)
    history.write([], 2, 0)
    assert history.times_forgotten == forgotten + 1


def test_the_cache_is_dropped_after_another_process_wrote(dbs: Databases) -> None:
    recorder, importer = FakeHistory(dbs), FakeHistory(dbs)
    recorder.write(READINGS, 1, 0)
    forgotten = recorder.times_forgotten
    recorder.write(READINGS, 2, 0)
    assert recorder.times_forgotten == forgotten
    importer.import_points(READINGS)
    recorder.write(READINGS, 3, 0)
    assert recorder.times_forgotten == forgotten + 1
    assert importer.offset() == 3


def test_what_the_server_never_accepts_is_put_aside_and_said(dbs: Databases) -> None:
    history = FakeHistory(dbs)
    history.rejects = {1: "too old"}
    assert history.write(READINGS, 1, 0) == "1 readings refused, put aside in history.db: too old"
    with dbs.history.read() as tx:
        assert tx.exec_driver_sql("SELECT at, value FROM points").all() == [(2_000, 5.0)]
    assert history.offset() == 1


def test_a_server_that_hides_its_start_is_taken_for_restarted_only_after_a_failed_write(
    dbs: Databases,
) -> None:
    history = FakeHistory(dbs)
    history.write(READINGS, 9, 0)
    assert not history.rewind_if_restarted(4, 0, failed=False)
    assert history.offset() == 9
    assert history.rewind_if_restarted(4, 0, failed=True)
    assert history.offset() == 4
