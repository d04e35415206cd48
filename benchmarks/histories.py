"""Each history store: the chart of a year of one probe, and the recorder compared with the store's own
bulk write.

SQLite always runs; VictoriaMetrics if Debian's package is installed; InfluxDB if
`COLDSHED_TEST_INFLUX_URL` (with `_TOKEN` and `_ORG`) is set. The bulk write writes only the points, in the
same order and in chunks of 10,000: rows into SQLite's table of points, lines by influxdb-client into the
others.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

from benchmarks import recorder as recorder_bench
from benchmarks.year_chart import DEVICE, EVERY_MS, METRIC, build
from core.readings.history_url import INFLUXDB, SQLITE, VICTORIAMETRICS, HistoryAddress
from core.readings.readings import Reading
from core.times import DAY_MS, HOUR_MS
from record.recorder import Recorder
from store.database import Databases
from store.history import History
from store.history.influx import InfluxHistory
from store.history.line_protocol import LineWriter, ProtocolLine
from store.history.sqlite import SqliteHistory
from store.history.victoria import VictoriaHistory
from store.readings.curve_query import CurveQuery
from store.readings.curves import device_curve
from store.schema import create
from tests.support.histories import INFLUX_URL, Victoria, influx_address, remove_buckets
from tests.support.machines import find_program

ROUNDS = 21
RATIO_ROUNDS = 3
PIECE = 10_000
NOW = time.time_ns() // 1_000_000
END = NOW - 7 * 60_000 - 17_000  # not a full hour, so that partial hours at both ends are read too

_INSERT = "INSERT INTO points (series, at, value, flags) VALUES (?, ?, ?, ?)"

Make = Callable[[Databases], History]
Bulk = Callable[[Databases, Sequence[Reading]], None]


def run() -> dict[str, float]:
    figures: dict[str, float] = {}
    for kind, stand in ((SQLITE, _sqlite), (VICTORIAMETRICS, _victoria), (INFLUXDB, _influx)):
        with ExitStack() as stack:
            standing = stack.enter_context(stand())
            if standing is None:
                continue
            make, bulk = standing
            figures[f"year_chart_ms_{kind}"] = year_chart_ms(make)
            ratios = [recorder_ratio(make, bulk) for _ in range(RATIO_ROUNDS)]
            figures[f"recorder_ratio_{kind}"] = statistics.median(ratio for ratio, _ in ratios)
            figures[f"recorder_readings_per_s_{kind}"] = statistics.median(rate for _, rate in ratios)
    return figures


def year_chart_ms(make: Make) -> float:
    with _databases() as dbs:
        history = make(dbs)
        build(dbs, END, history)
        wait_for_all(dbs, history)
        took = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            curve = device_curve(
                dbs, history, DEVICE, CurveQuery(metric=METRIC, start=END - 365 * DAY_MS, end=END)
            )
            took.append((time.perf_counter() - started) * 1000)
        assert sum(point.count for point in curve.points) == 365 * DAY_MS // EVERY_MS
        return statistics.median(took)


def wait_for_all(dbs: Databases, history: History) -> None:
    """Waits until all points can be read: VictoriaMetrics shows new points after a second."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        curve = device_curve(
            dbs, history, DEVICE, CurveQuery(metric=METRIC, start=END - 365 * DAY_MS, end=END)
        )
        if sum(point.count for point in curve.points) == 365 * DAY_MS // EVERY_MS:
            return
        time.sleep(0.2)


def recorder_ratio(make: Make, bulk: Bulk) -> tuple[float, float]:
    """Returns (recorder's readings per second / bulk write's, recorder's readings per second)."""
    with _databases() as dbs:
        readings = recorder_bench.readings()
        count = recorder_bench.fill(dbs)
        started = time.perf_counter()
        bulk(dbs, readings)
        in_bulk = count / (time.perf_counter() - started)
        history = make(dbs)
        recorder = Recorder(dbs, history)
        started = time.perf_counter()
        while recorder.step():
            pass
        recorded = count / (time.perf_counter() - started)
        first, numbers = recorder_bench.START, range(1, recorder_bench.SERIES + 1)
        until = time.monotonic() + 30
        while sum(row.counted for row in history.rollups(numbers, first, first + HOUR_MS, HOUR_MS)) != count:
            assert time.monotonic() < until, "not all readings arrived"
            time.sleep(0.2)
        return recorded / in_bulk, recorded


@contextmanager
def _databases() -> Iterator[Databases]:
    with tempfile.TemporaryDirectory() as folder:
        dbs = Databases(Path(folder))
        create(dbs)
        try:
            yield dbs
        finally:
            dbs.close()


@contextmanager
def _sqlite() -> Iterator[tuple[Make, Bulk]]:
    def bulk(_: Databases, readings: Sequence[Reading]) -> None:
        with _databases() as other:
            rows = iter([reading[:4] for reading in readings])
            while piece := list(islice(rows, PIECE)):
                with other.history.write() as tx:
                    tx.exec_driver_sql(
                        "INSERT INTO points (series, at, value, flags) VALUES (?, ?, ?, ?)", piece
                    )

    yield (lambda dbs: SqliteHistory(dbs.history)), bulk


@contextmanager
def _victoria() -> Iterator[tuple[Make, Bulk] | None]:
    if find_program("victoria-metrics") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        server = Victoria(Path(folder)).start()
        try:
            yield (
                lambda dbs: VictoriaHistory(dbs.history, server.address(), ""),
                lambda _, readings: _lines(server.address(), "", readings),
            )
        finally:
            server.kill()


@contextmanager
def _influx() -> Iterator[tuple[Make, Bulk] | None]:
    if not os.environ.get(INFLUX_URL):
        yield None
        return
    used: list[tuple[HistoryAddress, str]] = []

    def make(dbs: Databases) -> InfluxHistory:
        used.append(influx_address())
        return InfluxHistory(dbs.history, *used[-1])

    def bulk(dbs: Databases, readings: Sequence[Reading]) -> None:
        make(dbs).prepare()
        _lines(*used[-1], readings)

    try:
        yield make, bulk
    finally:
        for history in used:
            remove_buckets(*history)


def _lines(address: HistoryAddress, token: str, readings: Sequence[Reading]) -> None:
    writer = LineWriter(address, token)
    for first in range(0, len(readings), PIECE):
        writer.write(
            address.name,
            [
                ProtocolLine(f"reading,series={series} value={value!r} {at}", 0)
                for series, at, value, *_ in readings[first : first + PIECE]
            ],
        )
