"""The recorder and a history outside: away for a day, refusing, killed. Nothing lost, nothing twice."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from core.errors import StoreError
from core.readings.history_url import HistoryAddress
from core.readings.journal_codec import Heartbeat, batch_body, encode
from core.readings.readings import Flag, Reading
from core.readings.rollups import FIVE_MINUTES
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from record.history_issues import AWAY, REFUSED
from record.recorder import WATCH_EVERY_S, Recorder
from store.database import Databases
from store.history import History
from store.history.influx import InfluxHistory
from store.history.victoria import VictoriaHistory
from store.journal import journal
from store.overview.system_issues import open_issues
from tests.support.gate import Answer, Gate, gate
from tests.support.histories import (
    INFLUXDB,
    VICTORIAMETRICS,
    ShownVictoria,
    Victoria,
    influx_address,
    remove_buckets,
    wait_for,
)

T0 = 1_767_225_600_000  # 2026-01-01
ROOT = Path(__file__).parents[2]
OUTSIDE = (VICTORIAMETRICS, INFLUXDB)


class Elapsed:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[Victoria]:
    """One of our own, to be killed."""
    server = Victoria(tmp_path).start()
    yield server
    server.kill()


class Store:
    """A real store behind a gate: `history` as the recorder has it, `shown` to look at it directly."""

    def __init__(self, dbs: Databases, before: Gate, address: HistoryAddress, token: str) -> None:
        self.gate = before
        gated = address._replace(url=before.url)
        self.history: History
        self.shown: History
        if address.kind == INFLUXDB:
            self.history = InfluxHistory(dbs.history, gated, token)
            self.shown = InfluxHistory(dbs.history, address, token)
        else:
            self.history = VictoriaHistory(dbs.history, gated, token)
            self.shown = ShownVictoria(dbs, address)


@pytest.fixture(params=OUTSIDE)
def store(
    request: pytest.FixtureRequest, dbs: Databases, victoria_server: Callable[[], Victoria]
) -> Iterator[Store]:
    if request.param == INFLUXDB:
        address, token = influx_address()
    else:
        address, token = victoria_server().address(), ""
    with gate(address.url) as before:
        yield Store(dbs, before, address, token)
    if request.param == INFLUXDB:
        remove_buckets(address, token)


def put(dbs: Databases, readings: Sequence[Reading], at: int = T0 + DAY_MS) -> int:
    with dbs.journal.write() as tx:
        return journal.append(tx, at, journal.READINGS, batch_body(readings, []))


def some(count: int, series: int = 1, start: int = T0) -> list[Reading]:
    return [Reading(series, start + i * MINUTE_MS, 4.0 + i % 5) for i in range(count)]


def catch_up(recorder: Recorder) -> None:
    while recorder.step():
        pass


def noted_issues(dbs: Databases) -> dict[str, str]:
    with dbs.records.read() as tx:
        return {problem.name: problem.text for problem in open_issues(tx)}


def assert_it_holds(history: History, readings: Sequence[Reading]) -> None:
    """Exactly the last reading of each (series, time), and buckets as a recount of those says."""
    last = {(reading.series, reading.at): reading for reading in readings}
    numbers = sorted({series for series, _ in last})
    until = max(at for _, at in last) + HOUR_MS
    points = history.points(numbers, T0 - DAY_MS, until)
    assert len(points) == len(last)
    assert [tuple(point) for point in points] == [tuple(last[key])[:4] for key in sorted(last)]
    for width in (FIVE_MINUTES, HOUR_MS):
        truth: dict[tuple[int, int], list[float]] = {}
        for (series, at), reading in last.items():
            if not reading.flags & Flag.IMPLAUSIBLE:
                truth.setdefault((series, at // width * width), []).append(reading.value)
        rollups = history.rollups(numbers, T0 - DAY_MS, until, width)
        assert {(row.series, row.at): (row.min, row.sum, row.max, row.counted) for row in rollups} == {
            key: (min(values), sum(values), max(values), len(values)) for key, values in truth.items()
        }


# --- away ------------------------------------------------------------------------------------------


def test_after_a_day_without_the_store_every_reading_is_there_once(
    dbs: Databases, victoria: Victoria, elapsed: Elapsed
) -> None:
    address = victoria.address()
    recorder = Recorder(dbs, VictoriaHistory(dbs.history, address, ""), elapsed=elapsed)
    before = [reading for series in range(1, 6) for reading in some(60, series)]
    put(dbs, before)
    catch_up(recorder)
    elapsed.seconds += 61  # long enough to be on its disk
    recorder.step()
    victoria.stop()
    day: list[Reading] = []
    for hour in range(1, 25):
        batch = [reading for series in range(1, 6) for reading in some(60, series, T0 + hour * HOUR_MS)]
        put(dbs, batch, T0 + hour * HOUR_MS)
        day += batch
        elapsed.seconds += 3600
        with pytest.raises(StoreError, match="cannot be reached"):
            recorder.step()
    assert recorder_reports(dbs, recorder) <= 1
    victoria.start()
    wait_for(lambda: not still_away(recorder), "it did not go on")
    catch_up(recorder)
    assert len(day) == 5 * 60 * 24
    assert_it_holds(ShownVictoria(dbs, address), [*before, *day])


def still_away(recorder: Recorder) -> bool:
    try:
        recorder.step()
    except StoreError:
        return True
    return False


def recorder_reports(dbs: Databases, recorder: Recorder) -> int:
    recorder.report()
    with dbs.journal.read() as tx:
        return journal.reported_offsets(tx).get("recorder", 0)


def test_what_a_killed_store_had_confirmed_is_written_again(
    dbs: Databases, victoria: Victoria, elapsed: Elapsed, caplog: pytest.LogCaptureFixture
) -> None:
    address = victoria.address()
    recorder = Recorder(dbs, VictoriaHistory(dbs.history, address, ""), elapsed=elapsed)
    readings = []
    for hour in range(6):
        readings += some(60, start=T0 + hour * HOUR_MS)
        put(dbs, some(60, start=T0 + hour * HOUR_MS))
        catch_up(recorder)
        elapsed.seconds += 6
    victoria.kill()
    start_as_another_process(victoria)
    left = ShownVictoria(dbs, address).points([1], T0, T0 + DAY_MS)
    assert len(left) < len(readings)  # it had said 204 to all of them
    elapsed.seconds += WATCH_EVERY_S
    catch_up(recorder)
    assert "the history was restarted" in caplog.text
    assert_it_holds(ShownVictoria(dbs, address), readings)


def start_as_another_process(victoria: Victoria) -> None:
    """It tells its start in whole seconds."""
    threading.Event().wait(1.1)
    victoria.start()


def test_a_recorder_that_was_away_with_the_store_sees_that_it_is_another(
    dbs: Databases, victoria: Victoria, elapsed: Elapsed
) -> None:
    address = victoria.address()
    put(dbs, some(300))
    catch_up(Recorder(dbs, VictoriaHistory(dbs.history, address, ""), elapsed=elapsed))
    victoria.kill()  # and the recorder with it: the power went
    start_as_another_process(victoria)
    put(dbs, some(10, series=2))
    catch_up(Recorder(dbs, VictoriaHistory(dbs.history, address, ""), elapsed=elapsed))
    assert_it_holds(ShownVictoria(dbs, address), [*some(300), *some(10, series=2)])


def test_the_journal_hears_only_of_what_outlived_the_stores_forgetting(
    dbs: Databases, store: Store, elapsed: Elapsed
) -> None:
    recorder = Recorder(dbs, store.history, elapsed=elapsed, now=lambda: round(elapsed.seconds * 1000))
    first = put(dbs, some(3))
    catch_up(recorder)
    elapsed.seconds += 59
    with dbs.journal.write() as tx:
        journal.append(tx, T0, journal.HEARTBEAT, encode(Heartbeat(True)))
    catch_up(recorder)
    assert recorder_reports(dbs, recorder) == 0
    elapsed.seconds += WATCH_EVERY_S
    catch_up(recorder)
    assert recorder_reports(dbs, recorder) == first


# --- refusing --------------------------------------------------------------------------------------


def test_one_point_that_is_refused_takes_no_other_with_it(
    dbs: Databases, store: Store, elapsed: Elapsed
) -> None:
    bad = Reading(7, T0 + 5 * MINUTE_MS, 77.5)

    def judge(path: str, body: str) -> Answer | None:
        if "/write" in path and f"series={bad.series} " in body:
            return Answer(422, '{"code":"unprocessable entity","message":"field type conflict"}')
        return None

    store.gate.judge = judge
    good = [*some(120), *some(120, series=2)]
    last = put(dbs, [*good[:100], bad, *good[100:]])
    recorder = Recorder(dbs, store.history, elapsed=elapsed)
    catch_up(recorder)
    assert store.history.offset() == last
    assert "1 readings refused" in noted_issues(dbs)[REFUSED]
    assert "field type conflict" in noted_issues(dbs)[REFUSED]
    assert_it_holds(store.shown, good)
    with dbs.history.read() as tx:  # not lost: put aside
        assert tx.exec_driver_sql("SELECT series, at, value FROM points").fetchall() == [bad[:3]]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "COLDSHED_HISTORY_TOKEN"),
        (429, "wait"),
        (503, "wait"),
        (500, "500"),
        (422, "none of our points"),
    ],
)
def test_a_store_that_takes_nothing_is_asked_again_until_it_does(
    dbs: Databases, store: Store, elapsed: Elapsed, status: int, message: str
) -> None:
    recorder = Recorder(dbs, store.history, elapsed=elapsed)
    put(dbs, some(90))
    catch_up(recorder)
    refusal = Answer(status, '{"message":"not now"}', (("Retry-After", "7"),))
    store.gate.judge = lambda path, body: refusal if "/write" in path else None
    put(dbs, some(90, series=2))
    for _ in range(2):
        with pytest.raises(StoreError, match=message) as refused:
            recorder.step()
    assert refused.value.wait_s == (0 if status == 422 else 7)
    assert store.history.offset() == 1
    store.gate.judge = lambda path, body: None
    catch_up(recorder)
    assert store.history.offset() == 2
    assert_it_holds(store.shown, [*some(90), *some(90, series=2)])


def test_it_waits_as_long_as_the_store_asks_and_says_why_on_the_page(
    dbs: Databases, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.gate.judge = lambda path, body: (
        Answer(503, "compacting", (("Retry-After", "0.3"),)) if "/write" in path else None
    )
    put(dbs, some(30))
    stop = threading.Event()
    thread = threading.Thread(target=Recorder(dbs, store.history).run, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: AWAY in noted_issues(dbs), "nothing was told")
        assert "answered 503: it asks us to wait (compacting)" in noted_issues(dbs)[AWAY]
        store.gate.judge = lambda path, body: None
        wait_for(lambda: store.history.offset() == 1, "it did not go on")
        wait_for(lambda: AWAY not in noted_issues(dbs), "it still says so")
    finally:
        stop.set()
        thread.join()
    assert caplog.text.count("cannot write the history") == 1
    assert_it_holds(store.shown, some(30))


# --- killed in between -----------------------------------------------------------------------------


def test_a_write_whose_answer_was_lost_is_made_again_and_counts_once(
    dbs: Databases, store: Store, elapsed: Elapsed
) -> None:
    recorder = Recorder(dbs, store.history, elapsed=elapsed)
    put(dbs, some(90))
    store.gate.cut_after = True
    with pytest.raises(StoreError):
        recorder.step()
    assert store.history.offset() == 0
    store.gate.cut_after = False
    threading.Event().wait(2.1)  # it lets a store be that could not be reached
    catch_up(recorder)
    assert_it_holds(store.shown, some(90))


def test_a_kill_between_the_write_and_its_position_repeats_harmlessly(
    dbs: Databases, store: Store, elapsed: Elapsed
) -> None:
    written: list[Reading] = []
    for step in range(4):
        flags = int(Flag.IMPLAUSIBLE) if step % 2 else 0
        batch = [*some(9, start=T0 + step * 7 * MINUTE_MS), Reading(2, T0 + MINUTE_MS, 5.0 + step, flags)]
        put(dbs, batch)
        written += batch

        def at_commit(*_: Any) -> None:
            raise StoreError("killed")

        event.listen(dbs.history.engine, "commit", at_commit)
        try:
            with pytest.raises(StoreError, match="killed"):
                Recorder(dbs, store.history, elapsed=elapsed).step()
        finally:
            event.remove(dbs.history.engine, "commit", at_commit)
        catch_up(Recorder(dbs, store.history, elapsed=elapsed))
        assert_it_holds(store.shown, written)


RECORDER = """
import sys, threading
from pathlib import Path
from core.readings.history_url import HistoryAddress
from record.recorder import Recorder
from store.database import Databases
from store.history.influx import InfluxHistory
from store.history.victoria import VictoriaHistory
dbs = Databases(Path(sys.argv[1]))
kind = InfluxHistory if sys.argv[2] == "influxdb" else VictoriaHistory
history = kind(dbs.history, HistoryAddress(*sys.argv[2:6]), sys.argv[6])
Recorder(dbs, history).run(threading.Event())
"""


@pytest.mark.parametrize("kind", OUTSIDE)
def test_every_reading_is_there_once_after_real_kills_of_the_recorder(
    dbs: Databases, kind: str, victoria_server: Callable[[], Victoria]
) -> None:
    if kind == INFLUXDB:
        address, token = influx_address()
    else:
        address, token = victoria_server().address(), ""
    dice = random.Random(5)
    readings = [
        Reading(series, T0 + at * MINUTE_MS // 2, dice.randint(-40, 400) / 8)
        for at in range(120)
        for series in range(1, 201)
    ]
    readings += dice.sample(readings, 500)  # some come twice
    readings += [reading._replace(value=reading.value + 1) for reading in dice.sample(readings, 500)]
    for first in range(0, len(readings), 250):
        put(dbs, readings[first : first + 250])
    last = put(dbs, [])
    shown: History = (
        InfluxHistory(dbs.history, address, token) if kind == INFLUXDB else ShownVictoria(dbs, address)
    )
    command = [sys.executable, "-c", RECORDER, str(dbs.data_dir), *address, token]
    kills = 0
    while shown.offset() < last:
        before = shown.offset()
        process = subprocess.Popen(command, cwd=ROOT)
        try:
            wait_for(lambda before=before: shown.offset() > before, "it wrote nothing")  # type: ignore[misc]
            threading.Event().wait(dice.random() * 0.1)  # the moment of the kill is to be any
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
    assert kills >= 2
    assert_it_holds(shown, readings)
    if kind == INFLUXDB:
        remove_buckets(address, token)
