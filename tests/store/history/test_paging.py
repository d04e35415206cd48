"""A server that cannot find the n-th point is asked for ranges: none may be skipped or read twice."""

from bisect import bisect_left
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.readings.readings import Flag
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.history import HistoryPoint
from store.history.bucket_sums import counts
from store.history.paging import points

flags = st.sampled_from([0, 0, 0, int(Flag.LATE), int(Flag.IMPLAUSIBLE), int(Flag.STUCK)])
times = st.one_of(st.integers(0, 40 * DAY_MS), st.integers(0, 40 * 24).map(lambda hour: hour * HOUR_MS))
stored_points = st.lists(
    st.builds(lambda at, flag: HistoryPoint(1, at, 4.0, flag), times, flags),
    max_size=40,
    unique_by=lambda point: point.at,
).map(sorted)
ends = st.one_of(times, st.just(41 * DAY_MS))


class Server:
    """Answers ranges and remembers them."""

    def __init__(self, stored: list[HistoryPoint]) -> None:
        self.stored = stored
        self.ranges: list[tuple[int, int]] = []

    def between(self, start: int, end: int) -> list[HistoryPoint]:
        self.ranges.append((start, end))
        place = [bisect_left(self.stored, at, key=lambda point: point.at) for at in (start, end)]
        return self.stored[place[0] : place[1]]


@given(stored_points, times, ends, st.none() | st.integers(0, 50), st.booleans(), st.booleans())
def test_it_gives_what_a_server_that_can_count_would_give(
    stored: list[HistoryPoint], start: int, end: int, most: int | None, counted_only: bool, newest_first: bool
) -> None:
    expected = [point for point in stored if start <= point.at < end]
    if newest_first:
        expected.reverse()
    if counted_only:
        expected = [point for point in expected if counts(point.flags)]
    server = Server(stored)
    answer = points(
        server.between, start, end, most=most, counted_only=counted_only, newest_first=newest_first
    )
    assert answer == (expected if most is None else expected[:most])


@given(stored_points, times, ends, st.none() | st.integers(0, 50), st.booleans())
def test_no_moment_is_asked_for_twice_and_none_outside(
    stored: list[HistoryPoint], start: int, end: int, most: int | None, newest_first: bool
) -> None:
    server = Server(stored)
    points(server.between, start, end, most=most, counted_only=False, newest_first=newest_first)
    ranges = sorted(server.ranges)
    assert all(start <= low < high <= end for low, high in ranges)
    assert all(high == next_low for (_, high), (next_low, _) in pairwise(ranges))


def test_the_last_points_of_a_busy_probe_cost_one_small_question() -> None:
    server = Server([HistoryPoint(1, at, 4.0, 0) for at in range(0, 10 * DAY_MS, MINUTE_MS)])
    points(server.between, 0, 10 * DAY_MS, most=60, counted_only=False, newest_first=True)
    assert server.ranges == [(10 * DAY_MS - 6 * HOUR_MS, 10 * DAY_MS)]


def test_years_of_silence_are_not_asked_for_in_thousands_of_questions() -> None:
    server = Server([HistoryPoint(1, 0, 4.0, 0)])
    answer = points(server.between, 0, 10 * 365 * DAY_MS, most=1, counted_only=False, newest_first=True)
    assert len(answer) == 1
    assert len(server.ranges) < 12
