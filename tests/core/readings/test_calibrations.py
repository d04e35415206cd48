"""Offsets over time, and what a probe in ice water must do before it is believed."""

import random

import pytest

from core.errors import Refused
from core.readings import calibrations
from core.readings.calibrations import (
    CalibrationDue,
    NewCalibration,
    OffsetPeriod,
    OffsetStep,
    ice_settling,
    merge_rollups,
    offset_at,
    offset_periods,
    shift_rollup,
    steps_of,
)
from core.readings.rollups import Rollup
from core.times import DAY_MS, HOUR_MS, MINUTE_MS

T0 = 1_768_320_000_000
TWO = (OffsetStep(T0, 0.5), OffsetStep(T0 + 3 * HOUR_MS, -0.2))


def test_before_the_first_calibration_nothing_is_added() -> None:
    assert offset_at(TWO, T0 - 1) == 0.0
    assert offset_at((), T0) == 0.0


def test_an_offset_counts_from_its_hour_to_the_next_ones() -> None:
    assert offset_at(TWO, T0) == 0.5
    assert offset_at(TWO, T0 + 3 * HOUR_MS - 1) == 0.5
    assert offset_at(TWO, T0 + 3 * HOUR_MS) == -0.2


def test_what_is_done_now_counts_from_the_hour_that_runs() -> None:
    assert calibrations.full_hour(T0 + 25 * MINUTE_MS) == T0
    assert calibrations.full_hour(T0) == T0


def test_of_two_for_one_hour_the_one_written_down_later_counts() -> None:
    assert steps_of([OffsetStep(T0, 1.0), OffsetStep(T0 - HOUR_MS, 2.0), OffsetStep(T0, 3.0)]) == (
        OffsetStep(T0 - HOUR_MS, 2.0),
        OffsetStep(T0, 3.0),
    )


def test_a_window_is_cut_exactly_where_the_offset_changes() -> None:
    assert offset_periods(TWO, T0 - 5, T0 + 4 * HOUR_MS) == [
        OffsetPeriod(T0 - 5, T0, 0.0),
        OffsetPeriod(T0, T0 + 3 * HOUR_MS, 0.5),
        OffsetPeriod(T0 + 3 * HOUR_MS, T0 + 4 * HOUR_MS, -0.2),
    ]
    assert offset_periods(TWO, T0, T0 + HOUR_MS) == [OffsetPeriod(T0, T0 + HOUR_MS, 0.5)]
    assert offset_periods(TWO, T0, T0) == []


def test_two_parts_of_a_bucket_are_one_again() -> None:
    first, second = Rollup(1, T0, 2.0, 9.0, 4.0, 3), Rollup(1, T0, 1.0, 5.0, 2.5, 4)
    later = Rollup(1, T0 + HOUR_MS, 7.0, 7.0, 7.0, 1)
    assert merge_rollups([later, shift_rollup(first, 1.0), second]) == [
        Rollup(1, T0, 1.0, 17.0, 5.0, 7),
        later,
    ]


