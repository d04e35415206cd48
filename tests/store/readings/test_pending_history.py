"""What the recorder has not written yet is in every answer, once."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.readings.journal_codec import batch_body
from core.readings.readings import Flag, Reading
from core.readings.rollups import FIVE_MINUTES
from core.times import HOUR_MS, MINUTE_MS
from store.database import Databases
from store.history import History
from store.history.sqlite import SqliteHistory
from store.history.tables import history_offsets, points, rollup_1h, rollup_5m
from store.journal import epochs, journal
from store.readings import pending_history
from store.readings.pending_history import JournalTail, PendingHistory

pytestmark = pytest.mark.one_database
T0 = 1_767_225_600_000
END = T0 + 3 * HOUR_MS


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_history, "FRESH_S", 0.0)


def put(dbs: Databases, readings: Sequence[Reading]) -> int:
    with dbs.journal.write() as tx:
        return journal.append(tx, END, journal.READINGS, batch_body(readings, []))


READS: dict[str, Callable[[History], object]] = {
    "points": lambda h: h.points([2, 1], T0, END),
    "first counted points": lambda h: h.points([1, 2], T0, END, most=3, counted_only=True),
    "newest points": lambda h: h.points([1], T0, END, most=4, newest_first=True),
    "5 minutes": lambda h: h.rollups([1, 2], T0 + MINUTE_MS, END, FIVE_MINUTES),
    "hours": lambda h: h.rollups([2, 1], T0, END, HOUR_MS),
    "a narrow step": lambda h: h.rollups([1], T0, END, 30_000),
    "spans": lambda h: h.spans([1, 2, 3]),
}
reading = st.builds(
    Reading,
    st.integers(1, 2),
    st.integers(0, 180).map(lambda minute: T0 + minute * MINUTE_MS - 1),
    st.integers(-80, 80).map(lambda eighths: eighths / 8),
    st.sampled_from([0, 0, 0, int(Flag.IMPLAUSIBLE), int(Flag.LATE)]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    readings=st.lists(reading, min_size=1, max_size=25, unique_by=lambda item: item[:2]), written=st.data()
)
def test_an_answer_is_the_same_however_much_is_written(
    dbs: Databases, readings: list[Reading], written: st.DataObject
) -> None:
    for table in (points, rollup_5m, rollup_1h, history_offsets):
        with dbs.history.write() as tx:
            tx.execute(table.delete())
    with dbs.journal.read() as tx:
        before = journal.last_seq(tx)
    raw = SqliteHistory(dbs.history)
    raw.write([], before, END)
    shown = PendingHistory(dbs, raw)
    for reading in readings:
        put(dbs, [reading])
    cut = written.draw(st.integers(0, len(readings)))
    raw.write(readings[:cut], before + cut, END)
    pending = {name: read(shown) for name, read in READS.items()}
    raw.write(readings[cut:], before + len(readings), END)
    assert pending == {name: read(raw) for name, read in READS.items()}
    assert {name: read(shown) for name, read in READS.items()} == pending


def test_what_is_written_while_it_reads_counts_once(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = SqliteHistory(dbs.history)
    shown = PendingHistory(dbs, raw)
    batch = [Reading(1, T0 + minute * MINUTE_MS, 4.0) for minute in range(30)]
    last = put(dbs, batch)
    assert len(shown.points([1], T0, END)) == 30
    rollups = raw.rollups

    def then_written(*arguments: object) -> object:
        raw.write(batch, last, END)
        return rollups(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(raw, "rollups", then_written)
    assert [rollup.counted for rollup in shown.rollups([1], T0, END, HOUR_MS)] == [30]


def test_a_changed_reading_is_shown_changed_and_counted_when_written(dbs: Databases) -> None:
    raw = SqliteHistory(dbs.history)
    raw.write([Reading(1, T0, 4.0)], put(dbs, [Reading(1, T0, 4.0)]), END)
    put(dbs, [Reading(1, T0, 9.0)])
    shown = PendingHistory(dbs, raw)
    assert [point.value for point in shown.points([1], T0, END)] == [9.0]
    assert [rollup.counted for rollup in shown.rollups([1], T0, END, HOUR_MS)] == [1]


def test_another_journal_is_read_from_its_beginning(dbs: Databases) -> None:
    raw = SqliteHistory(dbs.history)
    tail = JournalTail(dbs, raw.offset)
    put(dbs, [Reading(1, T0, 4.0)])
    put(dbs, [Reading(1, T0 + 1, 4.0)])
    assert len(tail.points()[1]) == 2
    with dbs.journal.write() as tx:
        tx.exec_driver_sql("DELETE FROM journal")
        epochs.begin(tx, 0, END)
    put(dbs, [Reading(2, T0, 5.0)])
    assert list(tail.points()) == [2]


def test_a_recorder_far_behind_costs_a_bounded_number_of_readings(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending_history, "READINGS_MOST", 10)
    monkeypatch.setattr(pending_history, "PIECE", 2)
    tail = JournalTail(dbs, lambda: 0)
    for minute in range(40):
        put(dbs, [Reading(1, T0 + minute * MINUTE_MS, 4.0)])
    assert len(tail.points()[1]) == 10


def test_a_batch_that_cannot_be_read_hides_no_other(dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        journal.append(tx, END, journal.READINGS, b"{not a batch")
    put(dbs, [Reading(1, T0, 4.0)])
    assert len(JournalTail(dbs, lambda: 0).points()[1]) == 1
