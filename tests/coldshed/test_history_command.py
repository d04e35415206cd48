"""The history that a setting names: made ready, filled from SQLite, read by pages and papers."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from coldshed import data, wiring
from coldshed.commands import app
from coldshed.history_command import copy_points
from coldshed.settings_loader import load
from core.readings.history_url import INFLUXDB, HistoryAddress
from core.readings.journal_codec import batch_body
from core.readings.readings import Flag, Reading
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.database import Databases
from store.history.influx import InfluxHistory
from store.history.influx_retention import InfluxRetention
from store.history.sqlite import SqliteHistory
from store.history.victoria import VictoriaHistory
from store.journal import journal
from store.journal.series import get_or_make
from store.overview.progress_files import ProgressFile
from tests.support.gate import Answer, gate
from tests.support.histories import ShownVictoria, Victoria, influx_address, remove_buckets, wait_for
from tests.support.machines import free_port

T0 = 1_767_225_600_000  # 2026-01-01


@pytest.fixture
def victoria(
    dbs: Databases, victoria_server: Callable[[], Victoria], monkeypatch: pytest.MonkeyPatch
) -> ShownVictoria:
    """Settings that name a VictoriaMetrics and the databases' folder."""
    address = victoria_server().address()
    monkeypatch.chdir(dbs.data_dir)
    monkeypatch.setenv("COLDSHED_DATA_DIR", str(dbs.data_dir))
    monkeypatch.setenv("COLDSHED_LANG", "en")
    url = address.url.replace("http://", "victoriametrics://")
    monkeypatch.setenv("COLDSHED_HISTORY_URL", f"{url}/{address.name}")
    return ShownVictoria(dbs, address)


def run(*words: str) -> SimpleNamespace:
    done = CliRunner().invoke(app, ["history", *words])
    return SimpleNamespace(code=done.exit_code, text=done.output)


def test_a_setting_chooses_the_store(dbs: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dbs.data_dir)
    assert isinstance(data.history(load().settings, dbs), SqliteHistory)
    monkeypatch.setenv("COLDSHED_HISTORY_URL", "influxdb://box/farm")
    monkeypatch.setenv("COLDSHED_HISTORY_TOKEN", "token")
    assert isinstance(data.history(load().settings, dbs), InfluxHistory)
    monkeypatch.setenv("COLDSHED_HISTORY_URL", "victoriametrics://box")
    assert isinstance(data.history(load().settings, dbs), VictoriaHistory)


def test_init_says_how_the_store_was_started(victoria: ShownVictoria) -> None:
    result = run("init")
    assert (result.code, result.text) == (
        0,
        "VictoriaMetrics keeps 36500 days, -dedup.minScrapeInterval=1ms\n",
    )


