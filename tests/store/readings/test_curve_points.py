"""A curve of periods: never more points than wanted, never a reading outside its period, gaps stay gaps."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readings.readings import Flag, Reading
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.readings.curve_points import DOUBTFUL_AT_MOST, PlacementPeriod, curve
from store.readings.curve_query import Curve, CurveQuery

pytestmark = pytest.mark.one_database  # it is the history's, which never lies in PostgreSQL
T0 = 1_767_225_600_000
END = T0 + DAY_MS
QUERY = CurveQuery(metric="temperature", start=T0, end=END, points=1000)
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def history(dbs: Databases) -> SqliteHistory:
    return SqliteHistory(dbs.history)


def write(
    history: SqliteHistory, start: int, end: int, series: int = 1, every: int = MINUTE_MS, flags: int = 0
) -> None:
    history.import_points(Reading(series, at, 4.0 + series, flags) for at in range(start, end, every))


def of(
    history: SqliteHistory,
    *periods: PlacementPeriod,
    points: int = 1000,
    now: int | None = None,
    doubtful: bool = False,
) -> Curve:
    query = CurveQuery(metric="temperature", start=T0, end=END, points=points, now=now, doubtful=doubtful)
    return curve(history, periods, query)


def test_no_period_and_a_period_without_readings_are_an_empty_curve(history: SqliteHistory) -> None:
    write(history, END, END + HOUR_MS)
    for periods in ([], [PlacementPeriod(9, T0, END)], [PlacementPeriod(1, T0, END)]):
        empty = of(history, *periods)
        assert (empty.points, empty.completeness, empty.step_s, empty.unit) == ([], 0.0, None, "°C")


@SLOW
@given(
    hours=st.integers(1, 24),
    points=st.integers(2, 400),
    cuts=st.lists(st.integers(0, 24 * 60), min_size=2, max_size=4, unique=True).map(sorted),
)
def test_points_are_in_order_within_the_periods_and_never_too_many(
    history: SqliteHistory, hours: int, points: int, cuts: list[int]
) -> None:
    write(history, T0, T0 + hours * HOUR_MS)
    write(history, T0, END, series=2)
    periods = [
        PlacementPeriod(1 + number % 2, T0 + first * MINUTE_MS, T0 + last * MINUTE_MS)
        for number, (first, last) in enumerate(pairwise(cuts))
    ]
    drawn = of(history, *periods, points=points)
    times = [bucket.at for bucket in drawn.points]
    width = (drawn.step_s or 0) * 1000 or 1
    assert len(times) <= points
    assert times == sorted(set(times))
    assert all(T0 + cuts[0] * MINUTE_MS - width < at < T0 + cuts[-1] * MINUTE_MS for at in times)
    assert 0.0 <= drawn.completeness <= 1.0
    assert {bucket.max for bucket in drawn.points} <= {5.0, 6.0}


def test_a_reading_outside_its_placement_is_not_drawn(history: SqliteHistory) -> None:
    write(history, T0, T0 + HOUR_MS)
    write(history, T0, T0 + HOUR_MS, series=2)
    cut = T0 + 30 * MINUTE_MS
    drawn = of(history, PlacementPeriod(1, T0, cut), PlacementPeriod(2, cut, END))
    assert {bucket.max for bucket in drawn.points if bucket.at < cut} == {5.0}
    assert {bucket.max for bucket in drawn.points if bucket.at >= cut} == {6.0}


def test_a_gap_has_no_points_and_lowers_the_completeness(history: SqliteHistory) -> None:
    for start in (0, 3):
        write(history, T0 + start * HOUR_MS, T0 + (start + 1) * HOUR_MS)
    drawn = of(history, PlacementPeriod(1, T0, T0 + 4 * HOUR_MS))
    assert not [bucket for bucket in drawn.points if T0 + HOUR_MS <= bucket.at < T0 + 3 * HOUR_MS]
    assert drawn.completeness == pytest.approx(0.5)


def test_nothing_is_expected_before_the_first_reading_nor_after_now(history: SqliteHistory) -> None:
    write(history, T0 + HOUR_MS, T0 + 2 * HOUR_MS)
    whole = PlacementPeriod(1, T0, END)
    assert of(history, whole, now=T0 + 2 * HOUR_MS).completeness == pytest.approx(1.0)
    assert of(history, whole, now=T0 + 3 * HOUR_MS).completeness == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("flag", "is_drawn"), [(Flag.STUCK, False), (Flag.PINNED, True), (Flag.IMPLAUSIBLE, False)]
)
def test_a_pinned_value_is_drawn_and_shown_as_doubtful(
    history: SqliteHistory, flag: Flag, is_drawn: bool
) -> None:
    write(history, T0, T0 + HOUR_MS, flags=int(flag))
    drawn = of(history, PlacementPeriod(1, T0, END), doubtful=True)
    assert bool(drawn.points) == is_drawn
    assert len(drawn.doubtful) == 60
    assert of(history, PlacementPeriod(1, T0, END)).doubtful == []


def test_many_doubtful_readings_are_thinned_out_evenly(history: SqliteHistory) -> None:
    write(history, T0, END, flags=int(Flag.STUCK))
    drawn = of(history, PlacementPeriod(1, T0, END), doubtful=True)
    times = [point.at for point in drawn.doubtful]
    assert len(times) == DAY_MS // MINUTE_MS // 3 <= DOUBTFUL_AT_MOST
    assert {later - earlier for earlier, later in pairwise(times)} == {3 * MINUTE_MS}


def test_a_far_end_does_not_widen_the_steps(history: SqliteHistory) -> None:
    write(history, T0, T0 + HOUR_MS)
    near, far = (of(history, PlacementPeriod(1, T0, T0 + end), points=100) for end in (HOUR_MS, 400 * DAY_MS))
    assert (near.step_s, near.points) == (far.step_s, far.points)


def test_a_slow_probe_beside_a_fast_one_does_not_flicker(history: SqliteHistory) -> None:
    write(history, T0, T0 + 5 * HOUR_MS)
    write(history, T0, T0 + 5 * HOUR_MS, series=2, every=20 * MINUTE_MS)
    drawn = of(history, *(PlacementPeriod(series, T0, T0 + 5 * HOUR_MS) for series in (1, 2)))
    assert {(bucket.min, bucket.max) for bucket in drawn.points} == {(5.0, 6.0)}
