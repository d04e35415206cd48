"""A device that is always equally late is current; a backlog never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.devices.usual_lateness import (
    PACE,
    PAUSE_AT_MOST,
    UPLOAD_MS,
    USUAL_AT_MOST,
    Uploads,
    after_message,
    is_on_time,
    live_within,
    usual_age,
    variation,
)
from core.readings.readings import LATE_AFTER
from core.times import HOUR_MS, MINUTE_MS

NOW = 1_800_000_000_000


def watch(ages: list[int], every: int) -> Uploads:
    """Messages `every` ms whose latest reading is so old."""
    uploads = None
    for number, age in enumerate(ages):
        uploads = after_message(uploads, age, NOW + number * every)
    assert uploads is not None
    return uploads


def learned_at(ages: list[int], every: int) -> int | None:
    """The first message after which the device counts as steadily late."""
    uploads = None
    for number, age in enumerate(ages):
        uploads = after_message(uploads, age, NOW + number * every)
        if usual_age(uploads) is not None:
            return number
    return None


def test_a_slow_clock_is_learned_in_two_minutes() -> None:
    ages = [11 * MINUTE_MS + apart for apart in (300, 2_000, 900, 4_000) * 10]
    assert learned_at(ages, every=15_000) == 2 * UPLOAD_MS // 15_000
    assert usual_age(watch(ages, every=15_000)) == pytest.approx(11 * MINUTE_MS, abs=4_000)


def test_three_uploads_with_the_same_age_are_enough_however_far_apart() -> None:
    assert learned_at([12 * MINUTE_MS] * 9, every=30 * MINUTE_MS) == 2
    assert learned_at([25 * MINUTE_MS, 24 * MINUTE_MS, 26 * MINUTE_MS], every=HOUR_MS) == 2
    assert learned_at([40 * MINUTE_MS, 24 * MINUTE_MS, 26 * MINUTE_MS], every=HOUR_MS) is None


def test_the_youngest_reading_of_an_upload_counts_even_if_each_is_a_message_of_its_own() -> None:
    uploads = None
    for upload in range(6):
        for message in range(6):  # half an hour of readings within ten seconds
            arrived = NOW + upload * 30 * MINUTE_MS + message * 2_000
            uploads = after_message(uploads, 37 * MINUTE_MS - message * 5 * MINUTE_MS, arrived)
    assert uploads is not None
    assert usual_age(uploads) == 12 * MINUTE_MS


def test_a_device_whose_uploads_end_on_time_is_not_late() -> None:
    uploads = None
    for upload in range(20):
        for message in range(6):
            arrived = NOW + upload * 30 * MINUTE_MS + message * 2_000
            uploads = after_message(uploads, (25 - 5 * message) * MINUTE_MS, arrived)
            assert usual_age(uploads) is None
    assert uploads is not None
    assert is_on_time(uploads)


@given(
    outage=st.integers(30, 3000).map(lambda minutes: minutes * MINUTE_MS),
    every=st.integers(1, 300).map(lambda seconds: seconds * 1000),
    share=st.floats(0.15, 50),
)
def test_a_backlog_is_never_steady(outage: int, every: int, share: float) -> None:
    """Each message is younger than the one before by `share` of the time between them."""
    ages = [round(outage - number * every * share) for number in range(3000)]
    assert learned_at([age for age in ages if age > LATE_AFTER], every) is None


@given(st.lists(st.integers(LATE_AFTER + 1, USUAL_AT_MOST), min_size=1), st.integers(1_000, HOUR_MS))
def test_a_usual_age_was_seen_and_is_within_bounds(ages: list[int], every: int) -> None:
    usual = usual_age(watch(ages, every))
    assert usual is None or (usual in ages and LATE_AFTER < usual <= USUAL_AT_MOST)


@given(
    st.integers(LATE_AFTER + 1, USUAL_AT_MOST - 5_000),
    st.lists(st.integers(0, 5_000), min_size=9, max_size=99),
)
def test_whatever_is_steady_is_learned_and_live(age: int, jitter: list[int]) -> None:
    usual = usual_age(watch([age + apart for apart in jitter], MINUTE_MS))
    assert usual is not None
    assert age + max(jitter) <= live_within(usual)


def test_a_clock_that_stands_still_is_not_steady() -> None:
    assert learned_at([11 * MINUTE_MS + number * 15_000 for number in range(400)], every=15_000) is None


def test_what_is_older_than_two_hours_says_too_little_about_now() -> None:
    assert learned_at([3 * HOUR_MS] * 99, every=MINUTE_MS) is None


def test_a_pause_a_clock_set_back_and_another_age_begin_anew() -> None:
    steady = watch([12 * MINUTE_MS] * 3, 30 * MINUTE_MS)
    assert usual_age(after_message(steady, 12 * MINUTE_MS, steady.began + PAUSE_AT_MOST + 1)) is None
    assert usual_age(after_message(steady, 12 * MINUTE_MS, steady.began - 1)) is None
    assert usual_age(after_message(steady, 40 * MINUTE_MS, steady.began + 30 * MINUTE_MS)) is None
    assert learned_at([12 * MINUTE_MS] * 3 + [40 * MINUTE_MS] * 3, 30 * MINUTE_MS) == 2
    assert usual_age(watch([12 * MINUTE_MS] * 3 + [40 * MINUTE_MS] * 3, 30 * MINUTE_MS)) == 40 * MINUTE_MS


def test_whole_minutes_as_times_are_learned_in_twenty() -> None:
    ages = [11 * MINUTE_MS + (number * 45_000) % MINUTE_MS for number in range(200)]
    learned = learned_at(ages, every=90_000)
    assert learned is not None
    assert learned * 90_000 <= PACE * MINUTE_MS


def test_a_usual_age_may_vary_by_two_minutes_or_an_eighth() -> None:
    assert live_within(None) == LATE_AFTER
    assert live_within(11 * MINUTE_MS) == 13 * MINUTE_MS
    assert live_within(HOUR_MS) == HOUR_MS + variation(HOUR_MS) == 67.5 * MINUTE_MS
