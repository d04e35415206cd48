"""Widths of buckets, how they join, and how whole a curve is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.readings.rollups import (
    FINE_STEPS,
    FIVE_MINUTES,
    STEPS,
    Bucket,
    Rollup,
    bucket_count,
    choose_step,
    completeness,
    join_probes,
    time_slices,
    usual_interval,
)
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

T0 = 1_767_225_600_000
times = st.integers(T0, T0 + 800 * DAY_MS)


@given(
    start=times, length=st.integers(1, 3 * DAY_MS), step=st.sampled_from((*FINE_STEPS, *STEPS, 3 * DAY_MS))
)
def test_the_parts_of_a_window_lie_one_behind_the_other_and_cut_no_bucket_of_their_level(
    start: int, length: int, step: int
) -> None:
    slices = time_slices(start, start + length, step)
    assert (slices[0].start, slices[-1].end) == (start, start + length)
    assert all(before.end == after.start for before, after in pairwise(slices))
    for part in slices:
        if part.level:
            assert step % part.level == 0
            assert part.start % part.level == part.end % part.level == 0
        else:
            assert step < FIVE_MINUTES or part.end - part.start < 2 * FIVE_MINUTES


def test_a_window_without_length_has_no_parts() -> None:
    assert time_slices(T0, T0, HOUR_MS) == []
    assert time_slices(T0 + 7, T0, HOUR_MS) == []


@given(
    start=times,
    length=st.integers(1, 90_000 * DAY_MS),
    most=st.integers(2, 3000),
    at_least=st.sampled_from([10_000, 45_000, FIVE_MINUTES, 7 * MINUTE_MS, HOUR_MS, 30 * HOUR_MS]),
)
def test_a_step_never_gives_more_buckets_than_asked_for(
    start: int, length: int, most: int, at_least: int
) -> None:
    step = choose_step(start, start + length, most, at_least=at_least)
    assert bucket_count(start, start + length, step) <= most
    assert step >= at_least
    assert step in (*FINE_STEPS, *STEPS) or step % DAY_MS == 0


def test_the_narrowest_step_is_taken() -> None:
    assert choose_step(T0, T0 + DAY_MS, 288) == FIVE_MINUTES
    assert choose_step(T0, T0 + DAY_MS, 287) == 2 * FIVE_MINUTES
    assert choose_step(T0, T0 + 365 * DAY_MS, 1000) == 12 * HOUR_MS
    assert choose_step(T0, T0 + HOUR_MS, 1000, at_least=FINE_STEPS[0]) == 10_000


def test_a_quiet_probe_weighs_as_much_in_the_mean_as_a_busy_one() -> None:
    intervals = [
        Rollup(1, T0, 1.0, 100.0, 3.0, 50),
        Rollup(2, T0, 5.0, 6.0, 6.0, 1),
        Rollup(1, 0, 7.0, 7.0, 7.0, 1),
    ]
    assert join_probes(intervals) == [Bucket(0, 7.0, 7.0, 7.0, 1), Bucket(T0, 1.0, 4.0, 6.0, 51)]


@pytest.mark.parametrize(
    ("gaps", "interval"),
    [([30] * 20, 30), ([30] * 10 + [86_400] + [30] * 9, 30), ([29, 31, 30, 29, 31], 30), ([60], None)],
)
def test_an_interval_is_learned_from_gaps_and_not_fooled_by_an_outage(
    gaps: list[int], interval: int | None
) -> None:
    times = [T0]
    for gap in gaps:
        times.append(times[-1] + gap * 1000)
    learned = usual_interval(times, [], long=False)
    assert learned == (None if interval is None else interval * 1000)


def test_for_a_long_span_the_hours_say_it_unless_they_hold_too_few() -> None:
    newer = [T0 + i * MINUTE_MS for i in range(20)]
    hours = [(T0 + i * HOUR_MS, 120) for i in range(100)] + [(T0 + 200 * HOUR_MS, 3)]
    assert usual_interval(newer, hours, long=True) == 30_000
    assert usual_interval(newer, hours, long=False) == MINUTE_MS
    assert usual_interval(newer, [(T0, 1), (T0 + HOUR_MS, 2)], long=True) == MINUTE_MS
    assert usual_interval([], [(T0 + i * 6 * HOUR_MS, 1) for i in range(9)], long=True) == 6 * HOUR_MS
    assert usual_interval([], [], long=True) is None


def test_a_busy_series_does_not_make_up_for_a_silent_one() -> None:
    assert completeness([(200, 100.0), (0, 100.0)]) == 0.5
    assert completeness([(5, 0.0)]) == 1.0
    assert completeness([]) == 0.0
