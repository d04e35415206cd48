"""When readings are written: often where that is cheap, seldom where each costs its pages."""

import pytest

from record.write_pacing import (
    BYTES_PER_S,
    BYTES_PER_SERIES,
    GATHER_S,
    HOLD_S,
    OUTSIDE_GATHER_S,
    PER_SERIES,
    SAVED_FIRST,
    Waiting,
    WritePacer,
)

SMALL, LARGE = 20, 1_000
"""Numbers of series: the savings at the start pay for the first and not for the second."""


@pytest.fixture
def pacer() -> WritePacer:
    return WritePacer(0.0)


def test_a_small_house_is_written_after_seconds(pacer: WritePacer) -> None:
    waiting = Waiting(SMALL, SMALL, since=100.0)
    assert not pacer.is_due(waiting, 100.0 + GATHER_S - 0.1)
    assert pacer.is_due(waiting, 100.0 + GATHER_S)


def test_an_outside_store_is_written_every_few_seconds_and_no_more_often() -> None:
    pacer = WritePacer(0.0, outside=True)
    for series in (SMALL, LARGE):
        waiting = Waiting(series * PER_SERIES, series, since=0.0)
        assert not pacer.is_due(waiting, OUTSIDE_GATHER_S - 0.1)
        assert pacer.is_due(waiting, OUTSIDE_GATHER_S)
    assert not pacer.is_due(Waiting(0, 0, since=0.0), 60.0)


def test_a_large_house_waits_for_several_readings_of_each_series(pacer: WritePacer) -> None:
    assert SAVED_FIRST < BYTES_PER_SERIES * LARGE
    assert not pacer.is_due(Waiting(LARGE, LARGE, since=0.0), 60.0)
    assert not pacer.is_due(Waiting(LARGE * PER_SERIES - 1, LARGE, since=0.0), 60.0)
    assert pacer.is_due(Waiting(LARGE * PER_SERIES, LARGE, since=0.0), 0.0)


def test_nothing_waits_for_ever_not_even_heartbeats(pacer: WritePacer) -> None:
    for waiting in (Waiting(LARGE, LARGE, since=5.0), Waiting(0, 0, since=5.0)):
        assert not pacer.is_due(waiting, 5.0 + HOLD_S - 1)
        assert pacer.is_due(waiting, 5.0 + HOLD_S)


def test_rows_without_readings_do_not_count_as_many_for_no_series(pacer: WritePacer) -> None:
    assert not pacer.is_due(Waiting(0, 0, since=0.0), GATHER_S)


def test_over_a_day_it_writes_no_more_than_its_share() -> None:
    pacer, written, now, since, readings = WritePacer(0.0), 0, 0.0, 0.0, 0
    while now < 86_400:  # 120 series, 4 readings a second
        now, readings = now + 1, readings + 4
        waiting = Waiting(readings, min(readings, 120), since)
        if pacer.is_due(waiting, now):
            pacer.on_written(waiting, now)
            written += BYTES_PER_SERIES * waiting.series
            since, readings = now, 0
    assert written / 86_400 <= BYTES_PER_S * 1.3


def test_what_is_left_after_a_busy_time_is_written_soon(pacer: WritePacer) -> None:
    for second in range(1, 3_600):
        pacer.on_written(Waiting(200 * PER_SERIES, 200, since=second - 1.0), float(second))
    assert pacer.is_due(Waiting(150, 150, since=3_600.0), 3_600.0 + GATHER_S)
