"""The contract of a history, run on every store that implements it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.readings.readings import NOT_COUNTED, Flag, Reading
from core.readings.rollups import FIVE_MINUTES
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.database import Databases
from store.history import History, HistoryPoint, HistorySpan, RetainedSince
from store.history.sqlite import SqliteHistory
from store.journal.series import get_or_make
from store.readings.curve_query import CurveQuery
from store.readings.curves import device_curve
from tests.support.databases import new_databases
from tests.support.histories import INFLUXDB, SQLITE, STORES, UnderTest, Victoria

pytestmark = pytest.mark.one_database  # a history lies beside either
T0 = 1_767_225_600_000  # 2026-01-01, a full hour
NOW = T0 + 100 * DAY_MS


@pytest.fixture(params=STORES)
def under_test(
    request: pytest.FixtureRequest, victoria_server: Callable[[], Victoria]
) -> Iterator[UnderTest]:
    store = UnderTest(request.param, victoria_server)
    yield store
    store.close()


@pytest.fixture
def history(under_test: UnderTest, dbs: Databases) -> History:
    return under_test.make(dbs)


levelled = pytest.mark.parametrize("under_test", [SQLITE, INFLUXDB], indirect=True)
"""For what is about roll-ups that outlive their points: VictoriaMetrics has none (see test_victoria)."""


def recount(
    readings: Iterable[Reading], width: int
) -> dict[tuple[int, int], tuple[float, float, float, int]]:
    """The slow and obvious answer: the last reading of each (series, time) wins, then look at each bucket."""
    last = {(reading.series, reading.at): reading for reading in readings}
    values: dict[tuple[int, int], list[float]] = defaultdict(list)
    for (series, at), reading in sorted(last.items()):
        if not reading.flags & NOT_COUNTED:
            values[series, at // width * width].append(reading.value)
    return {key: (min(bucket), sum(bucket), max(bucket), len(bucket)) for key, bucket in values.items()}


def stored(history: History, width: int) -> dict[tuple[int, int], tuple[float, float, float, int]]:
    rows = history.rollups([1, 2, 3], T0 - 10 * DAY_MS, T0 + 10 * DAY_MS, width)
    return {(row.series, row.at): (row.min, row.sum, row.max, row.counted) for row in rows}


def assert_recounted(history: History, readings: Iterable[Reading]) -> None:
    reading_list = list(readings)
    for width in (FIVE_MINUTES, HOUR_MS, 3 * HOUR_MS):
        assert stored(history, width) == recount(reading_list, width)  # eighths: sums are exact


reading_lists = st.lists(
    st.builds(
        Reading,
        series=st.integers(1, 3),
        at=st.integers(-2 * 60, 3 * 60).map(lambda half_minutes: T0 + half_minutes * MINUTE_MS // 2),
        value=st.integers(-40, 40).map(lambda tenths: tenths / 8),
        flags=st.sampled_from(
            [0, 0, 0, Flag.LATE, Flag.IMPLAUSIBLE, Flag.STUCK | Flag.LATE, Flag.TIME_UNKNOWN]
        ).map(int),
    ),
    min_size=1,
    max_size=80,
)


arrivals = given(
    readings=reading_lists, cuts=st.lists(st.integers(0, 120), max_size=6), again=st.integers(0, 80)
)


@settings(max_examples=60, deadline=None)
@arrivals
def test_roll_ups_agree_with_a_recount_however_readings_arrive(
    victoria_server: Callable[[], Victoria], readings: list[Reading], cuts: list[int], again: int
) -> None:
    assert_right_however_they_arrive(UnderTest(SQLITE, victoria_server), readings, cuts, again)


@pytest.mark.parametrize("kind", [kind for kind in STORES if kind != SQLITE])
@settings(max_examples=12, deadline=None)
@arrivals
def test_they_agree_in_a_store_outside_too(
    victoria_server: Callable[[], Victoria], kind: str, readings: list[Reading], cuts: list[int], again: int
) -> None:
    assert_right_however_they_arrive(UnderTest(kind, victoria_server), readings, cuts, again)


def assert_right_however_they_arrive(
    store: UnderTest, readings: list[Reading], cuts: list[int], again: int
) -> None:
    arriving = [*readings, *readings[again:]]  # in any order, changed, flagged, the tail a second time
    edges = sorted({0, len(arriving), *(cut for cut in cuts if cut < len(arriving))})
    with TemporaryDirectory() as folder:
        dbs = new_databases(Path(folder))
        try:
            history = store.make(dbs)
            for seq, (first, last) in enumerate(pairwise(edges), start=1):
                history.write(arriving[first:last], seq, NOW)
            assert_recounted(history, arriving)
            kept = {(reading.series, reading.at): reading for reading in arriving}
            points = history.points([1, 2, 3], T0 - DAY_MS, T0 + DAY_MS)
            assert points == [HistoryPoint(*kept[key][:4]) for key in sorted(kept)]
        finally:
            store.close()
            dbs.close()


def minutes(count: int, series: int = 1, start: int = T0, value: float = 4.0) -> list[Reading]:
    return [Reading(series, start + i * MINUTE_MS, value + i % 7) for i in range(count)]


def test_it_keeps_the_position_with_the_readings(history: History) -> None:
    assert history.offset() == 0
    history.write(minutes(3), 17, NOW)
    assert history.offset() == 17
    history.write([], 18, NOW)
    assert history.offset() == 18


def test_sqlite_writes_nothing_when_a_part_of_the_batch_cannot_be_written(dbs: Databases) -> None:
    history = SqliteHistory(dbs.history)
    history.write(minutes(5), 1, NOW)
    bad = Reading(1, T0, None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="NULL"):
        history.write([*minutes(50, series=2), bad], 2, NOW)
    assert history.offset() == 1
    assert history.points([2], 0, NOW) == []
    assert_recounted(history, minutes(5))


def test_a_bucket_goes_when_its_last_counted_reading_is_flagged(history: History) -> None:
    history.write([Reading(1, T0, 4.0), Reading(1, T0 + HOUR_MS, 5.0)], 1, NOW)
    history.write([Reading(1, T0, 4.0, int(Flag.IMPLAUSIBLE))], 2, NOW)
    assert stored(history, FIVE_MINUTES) == {(1, T0 + HOUR_MS): (5.0, 5.0, 5.0, 1)}
    assert stored(history, HOUR_MS) == {(1, T0 + HOUR_MS): (5.0, 5.0, 5.0, 1)}
    assert history.points([1], T0, T0 + 1) == [HistoryPoint(1, T0, 4.0, Flag.IMPLAUSIBLE)]
    assert history.points([1], T0, T0 + 1, counted_only=True) == []


def test_it_gives_points_series_after_series_and_at_most_so_many_of_each(history: History) -> None:
    history.write([*minutes(5, series=2), *minutes(5)], 1, NOW)
    points = history.points([2, 1], T0 + MINUTE_MS, T0 + 4 * MINUTE_MS, most=2)
    assert [(point.series, point.at) for point in points] == [
        (2, T0 + MINUTE_MS),
        (2, T0 + 2 * MINUTE_MS),
        (1, T0 + MINUTE_MS),
        (1, T0 + 2 * MINUTE_MS),
    ]
    newest = history.points([1], 0, NOW, most=2, newest_first=True)
    assert [point.at for point in newest] == [T0 + 4 * MINUTE_MS, T0 + 3 * MINUTE_MS]


@pytest.mark.parametrize("step", [30_000, FIVE_MINUTES, 3 * FIVE_MINUTES, HOUR_MS, 4 * HOUR_MS])
def test_a_window_holds_exactly_the_readings_in_it_also_when_it_cuts_a_bucket(
    history: History, step: int
) -> None:
    readings = minutes(12 * 60)
    history.write(readings, 1, NOW)
    start, end = T0 + 7 * MINUTE_MS + 1, T0 + 9 * HOUR_MS + 13 * MINUTE_MS
    rows = history.rollups([1], start, end, step)
    truth = recount([reading for reading in readings if start <= reading.at < end], step)
    assert {(row.series, row.at): tuple(row[2:]) for row in rows} == truth
    assert [row.at for row in rows] == sorted(row.at for row in rows)


def test_it_gives_the_latest_counted_value_of_many(history: History) -> None:
    stuck = Reading(3, T0, 7.0, int(Flag.STUCK))
    history.write([*minutes(3), *minutes(3, series=2, start=T0 + HOUR_MS), stuck], 1, NOW)
    assert history.latest([1, 2, 3, 4], T0, T0 + 2 * MINUTE_MS) == {1: 5.0}
    assert history.latest([2, 1], T0, T0 + DAY_MS) == {1: 6.0, 2: 6.0}


def test_it_says_where_series_begin_and_end(history: History) -> None:
    history.write([*minutes(90), *minutes(2, series=2, start=T0 + DAY_MS)], 1, NOW)
    assert history.spans([1, 2, 3]) == {
        1: HistorySpan(T0, T0 + 89 * MINUTE_MS),
        2: HistorySpan(T0 + DAY_MS, T0 + DAY_MS + MINUTE_MS),
    }


def test_an_import_gives_the_same_as_the_recorder_and_tells_how_far_it_is(history: History) -> None:
    readings = [*minutes(15_000), *minutes(8_000, series=2)]
    heard: list[int] = []
    assert history.import_points(iter(readings), heard.append) == 23_000
    assert heard[-1] == 23_000
    assert len(heard) >= 2
    assert heard == sorted(heard)
    assert history.offset() == 0
    rows = history.rollups([1, 2], T0, T0 + 30 * DAY_MS, HOUR_MS)
    truth = recount(readings, HOUR_MS)
    assert {(row.series, row.at): tuple(row[2:]) for row in rows} == truth


@pytest.fixture
def aged(under_test: UnderTest, history: History) -> History:
    """Ten days of a reading a minute, of which raw points are kept 5 days and 5-minute buckets 8."""
    history.import_points(minutes(10 * 24 * 60))
    under_test.trim(history, T0 + 10 * DAY_MS, 5, 8, None)
    return history


@levelled
def test_trimming_removes_each_level_by_its_own_age(aged: History) -> None:
    assert aged.retained_since() == RetainedSince(T0 + 5 * DAY_MS, T0 + 2 * DAY_MS, 0)
    assert aged.points([1], 0, T0 + 5 * DAY_MS) == []
    assert len(aged.points([1], 0, NOW)) == 5 * 24 * 60
    five = aged.rollups([1], T0, T0 + 10 * DAY_MS, FIVE_MINUTES)
    assert (five[0].at, len(five)) == (T0 + 2 * DAY_MS, 8 * 24 * 12)
    assert len(aged.rollups([1], T0, T0 + 10 * DAY_MS, HOUR_MS)) == 10 * 24
    assert aged.spans([1]) == {1: HistorySpan(T0, T0 + 10 * DAY_MS - MINUTE_MS)}


def test_sqlite_trims_in_pieces_and_keeps_for_ever_what_has_no_limit(dbs: Databases) -> None:
    history = SqliteHistory(dbs.history)
    history.import_points([*minutes(9_000), *minutes(10, series=2)])
    pieces = list(history.trim(T0 + 100 * DAY_MS, 1, 0, None))
    assert sum(pieces) == 9_010
    assert list(history.trim(T0 + 100 * DAY_MS, 1, 0, None)) == []
    assert history.retained_since() == RetainedSince(T0 + 99 * DAY_MS, 0, 0)
    assert sum(row.counted for row in history.rollups([1], T0, NOW, FIVE_MINUTES)) == 9_000


@levelled
def test_a_late_reading_does_not_destroy_a_roll_up_whose_points_are_gone(aged: History) -> None:
    late_five, late_hour = T0 + 3 * DAY_MS + MINUTE_MS, T0 + DAY_MS + MINUTE_MS
    before = aged.rollups([1], T0, T0 + 5 * DAY_MS, HOUR_MS)
    aged.write([Reading(1, late_five, 99.0), Reading(1, late_hour, -99.0)], 5, NOW)
    aged.write([Reading(1, late_five, 99.0, int(Flag.STUCK))], 6, NOW)
    assert aged.rollups([1], T0, T0 + 5 * DAY_MS, HOUR_MS) == before
    assert aged.rollups([1], T0 + 3 * DAY_MS, T0 + 3 * DAY_MS + HOUR_MS, FIVE_MINUTES)[0].counted == 5
    assert aged.offset() == 6


@levelled
def test_a_backlog_from_before_the_trimming_fills_what_was_empty(
    under_test: UnderTest, history: History
) -> None:
    history.import_points(minutes(60))
    under_test.trim(history, T0 + 10 * DAY_MS, 5, 8, None)
    backlog = minutes(120, start=T0 + HOUR_MS)
    history.write(backlog[:61], 1, NOW)
    history.write(backlog[61:], 2, NOW)
    hours = history.rollups([1], T0, T0 + DAY_MS, HOUR_MS)
    assert [(row.at, row.counted) for row in hours] == [(T0, 60), (T0 + HOUR_MS, 60), (T0 + 2 * HOUR_MS, 60)]


def test_it_refuses_a_step_that_is_none(history: History) -> None:
    with pytest.raises(ValueError, match="0"):
        history.rollups([1], T0, NOW, 0)
    assert history.rollups([1], NOW, T0, HOUR_MS) == []


def test_a_spike_of_three_minutes_is_seen_in_the_curve_of_a_year_and_a_gap_is_a_gap(
    history: History, dbs: Databases
) -> None:
    start, end = T0 - 365 * DAY_MS, T0
    gap = (T0 - 100 * DAY_MS, T0 - 70 * DAY_MS)
    spike = T0 - 200 * DAY_MS + 5 * HOUR_MS + 17 * MINUTE_MS
    with dbs.journal.write() as tx:
        series = get_or_make(tx, "probe", "temperature", "", start)
    history.import_points(
        Reading(series, at, 21.5 if spike <= at < spike + 3 * MINUTE_MS else 4.0 + at % 3)
        for at in range(start, end, 12 * MINUTE_MS)
        if not gap[0] <= at < gap[1]
    )
    minutes_of_spike = [Reading(series, spike + i * MINUTE_MS, 21.5) for i in range(3)]
    history.write(minutes_of_spike, 1, NOW)
    curve = device_curve(
        dbs, history, "probe", CurveQuery(metric="temperature", start=start, end=end, points=800)
    )
    assert 300 < len(curve.points) <= 800
    warm = [point for point in curve.points if point.max > 20]
    assert [point.max for point in warm] == [21.5]
    assert warm[0].at <= spike < warm[0].at + (curve.step_s or 0) * 1000
    assert not [point for point in curve.points if gap[0] <= point.at < gap[1] - DAY_MS]
    expected = 335 * DAY_MS // (12 * MINUTE_MS)
    assert sum(point.count for point in curve.points) == expected + 3
    assert curve.completeness == pytest.approx(335 / 365, abs=0.01)
