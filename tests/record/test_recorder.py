"""The recorder: from the journal to the history, whatever happens in between."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from core.errors import StoreError
from core.readings.journal_codec import Heartbeat, JournalGap, batch_body, encode
from core.readings.readings import NOT_COUNTED, Flag, Reading
from core.readings.rollups import FIVE_MINUTES
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from record.history_issues import AWAY, MISSED, UNREADABLE
from record.journal_batch import CHUNK_READINGS
from record.recorder import REPORT_EVERY_MS, TRIM_EVERY_MS, Recorder, RetentionPeriods
from store.continuity import RESTARTED
from store.database import Database, Databases
from store.history.sqlite import SqliteHistory
from store.journal import journal
from store.journal.tables import journal as journal_table
from store.overview.system_issues import open_issues

T0 = 1_767_225_600_000  # 2026-01-01
ROOT = Path(__file__).parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = T0 + DAY_MS

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def history(dbs: Databases) -> SqliteHistory:
    return SqliteHistory(dbs.history)


@pytest.fixture
def recorder(dbs: Databases, history: SqliteHistory, clock: Clock) -> Recorder:
    return Recorder(dbs, history, now=clock)


def put(dbs: Databases, readings: Sequence[Reading], kind: str = journal.READINGS) -> int:
    with dbs.journal.write() as tx:
        return journal.append(tx, T0 + DAY_MS, kind, batch_body(readings, []))


def some(count: int, series: int = 1, start: int = T0) -> list[Reading]:
    return [Reading(series, start + i * MINUTE_MS, 4.0 + i % 5) for i in range(count)]


def catch_up(recorder: Recorder) -> None:
    while recorder.step():
        pass


def noted_issues(dbs: Databases) -> list[str]:
    with dbs.records.read() as tx:
        return [problem.name for problem in open_issues(tx)]


def assert_history_is(history: SqliteHistory, readings: Sequence[Reading]) -> None:
    """Exactly the last reading of each (series, time), and roll-ups as a recount of those says."""
    last = {(reading.series, reading.at): reading for reading in readings}
    numbers = sorted({series for series, _ in last})
    points = history.points(numbers, 0, T0 + 1000 * DAY_MS)
    assert [tuple(point) for point in points] == [tuple(last[key])[:4] for key in sorted(last)]
    for width in (FIVE_MINUTES, HOUR_MS):
        truth: dict[tuple[int, int], list[float]] = {}
        for (series, at), reading in last.items():
            if not reading.flags & NOT_COUNTED:
                truth.setdefault((series, at // width * width), []).append(reading.value)
        rollups = history.rollups(numbers, T0 - DAY_MS, T0 + 1000 * DAY_MS, width)
        assert {(row.series, row.at): (row.min, row.sum, row.max, row.counted) for row in rollups} == {
            key: (min(values), sum(values), max(values), len(values)) for key, values in truth.items()
        }


def test_it_takes_what_is_new_and_then_has_nothing_to_do(
    dbs: Databases, history: SqliteHistory, recorder: Recorder
) -> None:
    assert recorder.step() == 0
    put(dbs, some(10))
    put(dbs, some(10, series=2))
    assert recorder.step() == 2
    assert recorder.step() == 0
    last = put(dbs, [Reading(1, T0, 99.0, int(Flag.IMPLAUSIBLE))])
    assert recorder.step() == 1
    assert history.offset() == last
    everything = [*some(10), *some(10, series=2), Reading(1, T0, 99.0, int(Flag.IMPLAUSIBLE))]
    assert_history_is(history, everything)


def test_it_passes_heartbeats_and_gaps(dbs: Databases, history: SqliteHistory, recorder: Recorder) -> None:
    with dbs.journal.write() as tx:
        journal.append(tx, T0, journal.HEARTBEAT, encode(Heartbeat(True)))
        last = journal.append(tx, T0, journal.GAP, encode(JournalGap(1, 2, "age")))
    catch_up(recorder)
    assert history.offset() == last


def test_a_step_is_bounded_however_long_the_backlog(
    dbs: Databases, history: SqliteHistory, recorder: Recorder
) -> None:
    readings = some(CHUNK_READINGS * 3)
    for first in range(0, len(readings), 500):
        put(dbs, readings[first : first + 500])
    steps = 0
    while recorder.step():
        steps += 1
    assert 3 <= steps <= 6
    assert_history_is(history, readings)


def test_it_goes_on_after_a_row_that_cannot_be_read(
    dbs: Databases, history: SqliteHistory, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    with dbs.journal.write() as tx:
        journal.append(tx, T0, journal.READINGS, b"{not a batch")
    put(dbs, some(5))
    catch_up(recorder)
    assert_history_is(history, some(5))
    assert "journal row 1 cannot be read" in caplog.text
    assert noted_issues(dbs) == [UNREADABLE]


@contextmanager
def breaking(database: Database, at_statement: int) -> Iterator[Callable[[], int]]:
    """Breaks off before the nth statement (the commit counts too), as a crash or a full disk would."""
    count = 0

    def on_statement(*_: Any) -> None:
        nonlocal count
        count += 1
        if count == at_statement:
            raise StoreError("broken off")

    event.listen(database.engine, "before_cursor_execute", on_statement)
    event.listen(database.engine, "commit", on_statement)
    try:
        yield lambda: count
    finally:
        event.remove(database.engine, "before_cursor_execute", on_statement)
        event.remove(database.engine, "commit", on_statement)


def test_a_break_before_any_statement_loses_nothing_and_repeats_harmlessly(
    dbs: Databases, history: SqliteHistory, clock: Clock
) -> None:
    written: list[Reading] = []
    broken = 0
    for at_statement in range(1, 30):
        flag = int(Flag.IMPLAUSIBLE) if at_statement % 2 else 0
        batch = [*some(9, start=T0 + at_statement * 7 * MINUTE_MS), Reading(2, T0 + MINUTE_MS, 5.0, flag)]
        put(dbs, batch)
        written += batch
        recorder = Recorder(dbs, history, now=clock)
        with breaking(dbs.history, at_statement) as statements:
            try:
                catch_up(recorder)
            except StoreError:
                broken += 1
        assert statements() >= min(at_statement, 8)
        catch_up(recorder)
        assert_history_is(history, written)
    assert broken >= 8


RECORDER = """
import sys, threading
from pathlib import Path
from record.recorder import Recorder
from store.database import Databases
from store.history.sqlite import SqliteHistory
dbs = Databases(Path(sys.argv[1]), sys.argv[2])
Recorder(dbs, SqliteHistory(dbs.history)).run(threading.Event())
"""


def test_every_reading_is_there_once_after_real_kills(dbs: Databases, history: SqliteHistory) -> None:
    dice = random.Random(5)
    readings = [
        Reading(series, T0 + at * MINUTE_MS // 2, dice.randint(-40, 400) / 8)
        for at in range(240)
        for series in range(250)
    ]
    readings += dice.sample(readings, 2_000)  # some come twice
    readings += [reading._replace(value=reading.value + 1) for reading in dice.sample(readings, 2_000)]
    for first in range(0, len(readings), 400):
        put(dbs, readings[first : first + 400])
    last = put(dbs, [])
    kills = 0
    while history.offset() < last:
        before = history.offset()
        process = subprocess.Popen([sys.executable, "-c", RECORDER, str(dbs.data_dir), dbs.url], cwd=ROOT)
        try:
            wait_until(lambda before=before: history.offset() > before)  # type: ignore[misc]
            wait_some_time(dice.random() * 0.1)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
    assert kills >= 2
    assert_history_is(history, readings)


def wait_until(holds: Callable[[], bool], within_s: float = 120.0) -> None:
    pause = threading.Event()
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.01)


def wait_some_time(seconds: float) -> None:
    threading.Event().wait(seconds)  # the moment of the kill is to be any


def test_it_says_loudly_when_the_journal_was_trimmed_before_it_came(
    dbs: Databases, history: SqliteHistory, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    put(dbs, some(3))
    catch_up(recorder)
    for start in range(1, 6):
        put(dbs, some(3, start=T0 + start * HOUR_MS))
    with dbs.journal.write() as tx:
        tx.execute(journal_table.delete().where(journal_table.c.seq <= 4))
    catch_up(recorder)
    assert caplog.text.count("journal rows 2 to 4 are gone") == 1
    assert noted_issues(dbs) == [MISSED]
    assert history.offset() == 6
    assert_history_is(history, [*some(3), *some(3, start=T0 + 4 * HOUR_MS), *some(3, start=T0 + 5 * HOUR_MS)])


def test_it_is_quiet_when_only_what_it_had_passed_was_trimmed(
    dbs: Databases, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        put(dbs, some(3))
    catch_up(recorder)
    with dbs.journal.write() as tx:
        tx.execute(journal_table.delete().where(journal_table.c.seq < 3))
    assert recorder.step() == 0
    put(dbs, some(3))
    assert recorder.step() == 1
    assert caplog.text == ""
    assert noted_issues(dbs) == []


def test_it_reads_a_journal_from_the_beginning_that_is_younger_than_the_history(
    dbs: Databases, history: SqliteHistory, clock: Clock
) -> None:
    history.write(some(5), 900, T0)
    put(dbs, some(5, series=2))
    recorder = Recorder(dbs, history, now=clock)
    catch_up(recorder)
    assert noted_issues(dbs) == [RESTARTED]
    assert history.offset() == 1
    assert_history_is(history, [*some(5), *some(5, series=2)])


def test_it_reports_its_position_every_few_seconds_and_never_ahead_of_the_history(
    dbs: Databases, recorder: Recorder, clock: Clock
) -> None:
    def reported() -> int | None:
        with dbs.journal.read() as tx:
            return journal.reported_offsets(tx).get(journal.RECORDER)

    recorder.report()
    assert reported() is None
    put(dbs, some(3))
    catch_up(recorder)
    recorder.report()
    assert reported() == 1
    put(dbs, some(3))
    recorder.step()
    recorder.report()
    assert reported() == 1
    clock.now += REPORT_EVERY_MS
    recorder.report()
    assert reported() == 2


def test_it_trims_the_history_every_hour(dbs: Databases, history: SqliteHistory, clock: Clock) -> None:
    history.import_points(some(2 * 24 * 60))
    recorder = Recorder(dbs, history, keep=RetentionPeriods(1, None, None), now=clock)
    clock.now = T0 + 2 * DAY_MS
    while recorder.trim_next_chunk():
        pass
    assert len(history.points([1], 0, clock.now)) == 24 * 60
    clock.now += TRIM_EVERY_MS - 1
    assert not recorder.trim_next_chunk()
    assert len(history.points([1], 0, clock.now)) == 24 * 60
    clock.now += 1
    while recorder.trim_next_chunk():
        pass
    assert len(history.points([1], 0, clock.now)) == 23 * 60


def test_running_it_goes_on_when_the_history_is_back(
    dbs: Databases, history: SqliteHistory, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    put(dbs, some(3))
    away = threading.Event()
    away.set()

    def while_away(*_: Any) -> None:
        if away.is_set():
            raise StoreError("no such machine")

    event.listen(dbs.history.engine, "before_cursor_execute", while_away)
    stop = threading.Event()
    thread = threading.Thread(target=recorder.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: noted_issues(dbs) == [AWAY])
        away.clear()
        wait_until(lambda: history.offset() == 1)
        wait_until(lambda: noted_issues(dbs) == [])
        put(dbs, some(3, series=2))
        wait_until(lambda: history.offset() == 2, within_s=5)
    finally:
        stop.set()
        thread.join()
        event.remove(dbs.history.engine, "before_cursor_execute", while_away)
    assert caplog.text.count("cannot write the history") == 1
    assert_history_is(history, [*some(3), *some(3, series=2)])
