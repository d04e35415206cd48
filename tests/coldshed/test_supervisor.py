"""What `coldshed up` decides about its services, without starting one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from coldshed import up
from coldshed.child_process import DELAYS_S, PATIENCE_S, STEADY_S, ServiceProcess
from coldshed.systemd import ServiceManager
from coldshed.up import ENDING, Supervisor


class _Ended:
    """A child that has ended with this code, or runs (None) and notes what is done to it."""

    def __init__(self, code: int | None) -> None:
        self._code = code
        self.done: list[str] = []

    def terminate(self) -> None:
        self.done.append("terminate")

    def kill(self) -> None:
        self.done.append("kill")

    def poll(self) -> int | None:
        return self._code


@pytest.fixture
def service() -> ServiceProcess:
    return ServiceProcess("ingest", 8)


def _ends(service: ServiceProcess, now: float, code: int | None = 1) -> float:
    """Until when it rests after it ended at `now`."""
    service.process = _Ended(code)  # type: ignore[assignment]
    service.check_ended(now)
    return service.start_at - now


def test_a_service_that_keeps_dying_rests_longer_each_time(service: ServiceProcess) -> None:
    rests = [_ends(service, now=10.0) for _ in range(len(DELAYS_S) + 2)]
    assert rests == pytest.approx([*DELAYS_S, DELAYS_S[-1], DELAYS_S[-1]])


def test_one_that_ran_steadily_starts_again_at_once(service: ServiceProcess) -> None:
    for _ in DELAYS_S:
        _ends(service, now=10.0)
    assert _ends(service, now=STEADY_S + 1.0) == pytest.approx(DELAYS_S[0])


def test_how_it_ended_is_said_only_until_it_is_clear_that_it_keeps_dying(
    service: ServiceProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    _ends(service, now=10.0, code=-9)
    assert "SIGKILL" in capsys.readouterr().out
    for _ in range(len(DELAYS_S) + 3):
        _ends(service, now=10.0)
    assert len(capsys.readouterr().out.splitlines()) == len(DELAYS_S) - 1


def test_one_that_runs_is_left_alone(service: ServiceProcess) -> None:
    _ends(service, now=10.0, code=None)
    assert service.process is not None


def test_one_that_hangs_is_killed_and_one_that_works_in_vain_is_asked_first(
    service: ServiceProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    hung, failing = _Ended(None), _Ended(None)
    service.process = hung  # type: ignore[assignment]
    service.end_hung("no progress for 61 s")
    service.process = failing  # type: ignore[assignment]
    service.end_failing("no work done for 61 s", now=10.0)
    service.check_ended(10.0 + PATIENCE_S - 1)
    assert (hung.done, failing.done) == (["kill"], ["terminate"])
    service.check_ended(10.0 + PATIENCE_S + 1)
    assert failing.done == ["terminate", "kill"]
    assert "no progress for 61 s; killing it" in capsys.readouterr().out


def test_what_runs_once_is_not_started_again() -> None:
    service = ServiceProcess("backfill", 8, once=True)
    assert _ends(service, now=10.0, code=0) == float("inf")


def _plan(tmp_path: Path, broker: object) -> dict[str, object]:
    return {
        "services": ["broker", "ingest", "web"],
        "broker": broker,
        "demo_wanted": str(tmp_path / "demo.wanted"),
        "http_host": "127.0.0.1",
        "http_port": 1,
        "page": "open",
        "data_dir": str(tmp_path),
        "hung_after_s": 60,
    }


@pytest.mark.parametrize(
    ("listening", "late", "waits"), [(False, False, True), (True, False, False), (False, True, False)]
)
def test_services_wait_for_the_broker_at_the_first_start_and_not_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listening: bool, late: bool, waits: bool
) -> None:
    supervisor = Supervisor(_plan(tmp_path, ["127.0.0.1", 1883]), ServiceManager())
    answer: Callable[[str, int], bool] = lambda _host, _port: listening  # noqa: E731
    monkeypatch.setattr(up, "is_listening", answer)
    now = supervisor._broker_until + (1.0 if late else -1.0)
    assert not supervisor._waits_for_broker(supervisor._services[0], now)
    assert supervisor._waits_for_broker(supervisor._services[1], now) is waits


def test_the_demo_is_added_once(tmp_path: Path) -> None:
    supervisor = Supervisor(_plan(tmp_path, None), ServiceManager())
    for _ in range(2):
        supervisor._start_demo()
    names = [service.name for service in supervisor._services]
    assert names == ["broker", "ingest", "web", "backfill", "simulate"]
    assert set(names) <= set(ENDING)


def test_a_preparation_that_is_killed_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(subprocess.Popen[bytes]):
        def __init__(self, *_: object, **__: object) -> None:
            self.returncode = -9

        def wait(self, timeout: float | None = None) -> int:
            return -9

        def __del__(self, *_: object) -> None:
            pass

    monkeypatch.setattr("coldshed.up.subprocess.Popen", Killed)
    assert up.prepare([], ServiceManager()) == 1
