"""A calibration is applied wherever a value is read, and what is stored stays raw."""

import random

import pytest

from core.errors import Refused
from core.readings.calibrations import NewCalibration, OffsetTable
from core.readings.readings import Flag, Reading
from core.readings.rollups import Rollup
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import latest
from store.journal.series import get_or_make
from store.readings import calibrations
from store.readings.calibrated_history import CalibratedHistory
from store.readings.calibrations import calibrate, corrections
from store.readings.curve_query import CurveQuery
from store.readings.curves import device_curve

T0 = 1_768_320_000_000
ICE = "ice"


def series(dbs: Databases, device: str, metric: str = "temperature", position: str = "") -> int:
    with dbs.journal.write() as tx:
        return get_or_make(tx, device, metric, position, T0)


def done(dbs: Databases, device: str, offset: float, at: int, position: str = "") -> int:
    with dbs.records.write() as tx:
        return calibrate(
            tx,
            T0 + 100 * DAY_MS,
            NewCalibration(
                device=device,
                position=position,
                metric="temperature",
                offset=offset,
                method=ICE,
                by=None,
                done_at=at,
            ),
        )


def offset_table(dbs: Databases) -> OffsetTable:
    with dbs.records.read() as tx:
        return corrections(tx)


def test_the_newest_value_is_corrected_and_the_raw_one_stands_beside_it(dbs: Databases) -> None:
    air, pile = series(dbs, "a"), series(dbs, "a", position="pile")
    with dbs.journal.write() as tx:
        latest.put(tx, T0, [Reading(air, T0, 3.9), Reading(pile, T0, 3.9)])
    done(dbs, "a", 0.2, T0 - 5 * MINUTE_MS)
    with dbs.journal.read() as tx:
        by_position = {value.position: value for value in latest.latest_values(tx, offset_table(dbs))}
    assert (by_position[""].value, by_position[""].raw) == (4.1, 3.9)
    assert (by_position["pile"].value, by_position["pile"].raw) == (3.9, 3.9)


def test_what_was_measured_before_the_hour_of_the_calibration_stays_as_it_was(dbs: Databases) -> None:
    probe = series(dbs, "a")
    with dbs.journal.write() as tx:
        latest.put(tx, T0, [Reading(probe, T0 - 1, 3.9)])
    done(dbs, "a", 0.2, T0 + 25 * MINUTE_MS)
    with dbs.journal.read() as tx:
        (value,) = latest.latest_values(tx, offset_table(dbs))
    assert value.value == 3.9


def test_curves_are_those_of_the_corrected_readings_at_every_step(dbs: Databases) -> None:
    """Against the plain way: correct every reading, then count."""
    dice = random.Random(5)
    calibrated, plain = series(dbs, "a"), series(dbs, "b")
    raw = SqliteHistory(dbs.history)
    readings = [
        Reading(
            calibrated,
            at,
            round(dice.uniform(-5, 15), 2),
            int(Flag.IMPLAUSIBLE) if dice.random() < 0.02 else 0,
        )
        for at in range(T0, T0 + 3 * DAY_MS, 97_000)
    ]
    raw.import_points(readings)
    raw.import_points([Reading(plain, T0 + MINUTE_MS, 1.0)])
    changes = [(T0 + 5 * HOUR_MS + 1, 0.37), (T0 + 26 * HOUR_MS, -1.4), (T0 + 26 * HOUR_MS + 9, 0.8)]
    for at, new_offset in changes:
        done(dbs, "a", new_offset, at)

    def offset(at: int) -> float:
        return 0.8 if at >= T0 + 26 * HOUR_MS else 0.37 if at >= T0 + 5 * HOUR_MS else 0.0

    read = CalibratedHistory(dbs, raw)
    for step in (MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, DAY_MS):
        start, end = T0 + 17 * MINUTE_MS + 3, T0 + 2 * DAY_MS + 11 * MINUTE_MS
        expected: dict[int, list[float]] = {}
        for _, at, value, flags, _ in readings:
            if start <= at < end and not flags:
                expected.setdefault(at - at % step, []).append(value + offset(at))
        buckets = read.rollups([calibrated], start, end, step)
        assert [bucket.at for bucket in buckets] == sorted(expected)
        for bucket in buckets:
            values = expected[bucket.at]
            assert bucket.counted == len(values)
            assert (bucket.min, bucket.max) == pytest.approx((min(values), max(values)))
            assert bucket.sum == pytest.approx(sum(values))
    points = read.points([calibrated, plain], T0, T0 + 3 * DAY_MS)
    assert [point.value for point in points] == pytest.approx(
        [value + offset(at) for _, at, value, _, _ in readings] + [1.0]
    )
    assert raw.points([calibrated], T0, T0 + 97_000)[0].value == readings[0].value
    assert read.rollups([plain], T0, T0 + HOUR_MS, HOUR_MS) == [Rollup(plain, T0, 1.0, 1.0, 1.0, 1)]


