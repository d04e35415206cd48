"""Which address a technician is told to type into a device."""

import pytest

from coldshed.public_broker_address import server
from coldshed.settings import Settings


@pytest.mark.parametrize(
    ("settings", "seen_as", "host", "port", "tls"),
    [
        ({"mqtt_host": "0.0.0.0"}, "192.168.1.20", "192.168.1.20", 1883, False),
        ({"mqtt_host": "0.0.0.0"}, "", "127.0.0.1", 1883, False),
        ({"mqtt_host": "192.168.1.5", "mqtt_port": 1884}, "box.local", "192.168.1.5", 1884, False),
        ({}, "192.168.1.20", "127.0.0.1", 1883, False),  # it listens there only, and the page says so
        ({"mqtt_url": "mqtt://u:p@mosquitto:1883"}, "hub.example", "hub.example", 1883, False),
        ({"mqtt_url": "mqtt://u:p@127.0.0.1"}, "192.168.1.20", "192.168.1.20", 1883, False),
        ({"mqtt_url": "mqtts://u:p@hub.example"}, "10.0.0.1", "hub.example", 8883, True),
        (
            {"mqtt_url": "mqtt://u:p@mosquitto", "mqtt_public_url": "mqtts://hub.example:8884"},
            "10.0.0.1",
            "hub.example",
            8884,
            True,
        ),
    ],
)
def test_it_is_one_that_devices_can_reach(
    settings: dict[str, object], seen_as: str, host: str, port: int, tls: bool
) -> None:
    address = server(Settings(**settings), seen_as)  # type: ignore[arg-type]
    assert (address.host, address.port, address.tls) == (host, port, tls)
