"""Our questions to InfluxDB against answers that a real one (2.7.12) gave: in every run, without a server.

A question that is not recorded fails: run with `COLDSHED_TEST_INFLUX_URL` and `COLDSHED_TEST_INFLUX_RECORD=1`
to ask a real one again. Where the URL alone is set, the real one must still answer what was recorded.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.readings.history_url import INFLUXDB, HistoryAddress
from core.readings.readings import Flag, Reading
from core.readings.rollups import FIVE_MINUTES
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.database import Databases
from store.history import History, flux
from store.history.influx import InfluxHistory
from store.history.sqlite import SqliteHistory
from tests.support.gate import Answer, Gate, gate
from tests.support.histories import INFLUX_URL, influx_address, remove_buckets

pytestmark = pytest.mark.one_database  # a history lies beside either
ANSWERS = Path(__file__).with_name("influx_answers.json")
RECORD = os.environ.get("COLDSHED_TEST_INFLUX_RECORD") == "1"
NAME = "recorded"
T0 = 1_767_225_600_000  # 2026-01-01
END = T0 + 3 * DAY_MS
SPIKE = Reading(1, T0 + 17 * HOUR_MS + 33 * MINUTE_MS, 21.125)


def readings() -> list[Reading]:
    """Three days of a reading each 10 minutes with a spike, a doubtful value and half a day's gap; and a
    second probe that said little."""
    regular = [
        Reading(1, at, 4 + (at // MINUTE_MS % 8) / 8)
        for at in range(T0, END, 10 * MINUTE_MS)
        if not T0 + 30 * HOUR_MS <= at < T0 + 42 * HOUR_MS
    ]
    regular[5] = regular[5]._replace(value=85.0, flags=int(Flag.IMPLAUSIBLE))
    regular[9] = regular[9]._replace(flags=int(Flag.LATE))
    return [*regular, SPIKE, *(Reading(2, T0 + hour * HOUR_MS + 1, -18.5, 0) for hour in (1, 2, 40))]


def recorded() -> dict[str, str]:
    answers: dict[str, str] = json.loads(ANSWERS.read_text()) if ANSWERS.exists() else {}
    return answers


class Influx:
    """`history` reads what was recorded; `gate` saw what it wrote."""

    def __init__(self, dbs: Databases, before: Gate) -> None:
        self.gate = before
        self.history = InfluxHistory(dbs.history, HistoryAddress(INFLUXDB, before.url, "farm", NAME), "token")

    def lines(self) -> dict[str, list[str]]:
        """By bucket."""
        written: dict[str, list[str]] = {}
        for path, body in self.gate.requests:
            if "/write" in path:
                bucket = path.partition("bucket=")[2].partition("&")[0]
                written.setdefault(bucket, []).extend(body.splitlines())
        return written


@pytest.fixture
def influx(dbs: Databases) -> Iterator[Influx]:
    answers = recorded()

    def judge(path: str, body: str) -> Answer | None:
        if "/query" in path:
            question = json.loads(body)["query"]
            if question not in answers:
                return Answer(500, f"this question is not recorded: {question}")
            return Answer(200, answers[question], (("Content-Type", "text/csv"),))
        return Answer(204) if "/write" in path or "/delete" in path else Answer(404)

    with gate("http://127.0.0.1:9") as before:
        before.judge = judge
        yield Influx(dbs, before)


DAYS = (T0 - 365 * DAY_MS, END, DAY_MS)
QUERIES: dict[str, Callable[[History], list[Any] | dict[int, Any]]] = {
    "points": lambda h: h.points([1, 2], T0 + HOUR_MS, T0 + 4 * HOUR_MS),
    "the first points": lambda h: h.points([1], T0, END, most=7),
    "the newest counted points": lambda h: h.points(
        [1], 0, END, most=60, counted_only=True, newest_first=True
    ),
    "points across the gap": lambda h: h.points([1], 0, T0 + 42 * HOUR_MS, most=80, newest_first=True),
    "no points": lambda h: h.points([3], 0, END, most=5),
    "a narrow step": lambda h: h.rollups([1, 2], T0 + HOUR_MS + 7, T0 + 3 * HOUR_MS, 30_000),
    "5 minutes": lambda h: h.rollups([1], T0 + 16 * HOUR_MS + 1, T0 + 18 * HOUR_MS, FIVE_MINUTES),
    "15 minutes": lambda h: h.rollups(
        [1], T0 + 7 * MINUTE_MS, T0 + 20 * HOUR_MS + 13 * MINUTE_MS, 3 * FIVE_MINUTES
    ),
    "hours": lambda h: h.rollups([1, 2], T0 + 7 * MINUTE_MS, END, HOUR_MS),
    "half days": lambda h: h.rollups([1, 2], T0 + 7 * MINUTE_MS + 1, END - 13 * MINUTE_MS, 12 * HOUR_MS),
    "days": lambda h: h.rollups([1], *DAYS),
    "spans": lambda h: h.spans([1, 2, 3]),
}


@pytest.mark.parametrize("query", QUERIES)
def test_it_reads_the_same_as_from_sqlite(influx: Influx, dbs: Databases, query: str) -> None:
    sqlite = SqliteHistory(dbs.history)
    sqlite.write(readings(), 1, END)
    assert QUERIES[query](influx.history) == QUERIES[query](sqlite)


def test_a_spike_of_minutes_is_in_the_days_of_a_year(influx: Influx) -> None:
    days = influx.history.rollups([1], *DAYS)
    assert max(day.max for day in days) == SPIKE.value
    assert [day.at for day in days] == [T0, T0 + DAY_MS, T0 + 2 * DAY_MS]
    assert [day.counted for day in days] == [144, 72, 144]


def change(history: History) -> None:
    """The spike is taken back, and a reading more comes into the next hour."""
    history.write([SPIKE._replace(value=4.5), Reading(1, T0 + 18 * HOUR_MS + MINUTE_MS, -1.0)], 2, END)


def test_it_recomputes_from_what_it_reads_back(influx: Influx, dbs: Databases) -> None:
    change(influx.history)
    sqlite = SqliteHistory(dbs.history)
    sqlite.write(readings(), 1, END)
    change(sqlite)
    wanted = {}
    for bucket, step in ((f"{NAME}_5m", FIVE_MINUTES), (f"{NAME}_1h", HOUR_MS)):
        rows = sqlite.rollups([1], T0 + 17 * HOUR_MS, T0 + 19 * HOUR_MS, step)
        touched = {at - at % step for at in (SPIKE.at, T0 + 18 * HOUR_MS + MINUTE_MS)}
        wanted[bucket] = [
            f"rollup,series=1 min={row.min},sum={row.sum},max={row.max},count={row.counted}.0 {row.at}"
            for row in rows
            if row.at in touched
        ]
    written = influx.lines()
    assert {bucket: sorted(written[bucket]) for bucket in wanted} == {k: sorted(v) for k, v in wanted.items()}
    assert written[NAME] == [
        f"reading,series=1 value=4.5,flags=0.0 {SPIKE.at}",
        f"reading,series=1 value=-1.0,flags=0.0 {T0 + 18 * HOUR_MS + MINUTE_MS}",
    ]


@pytest.mark.skipif(not os.environ.get(INFLUX_URL), reason=f"{INFLUX_URL} is not set")
def test_a_real_one_still_answers_what_was_recorded(dbs: Databases) -> None:
    address, token = influx_address()
    address = address._replace(name=NAME)
    answers: dict[str, str] = {}
    remove_buckets(address, token)
    with gate(address.url) as before:
        history = InfluxHistory(dbs.history, address._replace(url=before.url), token)
        history.write(readings(), 1, END)
        history.forget()
        before.heard = answers
        for ask in QUERIES.values():
            ask(history)
        change(history)
    remove_buckets(address, token)
    if RECORD:
        ANSWERS.write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n")
    assert {question: sorted(flux.rows(answer)) for question, answer in answers.items()} == {
        question: sorted(flux.rows(answer)) for question, answer in recorded().items()
    }