def test_init_says_that_nobody_is_there(victoria: ShownVictoria, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_HISTORY_URL", f"victoriametrics://127.0.0.1:{free_port()}")
    result = run("init")
    assert result.code == 1
    assert "cannot be reached" in result.text


def test_copy_brings_what_lies_in_sqlite(victoria: ShownVictoria, dbs: Databases) -> None:
    with dbs.journal.write() as tx:
        first, second = (get_or_make(tx, f"probe-{n}", "temperature", "", T0) for n in (1, 2))
    readings = [
        Reading(series, T0 + i * 30 * MINUTE_MS, i / 8, int(Flag.STUCK) if i == 5 else 0)
        for series in (first, second)
        for i in range(1000)
    ]
    SqliteHistory(dbs.history).import_points(readings)
    assert run("copy").text.endswith("copied 2000 readings\n")  # a slow machine says how far it is before
    assert run("copy").code == 0  # again: nothing is twice
    source = SqliteHistory(dbs.history)
    end, both = T0 + 90 * DAY_MS, [first, second]
    assert victoria.points(both, 0, end) == source.points(both, 0, end)
    assert victoria.rollups(both, 0, end, 12 * HOUR_MS) == source.rollups(both, 0, end, 12 * HOUR_MS)


def test_copy_wants_a_store_outside(victoria: ShownVictoria, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDSHED_HISTORY_URL", "sqlite")
    result = run("copy")
    assert result.code == 2
    assert "there already" in result.text


def test_the_recorders_service_writes_to_it(victoria: ShownVictoria, dbs: Databases) -> None:
    readings = [Reading(1, T0 + i * MINUTE_MS, 4.0) for i in range(50)]
    with dbs.journal.write() as tx:
        journal.append(tx, T0, journal.READINGS, batch_body(readings, []))
    stop = threading.Event()
    settings = load().settings
    progress = ProgressFile(settings.data_dir, "record")
    thread = threading.Thread(target=wiring.record, args=(settings, stop, progress))
    thread.start()
    try:
        wait_for(lambda: victoria.offset() == 1, "it wrote nothing")
    finally:
        stop.set()
        thread.join()
    assert len(victoria.points([1], 0, T0 + DAY_MS)) == 50


def test_who_only_reads_does_not_hold_the_writers_client(victoria: ShownVictoria, dbs: Databases) -> None:
    program = (
        "import sys; from pathlib import Path; from store.database import Databases; "
        "from store.history.choose import open_history; "
        "history = open_history(Databases(Path(sys.argv[1])), sys.argv[2]); history.spans([1]); "
        "print([name for name in sys.modules if name.startswith(('influxdb_client', 'reactivex'))])"
    )
    command = [sys.executable, "-c", program, str(dbs.data_dir), os.environ["COLDSHED_HISTORY_URL"]]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
    assert done.stdout.strip() == "[]"


# --- InfluxDB's buckets ------------------------------------------------------------------------------


def test_init_makes_buckets_that_are_missing_and_corrects_their_retention(dbs: Databases) -> None:
    requests: list[tuple[str, dict[str, object]]] = []

    def judge(path: str, body: str) -> Answer:
        if path.startswith("/api/v2/orgs"):
            return Answer(200, json.dumps({"orgs": [{"id": "o1", "name": "farm"}]}))
        if body:
            requests.append((path, json.loads(body)))
            return Answer(201, "{}")
        bucket = {"id": "b1", "retentionRules": [{"type": "expire", "everySeconds": 86400}]}
        return Answer(200, json.dumps({"buckets": [bucket] if "name=north_5m" in path else []}))

    with gate("http://127.0.0.1:9") as before:
        before.judge = judge
        address = HistoryAddress(INFLUXDB, before.url, "farm", "north")
        lines = InfluxHistory(dbs.history, address, "token", InfluxRetention(400, 1100, None)).prepare()
    assert lines == [
        "made bucket north, kept 408 days",
        "changed bucket north_5m from 1 days, now kept 1108 days",
        "made bucket north_1h, kept for ever",
    ]
    rules = [{"type": "expire", "everySeconds": 408 * 86400}]
    assert requests[0] == ("/api/v2/buckets", {"orgID": "o1", "name": "north", "retentionRules": rules})
    assert requests[1][0] == "/api/v2/buckets/b1"
    assert requests[2][1]["retentionRules"] == []


def test_what_is_older_than_a_bucket_keeps_does_not_hold_up_the_rest(dbs: Databases) -> None:
    address, token = influx_address()
    history = InfluxHistory(dbs.history, address, token, InfluxRetention(2, 30, None))
    now = history._now()
    old, new = Reading(1, now - 20 * DAY_MS, 3.0), Reading(1, now - DAY_MS, 4.0)
    ancient = Reading(1, now - 60 * DAY_MS, 5.0)
    try:
        history.prepare()
        assert history.write([ancient, old, new], 1, now) is None
        assert [point.value for point in history.points([1], 0, now)] == [4.0]
        hours = history.rollups([1], 0, now, HOUR_MS)  # roll-ups are kept for longer
        assert [(row.max, row.counted) for row in hours] == [(5.0, 1), (3.0, 1), (4.0, 1)]
        # somebody shortened the bucket behind our back: the server refuses, the rest is written
        InfluxHistory(dbs.history, address, token, InfluxRetention(1, 30, None)).prepare()
        writer = history.write(
            [Reading(1, now - 9 * DAY_MS - 6 * HOUR_MS, 6.0), Reading(1, now - HOUR_MS, 7.0)], 2, now
        )
        assert writer is not None
        assert "1 readings refused" in writer
        assert [point.value for point in history.points([1], now - 2 * HOUR_MS, now)] == [7.0]
    finally:
        remove_buckets(address, token)


def test_copying_goes_series_by_series(dbs: Databases) -> None:
    source = SqliteHistory(dbs.history)
    source.import_points([Reading(series, T0, 4.0) for series in (1, 2, 3)])
    heard: list[tuple[int, int]] = []
    assert copy_points(source, source, [1, 2, 3, 4], lambda done, all_: heard.append((done, all_))) == 3
    assert heard == [(1, 3), (2, 3), (3, 3)]
