"""What `coldshed healthy` says to whoever watches the containers."""

import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coldshed.commands import app
from core.readings.journal_codec import Heartbeat, encode
from core.times import MINUTE_MS
from store.database import Databases
from store.journal import journal


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setenv("COLDSHED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLDSHED_HTTP_PORT", str(free_port))


def ask(*services: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["healthy", *services])
    return done.exit_code, done.output


def beat(dbs: Databases, ago: int, connected: bool = True) -> int:
    with dbs.journal.write() as tx:
        at = time.time_ns() // 1_000_000 - ago
        return journal.append(tx, at, journal.HEARTBEAT, encode(Heartbeat(connected, 0)))


def report(dbs: Databases, follower: str, seq: int, ago: int) -> None:
    with dbs.journal.write() as tx:
        journal.report_offset(tx, follower, seq, time.time_ns() // 1_000_000 - ago)


@pytest.mark.usefixtures("home")
def test_a_listener_that_beats_is_well_and_one_that_does_not_is_named(dbs: Databases) -> None:
    beat(dbs, 5 * MINUTE_MS)
    assert ask("ingest") == (1, "ingest: listener-silent\n")
    beat(dbs, 0, connected=False)
    assert ask("ingest") == (1, "ingest: broker-not-connected\n")
    beat(dbs, 0)
    assert ask("ingest") == (0, "")


@pytest.mark.usefixtures("home")
def test_a_follower_that_stands_still_before_the_end_is_named(dbs: Databases) -> None:
    first, last = beat(dbs, 0), beat(dbs, 0)
    report(dbs, "recorder", first, 2 * MINUTE_MS)
    report(dbs, "engine", last, 2 * MINUTE_MS)  # nothing is left for it to do
    code, text = ask("record", "alerts")
    assert code == 1
    assert text.startswith(f"record: at row {first} of {last} since 12")
    report(dbs, "recorder", first, 0)
    assert ask("record", "alerts") == (0, "")


@pytest.mark.usefixtures("home")
def test_one_that_never_began_and_a_page_that_does_not_answer_are_named(dbs: Databases) -> None:
    beat(dbs, 0)
    code, text = ask("alerts", "web")
    assert code == 1
    assert [line.partition(":")[0] for line in text.splitlines()] == ["alerts", "web"]


@pytest.mark.usefixtures("home")
def test_without_databases_it_says_what_to_do() -> None:
    code, text = ask("ingest")
    assert code == 2
    assert "coldshed migrate" in text
