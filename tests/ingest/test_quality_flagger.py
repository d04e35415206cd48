"""Flags depend on the readings, not on batches, their order, repetition, or failed commits."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readings.jump_detection import jump_marks
from core.readings.readings import Flag, Reading
from core.times import MINUTE_MS
from ingest.quality import REMEMBERED, QualityFlagger
from store.database import Databases
from store.journal import series

NOW = 1_773_271_000_000
STEP = int(Flag.STEP)
VALUES = (4.0, 4.5, 36.0, 36.5, -30.0)
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
samples = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(VALUES)),
    min_size=1,
    max_size=REMEMBERED,
    unique_by=lambda s: s[0],
)
"""(minute, value)"""


def reading(minute: int, value: float, flags: int = 0) -> Reading:
    return Reading(1, NOW + minute * MINUTE_MS, value, flags)


class Flags:
    """A flagger of a new series, and the last flags that it gave each time."""

    def __init__(self, dbs: Databases, *, is_new: bool = True) -> None:
        self.dbs = dbs
        self.flags: dict[int, int] = {}
        with dbs.journal.write() as tx:
            number = series.get_or_make(tx, "a", "temperature", "", NOW)
        assert number == 1
        self._key = {("a", "temperature", ""): 1}
        with dbs.journal.read() as tx:
            self.flagger = QualityFlagger(tx, {} if is_new else self._key)
        self._new = dict(self._key) if is_new else {}

    def take(self, *readings: Reading, commits: bool = True) -> None:
        with self.dbs.journal.write() as tx:
            judged = self.flagger.judge(tx, NOW, list(readings), self._new)
            tx.rollback()
        if not commits:
            self.flagger.on_rolled_back()
            return
        self.flagger.on_committed()
        self._new = {}
        for _, at, _, flags, _ in judged:
            self.flags[at] = flags


def expected(chosen: Sequence[tuple[int, float]]) -> dict[int, int]:
    ordered = [reading(*sample) for sample in sorted(chosen)]
    marks = jump_marks(ordered)
    return {r.at: STEP if is_jump else 0 for r, is_jump in zip(ordered, marks, strict=True)}


@SLOW
@given(samples, st.data())
def test_any_order_and_any_batches_give_the_flags_of_the_ordered_series(
    dbs: Databases, chosen: list[tuple[int, float]], data: st.DataObject
) -> None:
    flags = Flags(dbs)
    order = data.draw(st.permutations(chosen))
    cuts = sorted({0, len(order), *data.draw(st.lists(st.integers(0, len(order)), max_size=3))})
    for first, last in pairwise(cuts):
        flags.take(*(reading(*sample) for sample in order[first:last]))
    assert flags.flags == expected(chosen)


@SLOW
@given(samples, st.lists(st.booleans(), min_size=REMEMBERED, max_size=REMEMBERED))
def test_a_batch_that_failed_leaves_no_trace(
    dbs: Databases, chosen: list[tuple[int, float]], failures: list[bool]
) -> None:
    flags = Flags(dbs)
    for (minute, value), fails in zip(chosen, failures, strict=False):
        if fails:
            flags.take(reading(minute, value), reading(31, 36.0), commits=False)
        flags.take(reading(minute, value))
        if fails:
            flags.take(reading(31, value + 0.25), commits=False)
    assert flags.flags == expected(chosen)


@SLOW
@given(samples)
def test_a_redelivered_series_keeps_its_flags(dbs: Databases, chosen: list[tuple[int, float]]) -> None:
    flags = Flags(dbs)
    for _ in range(2):
        for sample in chosen:
            flags.take(reading(*sample))
    assert flags.flags == expected(chosen)


@pytest.mark.parametrize("flag", [Flag.IMPLAUSIBLE, Flag.TIME_UNKNOWN])
def test_an_impossible_value_is_no_witness(dbs: Databases, flag: Flag) -> None:
    flags = Flags(dbs)
    flags.take(reading(0, 4.0), reading(1, 85.0, int(flag)), reading(2, 85.0, int(flag)), reading(3, 4.1))
    assert list(flags.flags.values()) == [0, int(flag), int(flag), 0]


def test_a_clock_set_back_judges_by_the_time_of_the_reading(dbs: Databases) -> None:
    flags = Flags(dbs)
    flags.take(reading(10, 4.0), reading(11, 4.1))
    flags.take(reading(5, 45.0))
    flags.take(reading(4, 4.0), reading(6, 4.0))
    assert flags.flags[NOW + 5 * MINUTE_MS] == STEP
    assert flags.flags[NOW + 11 * MINUTE_MS] == 0


def test_a_gap_of_hours_is_no_jump(dbs: Databases) -> None:
    flags = Flags(dbs)
    flags.take(reading(0, 4.0), reading(120, 40.0), reading(121, 40.1))
    assert set(flags.flags.values()) == {0}


def test_the_memory_of_a_series_is_bounded(dbs: Databases) -> None:
    flags = Flags(dbs)
    for minute in range(10 * REMEMBERED):
        flags.take(reading(minute, 4.0 + 40 * (minute % 2)))
    assert all(len(window) <= 2 * REMEMBERED for window in flags.flagger._windows.values())


def test_a_jump_among_readings_older_than_the_memory_is_judged_by_itself(dbs: Databases) -> None:
    flags = Flags(dbs, is_new=False)
    flags.take(*(reading(minute, 4.0) for minute in range(100, 130)))
    for minute, value in ((0, 30.0), (1, 30.1), (2, 90.0), (3, 30.0)):
        flags.take(reading(minute, value))
    assert [flags.flags[NOW + minute * MINUTE_MS] for minute in range(4)] == [0, 0, STEP, 0]


def test_metrics_that_may_jump_are_left_as_they_are(dbs: Databases) -> None:
    flags = Flags(dbs)
    other = [Reading(2, NOW + minute, value) for minute, value in enumerate((400.0, 5000.0, 400.0))]
    flags.take(*other)
    assert set(flags.flags.values()) == {0}
