"""Each service is one process that holds only what it runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from coldshed.services import SERVICES, _part
from coldshed.settings import Settings
from coldshed.wiring import endpoint_for_devices

HEAVY = {
    "ingest": {"fastapi", "pandas", "web", "simulators"},
    "record": {"fastapi", "pandas", "paho", "web", "simulators"},
    "alerts": {"fastapi", "pandas", "paho", "web", "simulators"},
}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_its_function(name: str) -> None:
    assert callable(_part(name))


def test_a_service_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        _part("nothing")


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_choosing_a_service_imports_no_other_ones_part(name: str) -> None:
    code = f"import sys; from coldshed.services import _part; _part({name!r}); print(*sys.modules)"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY[name].isdisjoint(outcome.stdout.split())


def test_simulated_devices_reach_the_broker_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, mqtt_port=1899)
    endpoint = endpoint_for_devices(settings)
    assert (endpoint.host, endpoint.port, endpoint.username) == ("127.0.0.1", 1899, "coldshed-simulator")
    outside = Settings(data_dir=tmp_path, mqtt_url="mqtts://box:secret@broker.example:8884")
    endpoint = endpoint_for_devices(outside)
    assert (endpoint.host, endpoint.port, endpoint.password, endpoint.tls) == (
        "broker.example",
        8884,
        "secret",
        True,
    )