def test_a_bucket_of_a_day_that_a_calibration_cuts_is_one_bucket(dbs: Databases) -> None:
    probe = series(dbs, "a")
    raw = SqliteHistory(dbs.history)
    raw.import_points(Reading(probe, at, 4.0) for at in range(T0, T0 + DAY_MS, MINUTE_MS))
    done(dbs, "a", 1.0, T0 + 6 * HOUR_MS)
    start = T0 - T0 % DAY_MS
    days = CalibratedHistory(dbs, raw).rollups([probe], start, start + 2 * DAY_MS, 2 * DAY_MS)
    assert days == [Rollup(probe, days[0].at, 4.0, 4.0 * 1440 + 1080.0, 5.0, 1440)]


def test_an_hour_whose_points_were_trimmed_is_corrected_too(dbs: Databases) -> None:
    probe = series(dbs, "a")
    raw = SqliteHistory(dbs.history)
    raw.import_points(Reading(probe, at, 4.0) for at in range(T0, T0 + DAY_MS, MINUTE_MS))
    for _ in raw.trim(T0 + 30 * DAY_MS, 1, 1, None):
        pass
    done(dbs, "a", 0.5, T0 + 3 * HOUR_MS)
    curve = device_curve(
        dbs, CalibratedHistory(dbs, raw), "a", CurveQuery(metric="temperature", start=T0, end=T0 + DAY_MS)
    )
    assert [point.mean for point in curve.points] == [4.0] * 3 + [4.5] * 21


def test_a_series_that_was_never_calibrated_costs_nothing(dbs: Databases) -> None:
    probe = series(dbs, "a")
    raw = SqliteHistory(dbs.history)
    raw.import_points([Reading(probe, T0, 4.0)])
    assert CalibratedHistory(dbs, raw).points([probe], T0, T0 + 1) == raw.points([probe], T0, T0 + 1)


def test_due_dates_go_by_the_last_calibration_of_each_metric(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        for metric, at, due in (("temperature", 0, 90), ("temperature", 50, 415), ("humidity", 10, 200)):
            done_at, due_at = T0 + at * DAY_MS, T0 + due * DAY_MS
            new = NewCalibration(
                device="a",
                position="",
                metric=metric,
                offset=0.1,
                method="laboratory",
                by=None,
                done_at=done_at,
                due_at=due_at,
            )
            calibrate(tx, T0 + DAY_MS * 60, new)
        calibrate(
            tx,
            T0,
            NewCalibration(device="b", position="x", metric="temperature", offset=0.1, method="ice", by=None),
        )
    with dbs.records.read() as tx:
        rows = calibrations.calibrations(tx)
        assert calibrations.due_of(rows) == {("a", ""): T0 + 200 * DAY_MS, ("b", "x"): None}
        assert [row.done_at for row in calibrations.calibrations(tx, "a")] == [
            T0 + 50 * DAY_MS,
            T0 + 10 * DAY_MS,
            T0,
        ]


def test_an_unknown_method_or_too_much_text_is_refused(dbs: Databases) -> None:
    for method, certificate in (("guess", ""), ("ice", "x" * 201)):
        with dbs.records.write() as tx, pytest.raises(Refused):
            calibrate(
                tx,
                T0,
                NewCalibration(
                    device="a",
                    position="",
                    metric="temperature",
                    offset=0.1,
                    by=None,
                    method=method,
                    certificate=certificate,
                ),
            )
    assert offset_table(dbs).steps == {}
