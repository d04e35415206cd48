"""What `coldshed healthy` says to whoever watches the containers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coldshed.commands import app
from core.readings.journal_codec import Heartbeat, encode
from core.times import MINUTE_MS
from store.database import Databases
from store.journal import journal
from store.processes import this_process
from tests.support.services import follow, report


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setenv("COLDSHED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLDSHED_HTTP_PORT", str(free_port))


def now() -> int:
    return time.time_ns() // 1_000_000


def ask(*services: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["healthy", *services])
    return done.exit_code, done.output


def beat(dbs: Databases, ago: int, connected: bool = True) -> int:
    with dbs.journal.write() as tx:
        return journal.append(tx, now() - ago, journal.HEARTBEAT, encode(Heartbeat(connected, 0)))


@pytest.mark.usefixtures("home")
def test_a_listener_that_beats_is_well_and_one_that_does_not_is_named(dbs: Databases) -> None:
    beat(dbs, 5 * MINUTE_MS)
    assert ask("ingest") == (1, "ingest: listener-silent\n")
    beat(dbs, 0, connected=False)
    assert ask("ingest") == (1, "ingest: broker-not-connected\n")
    beat(dbs, 0)
    assert ask("ingest") == (0, "")


@pytest.mark.usefixtures("home")
def test_a_follower_that_does_not_move_is_named(dbs: Databases) -> None:
    beat(dbs, 3 * MINUTE_MS)
    follow(dbs, now() - 3 * MINUTE_MS)
    beat(dbs, 2 * MINUTE_MS)
    assert ask("record", "alerts") == (1, "record: behind for 120 s\nalerts: behind for 120 s\n")
    follow(dbs, now())
    assert ask("record", "alerts") == (0, "")


@pytest.mark.usefixtures("home")
def test_one_that_never_began_and_a_page_that_does_not_answer_are_named(dbs: Databases) -> None:
    beat(dbs, 2 * MINUTE_MS)
    code, text = ask("alerts", "web")
    assert code == 1
    assert [line.partition(":")[0] for line in text.splitlines()] == ["alerts", "web"]


@pytest.mark.usefixtures("home")
def test_one_that_hangs_is_named_and_killed_only_if_asked(dbs: Databases, tmp_path: Path) -> None:
    with a_service(tmp_path, "alerts", quiet_s=75) as service:
        assert ask("alerts") == (1, "alerts: hung for 75 s\n")
        assert service.poll() is None
        assert ask("alerts", "--end-hung") == (1, "alerts: hung; killed\n")
        assert service.wait(10) == -9


@pytest.mark.usefixtures("home")
def test_one_whose_supervisor_lives_is_left_to_it(dbs: Databases, tmp_path: Path) -> None:
    with a_service(tmp_path, "alerts", quiet_s=75, supervisor=this_process()) as service:
        report(tmp_path, "up")
        assert ask("alerts", "--end-hung") == (1, "alerts: hung for 75 s\n")
        assert service.poll() is None
    with a_service(tmp_path, "up", quiet_s=75) as supervisor:  # a supervisor that hangs itself
        assert ask("alerts", "up", "--end-hung") == (1, "up: hung; killed\n")
        assert supervisor.wait(10) == -9


@pytest.mark.usefixtures("home")
def test_one_that_only_starts_or_works_is_not_killed(dbs: Databases, tmp_path: Path) -> None:
    with a_service(tmp_path, "alerts", quiet_s=3) as service:
        assert ask("alerts", "--end-hung") == (0, "")
        assert service.poll() is None


A_SERVICE = """
import sys
from pathlib import Path
from tests.support.services import report
report(Path(sys.argv[1]), sys.argv[2], quiet_s=float(sys.argv[3]), supervisor=sys.argv[4])
print("there", flush=True)
input()
"""


@contextmanager
def a_service(
    folder: Path, name: str, quiet_s: float, supervisor: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that reported when it last came round, and then stands still."""
    service = subprocess.Popen(
        [sys.executable, "-c", A_SERVICE, str(folder), name, str(quiet_s), supervisor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert service.stdout is not None
        assert service.stdout.readline() == b"there\n"
        yield service
    finally:
        service.kill()
        service.communicate()


@pytest.mark.usefixtures("home")
def test_without_databases_it_says_what_to_do() -> None:
    code, text = ask("ingest")
    assert code == 2
    assert "coldshed migrate" in text
