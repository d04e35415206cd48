"""A standing problem is taken back by whoever finds it over, and one that cannot end has a term."""

from collections.abc import Callable

import pytest

from core.errors import StoreError
from core.readings.journal_codec import Heartbeat, batch_body, encode
from core.readings.readings import Reading
from core.times import DAY_MS, MINUTE_MS
from record.history_issues import AWAY, LOST, MISSED, REFUSED, UNREADABLE, HistoryIssues
from record.recorder import WATCH_EVERY_S, Recorder
from store.continuity import RESTARTED
from store.damaged_history import SET_ASIDE
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import journal
from store.journal.series import get_or_make
from store.journal.tables import journal as journal_table
from store.overview import system_issues
from store.overview.system_issues import SystemIssue

NOW = 1_767_225_600_000


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now

    def elapsed(self) -> float:
        return self.now / 1000


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Store(SqliteHistory):
    """Away while `away`."""

    away = False
    lost: dict[str, int] = {}  # noqa: RUF012 - replaced per test

    def check(self) -> None:
        if self.away:
            raise StoreError("away")

    def lost_parts(self) -> dict[str, int]:
        return self.lost


def open_issues(dbs: Databases) -> dict[str, SystemIssue]:
    with dbs.records.read() as tx:
        return {issue.name: issue for issue in system_issues.open_issues(tx)}


def put(dbs: Databases, at: int, readings: list[Reading] | None = None) -> None:
    kind = journal.HEARTBEAT if readings is None else journal.READINGS
    body = encode(Heartbeat(True)) if readings is None else batch_body(readings, [])
    with dbs.journal.write() as tx:
        journal.append(tx, at, kind, body)


def recorder(dbs: Databases, clock: Clock, store: Store | None = None) -> Recorder:
    return Recorder(dbs, store or Store(dbs.history), now=clock, elapsed=clock.elapsed)


def test_a_later_process_that_writes_a_reading_takes_back_what_an_earlier_one_said(
    dbs: Databases, clock: Clock
) -> None:
    HistoryIssues(dbs, clock).on_away("connection refused")
    put(dbs, NOW, [Reading(1, NOW, 4.0)])
    recorder(dbs, clock).step()
    assert open_issues(dbs) == {}


def test_a_heartbeat_proves_nothing_about_the_store_but_an_answer_does(dbs: Databases, clock: Clock) -> None:
    HistoryIssues(dbs, clock).on_away("connection refused")
    store = Store(dbs.history)
    store.away = True
    life = recorder(dbs, clock, store)
    put(dbs, NOW)
    life.step()
    assert set(open_issues(dbs)) == {AWAY}
    store.away = False
    put(dbs, NOW)
    clock.now += round(WATCH_EVERY_S * 1000)
    life.step()
    assert open_issues(dbs) == {}


def test_a_gap_says_from_when_to_when_and_how_much_and_adds_up(dbs: Databases, clock: Clock) -> None:
    life = recorder(dbs, clock)
    for minute in range(12):
        put(dbs, NOW + minute * MINUTE_MS, [Reading(1, NOW + minute, 4.0)])
        if minute == 0:
            life.step()
        if minute in (5, 10):
            with dbs.journal.write() as tx:
                tx.execute(journal_table.delete().where(journal_table.c.seq <= minute))
            clock.now = NOW + minute * MINUTE_MS
            life = recorder(dbs, clock)
            life.step()
    issue = open_issues(dbs)[MISSED]
    assert (issue.first_at, issue.last_at, issue.text) == (NOW, NOW + 10 * MINUTE_MS, "8")


@pytest.mark.parametrize(
    ("note", "name", "days"),
    [
        (lambda issues: issues.on_refused("too old"), REFUSED, 1),
        (lambda issues: issues.on_missed(3, NOW - DAY_MS, NOW), MISSED, 7),
        (lambda issues: issues.on_unreadable("row 5"), UNREADABLE, 7),
        (lambda issues: issues.on_lost(["http://influx/farm/north_5m"]), LOST, 7),
        (lambda issues: issues._note(RESTARTED, "row 5"), RESTARTED, 7),
        (lambda issues: issues._note(SET_ASIDE, "history.db.broken-1"), SET_ASIDE, 7),
    ],
)
def test_what_nothing_can_end_has_a_term_in_a_later_process_too(
    dbs: Databases, clock: Clock, note: Callable[[HistoryIssues], None], name: str, days: int
) -> None:
    note(HistoryIssues(dbs, clock))
    HistoryIssues(dbs, clock).on_away("stays")
    clock.now += days * DAY_MS
    recorder(dbs, clock).trim_next_chunk()
    assert set(open_issues(dbs)) == {name, AWAY}
    clock.now += 1
    recorder(dbs, clock).trim_next_chunk()
    assert set(open_issues(dbs)) == {AWAY}


def test_what_a_store_lost_is_said_and_derived_again(dbs: Databases, clock: Clock) -> None:
    store = Store(dbs.history)
    series = [Reading(1, NOW + i * MINUTE_MS, 4.0) for i in range(30)]
    with dbs.journal.write() as tx:
        assert get_or_make(tx, "probe", "temperature", "", NOW) == 1
    store.import_points(series)
    with dbs.history.write() as tx:
        tx.exec_driver_sql("DELETE FROM rollup_5m")
    store.lost = {"http://influx/farm/north_5m": NOW}
    life = recorder(dbs, clock, store)
    while life._rebuilder.run_next_chunk():
        pass
    assert open_issues(dbs)[LOST].text == "north_5m"
    rollups = store.rollups([1], NOW, NOW + 30 * MINUTE_MS, 5 * MINUTE_MS)
    assert [rollup.counted for rollup in rollups] == [5] * 6
