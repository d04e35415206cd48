"""deploy/coldshed.service fits what `coldshed up` tells systemd."""

from configparser import ConfigParser
from pathlib import Path

from coldshed.child_process import PATIENCE_S
from coldshed.systemd import EVERY_S
from coldshed.up import ENDING

UNIT = Path(__file__).parents[2] / "deploy/coldshed.service"


def test_systemd_watches_the_supervisor_and_lets_it_end() -> None:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT)
    service = parser["Service"]
    assert service["Type"] == "notify"
    assert float(service["WatchdogSec"]) > 5 * EVERY_S
    assert service["WatchdogSignal"] == "SIGKILL"
    assert float(service["TimeoutStopSec"]) > PATIENCE_S * len(ENDING)
    assert service["RestartPreventExitStatus"] == "2"
