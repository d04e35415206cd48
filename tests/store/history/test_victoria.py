"""What only VictoriaMetrics does: it says yes to what it throws away, and cannot change what it has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import StoreError
from core.readings.readings import Flag, Reading
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.database import Databases
from store.history import RetainedSince, promql
from tests.support.histories import ShownVictoria, Victoria

pytestmark = pytest.mark.one_database
T0 = 1_767_225_600_000  # 2026-01-01
NOW = T0 + DAY_MS


@contextmanager
def started(folder: Path, *flags: str) -> Iterator[Victoria]:
    server = Victoria(folder, *flags).start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def history(dbs: Databases, victoria_server: Callable[[], Victoria]) -> ShownVictoria:
    return ShownVictoria(dbs, victoria_server().address())


def test_it_refuses_one_that_would_count_a_repeated_reading_twice(dbs: Databases, tmp_path: Path) -> None:
    with started(tmp_path, "-retentionPeriod=10y") as server:
        history = ShownVictoria(dbs, server.address())
        for touch in (history.prepare, lambda: history.write([Reading(1, T0, 4.0)], 1, NOW)):
            with pytest.raises(StoreError, match=r"-dedup\.minScrapeInterval=1ms"):
                touch()
        assert history.offset() == 0


def test_what_is_older_than_it_keeps_is_put_aside_and_said(dbs: Databases, tmp_path: Path) -> None:
    with started(tmp_path, "-dedup.minScrapeInterval=1ms") as server:  # its default: one month
        now = ShownVictoria(dbs, server.address())._now()
        history = ShownVictoria(dbs, server.address())
        old, new = Reading(1, now - 40 * DAY_MS, 3.0), Reading(1, now - 5 * DAY_MS, 4.0)
        warning = history.write([old, new, Reading(1, now + 3 * DAY_MS, 5.0)], 7, now)
        assert warning is not None
        assert "2 readings refused" in warning
        assert "-retentionPeriod" in warning
        assert history.offset() == 7
        assert [point.value for point in history.points([1], 0, now + 9 * DAY_MS)] == [4.0]
        with dbs.history.read() as tx:
            aside = tx.exec_driver_sql("SELECT value FROM points ORDER BY at").scalars().all()
        assert aside == [3.0, 5.0]
        retained = history.retained_since()
        assert now - 31 * DAY_MS < retained.points <= now - 31 * DAY_MS + HOUR_MS + MINUTE_MS
        assert retained == RetainedSince(retained.points, retained.points, retained.points)
        assert "keeps 31 days" in history.prepare()[0]


def samples(history: ShownVictoria) -> dict[str, int]:
    """How many it has of each metric."""
    export = promql.export(history._name, None, 0, NOW + DAY_MS)
    counts: dict[str, int] = {}
    for sample in promql.samples(history._http.get("/api/v1/export", export)):
        name = sample.metric["__name__"].removeprefix(f"{history._name}_")
        counts[name] = counts.get(name, 0) + len(sample.values)
    return counts


def test_what_comes_again_unchanged_is_not_written_again(history: ShownVictoria, dbs: Databases) -> None:
    readings = [Reading(1, T0 + i * MINUTE_MS, 4.0) for i in range(30)]
    history.write(readings, 1, NOW)
    history.write(readings, 2, NOW)
    again = ShownVictoria(dbs, history._http._address)  # another process, which remembers nothing
    again.write(readings, 3, NOW)
    assert samples(history) == {"counted": 30}


def test_a_reading_that_comes_again_changed_counts_as_it_is_now(
    history: ShownVictoria, dbs: Databases
) -> None:
    readings = [Reading(1, T0 + i * MINUTE_MS, 4.0) for i in range(120)]
    history.write(readings, 1, NOW)
    late = readings[7]._replace(flags=int(Flag.LATE))
    history.write([late], 2, NOW)
    assert samples(history) == {"counted": 120, "flags": 1}  # nothing to recount
    for value, flags in ((99.0, 0), (99.0, int(Flag.STUCK)), (-3.0, 0), (5.0, 0)):
        again = ShownVictoria(dbs, history._http._address)
        again.write([Reading(1, T0 + 7 * MINUTE_MS, value, flags)], 3, NOW)
        hour = history.rollups([1], T0, T0 + HOUR_MS, HOUR_MS)[0]
        counted = [4.0] * 59 + ([] if flags else [value])
        assert tuple(hour[2:]) == (min(counted), sum(counted), max(counted), len(counted))
        point = history.points([1], T0 + 7 * MINUTE_MS, T0 + 8 * MINUTE_MS)[0]
        assert (point.value, point.flags) == (value, flags)
    assert history.rollups([1], T0 + HOUR_MS, T0 + 2 * HOUR_MS, HOUR_MS)[0].sum == 240.0


def test_a_long_curve_is_asked_in_pieces(history: ShownVictoria, monkeypatch: pytest.MonkeyPatch) -> None:
    history.import_points(Reading(1, T0 + i * MINUTE_MS, i / 8) for i in range(1000))
    monkeypatch.setattr(promql, "ASKED_AT_MOST", 7)
    rows = history.rollups([1], T0, T0 + 1000 * MINUTE_MS, 5 * MINUTE_MS)
    assert [row.counted for row in rows] == [5] * 200
    assert [row.at for row in rows] == [T0 + i * 5 * MINUTE_MS for i in range(200)]


def test_a_password_goes_with_every_question(dbs: Databases, tmp_path: Path) -> None:
    flags = ("-dedup.minScrapeInterval=1ms", "-retentionPeriod=10y")
    with started(tmp_path, *flags, "-httpAuth.username=farm", "-httpAuth.password=secret") as server:
        address = server.address()
        with pytest.raises(StoreError, match="COLDSHED_HISTORY_TOKEN"):
            ShownVictoria(dbs, address, "farm:wrong").write([Reading(1, T0, 4.0)], 1, NOW)
        history = ShownVictoria(dbs, address, "farm:secret")
        history.write([Reading(1, T0, 4.0)], 1, NOW)
        assert history.points([1], 0, NOW) != []