@pytest.mark.parametrize(
    ("wrong", "reason", "field"),
    [
        ({"metric": "battery", "offset": 1.0}, "not_calibrated", "metric"),
        ({"offset": 10.1}, "offset_too_large", "measured"),
        ({"offset": float("nan")}, "offset_too_large", "measured"),
        ({"offset": float("-inf")}, "offset_too_large", "measured"),
        ({"metric": "humidity", "offset": -31.0}, "offset_too_large", "measured"),
        ({"done_at": T0 + 2 * MINUTE_MS}, "in_the_future", "done_at"),
        ({"done_at": T0, "due_at": T0}, "due_before_done", "due_at"),
        ({"method": "by feel"}, "unknown_method", "method"),
        ({"note": "x" * 201}, "too_long", "note"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    wrong: dict[str, object], reason: str, field: str
) -> None:
    facts: dict[str, object] = {"device": "d", "position": "", "metric": "temperature", "offset": 0.1}
    new = NewCalibration(**{**facts, "method": "ice", "by": None, **wrong})  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        new.check(T0)
    assert (refused.value.reason, refused.value.field) == (reason, field)


@pytest.mark.parametrize("offset", [12.5, -12.5])
def test_an_offset_that_is_too_large_is_said_without_a_sign(offset: float) -> None:
    new = NewCalibration(device="d", position="", metric="temperature", offset=offset, method="ice", by=None)
    with pytest.raises(Refused) as refused:
        new.check(T0)
    assert refused.value.facts["offset"] == "12.5"
    assert set(refused.value.facts) == {"offset", "unit"}


def test_it_is_due_a_month_before_it_is_over() -> None:
    assert calibrations.calibration_due(None, T0) == CalibrationDue.NEVER
    assert calibrations.calibration_due(T0 + 31 * DAY_MS, T0) == CalibrationDue.FINE
    assert calibrations.calibration_due(T0 + 30 * DAY_MS, T0) == CalibrationDue.SOON
    assert calibrations.calibration_due(T0, T0) == CalibrationDue.OVER


# --- ice water -----------------------------------------------------------------------------------


def bath(
    minutes: float, every_s: int = 10, ends_at: float = 0.4, tau_s: float = 60.0
) -> list[tuple[int, float]]:
    """From 22 °C into the ice at T0, after some minutes outside; with the noise of a good probe."""
    noise = random.Random(7)
    settled = []
    for at in range(T0 - 3 * MINUTE_MS, T0 + round(minutes * MINUTE_MS), every_s * 1000):
        inside = max(0.0, (at - T0) / 1000)
        value = ends_at + (22.0 - ends_at) * 2.718 ** (-inside / tau_s)
        settled.append((at, value + noise.uniform(-0.05, 0.05)))
    return settled


def test_a_probe_that_still_falls_is_not_steady() -> None:
    settled = ice_settling(bath(3), T0, T0 + 3 * MINUTE_MS)
    assert settled.value is not None
    assert not settled.steady
    with pytest.raises(Refused, match="还在变"):
        calibrations.ice_offset(settled._replace(value=1.0))


def test_after_ten_minutes_it_says_by_how_much_it_is_wrong() -> None:
    settled = ice_settling(bath(10), T0, T0 + 10 * MINUTE_MS)
    assert settled.steady
    assert calibrations.ice_offset(settled) == pytest.approx(-0.4, abs=0.03)


def test_steady_from_the_start_is_not_enough_it_must_lie_there_five_minutes() -> None:
    cold = [(T0 + n * 10_000, 0.1) for n in range(20)]
    assert not ice_settling(cold, T0, T0 + 200_000).steady


def test_what_it_said_before_it_went_in_does_not_count() -> None:
    before = [(T0 - n * 10_000, 0.0) for n in range(60, 0, -1)]
    assert ice_settling(before, T0, T0 + 10 * MINUTE_MS) == (None, False)
    with pytest.raises(Refused, match="还没来过数"):
        calibrations.ice_offset(ice_settling(before, T0, T0 + 10 * MINUTE_MS))


def test_a_probe_on_the_table_is_not_taken_for_one_in_ice() -> None:
    table = [(T0 + n * 10_000, 21.5) for n in range(60)]
    settled = ice_settling(table, T0, T0 + 10 * MINUTE_MS)
    assert settled.steady
    with pytest.raises(Refused, match="不像在冰水里"):
        calibrations.ice_offset(settled)


def test_a_probe_that_speaks_every_five_minutes_is_steady_when_two_words_agree() -> None:
    slow = [(T0 - MINUTE_MS, 22.0), (T0 + 4 * MINUTE_MS, 1.9), (T0 + 9 * MINUTE_MS, 0.3)]
    assert not ice_settling(slow, T0, T0 + 11 * MINUTE_MS).steady
    slow.append((T0 + 14 * MINUTE_MS, 0.2))
    assert ice_settling(slow, T0, T0 + 14 * MINUTE_MS) == (0.2, True)


def test_a_right_probe_gets_an_offset_of_plain_zero() -> None:
    assert str(calibrations.ice_offset(calibrations.IceSettling(0.0, True))) == "0.0"


@pytest.mark.parametrize(
    ("value", "steady", "ready"),
    [(0.3, True, True), (-0.3, True, True), (0.3, False, False), (9.0, True, False), (None, False, False)],
)
def test_zero_can_be_written_exactly_where_an_offset_is_given(
    value: float | None, steady: bool, ready: bool
) -> None:
    settled = calibrations.IceSettling(value, steady)
    assert calibrations.reads_zero(settled) is ready
    if ready:
        assert calibrations.ice_offset(settled) == pytest.approx(-(value or 0.0))
    else:
        with pytest.raises(Refused):
            calibrations.ice_offset(settled)
