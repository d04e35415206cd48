"""How our own processes reach the broker and the page."""

from pathlib import Path

import pytest

from coldshed import broker_credentials
from coldshed.addresses import broker_address, local_address
from coldshed.settings import Settings


@pytest.mark.parametrize(
    ("host", "reached"),
    [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("10.0.0.5", "10.0.0.5")],
)
def test_the_page_is_reached_where_it_listens(tmp_path: Path, host: str, reached: str) -> None:
    settings = Settings(data_dir=tmp_path, http_host=host, http_port=8100)
    assert local_address(settings) == f"http://{reached}:8100"


def test_services_and_simulators_have_logins_of_their_own_at_our_broker(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, mqtt_host="0.0.0.0")
    service, simulator = broker_address(settings), broker_address(settings, devices=True)
    assert (service.host, service.username) == ("127.0.0.1", broker_credentials.SERVICE_NAME)
    assert simulator.username == broker_credentials.SIMULATOR_NAME
    assert service.password != simulator.password


def test_simulators_use_the_shared_login_at_a_broker_elsewhere(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        mqtt_url="mqtt://box:secret@hub",
        mqtt_username="probes",
        mqtt_password="only for probes",
    )
    assert broker_address(settings).username == "box"
    assert broker_address(settings, devices=True).username == "probes"
