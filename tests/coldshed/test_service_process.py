"""How a service takes its port."""

import socket

import pytest

from coldshed.service_process import claim_port
from core.errors import SettingsError


def test_a_port_that_somebody_has_is_refused_with_the_setting_to_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLDSHED_LANG", "en")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SettingsError, match="COLDSHED_HTTP_PORT") as refused:
            claim_port("127.0.0.1", port, "COLDSHED_HTTP_PORT")
    assert str(port) in str(refused.value)
    claim_port("127.0.0.1", port, "COLDSHED_HTTP_PORT")  # free again


def test_a_host_that_is_not_ours_is_refused() -> None:
    with pytest.raises(SettingsError, match="COLDSHED_MQTT_PORT"):
        claim_port("203.0.113.7", 1883, "COLDSHED_MQTT_PORT")
