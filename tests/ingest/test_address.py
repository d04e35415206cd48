import ssl
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://hub", ("hub", 1883, None, None, False)),
        ("mqtts://hub", ("hub", 8883, None, None, True)),
        ("mqtt://hub:1884", ("hub", 1884, None, None, False)),
        ("mqtts://a%40b:p%2Fw%3A@hub:443", ("hub", 443, "a@b", "p/w:", True)),
        ("mqtt://a@hub", ("hub", 1883, "a", None, False)),
        ("mqtt://[::1]:1884", ("::1", 1884, None, None, False)),
        ("mqtt://", ("127.0.0.1", 1883, None, None, False)),
    ],
)
def test_the_url_gives_host_port_and_login_without_its_escapes(
    url: str, expected: tuple[str, int, str | None, str | None, bool]
) -> None:
    address = BrokerAddress.from_url(url)
    assert (address.host, address.port, address.username, address.password, address.tls) == expected


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="ort"):
        BrokerAddress.from_url("mqtt://hub:70000")


def test_a_broker_with_tls_is_checked_against_its_name_and_a_ca() -> None:
    context = BrokerAddress.from_url("mqtts://hub").tls_context()
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT


@pytest.mark.parametrize("field", ["ca_file", "cert_file"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_file_that_is_none_is_an_os_error_before_any_connection(
    tmp_path: Path, field: str, content: str | None
) -> None:
    file = tmp_path / "file.pem"
    if content is not None:
        file.write_text(content)
    client = paho.Client(CallbackAPIVersion.VERSION2)
    with pytest.raises(OSError):
        BrokerAddress.from_url("mqtts://hub", **{field: file}).prepare(client)


def test_without_tls_no_certificate_is_looked_at(tmp_path: Path) -> None:
    address = BrokerAddress.from_url("mqtt://a:b@hub", ca_file=tmp_path / "none.pem")
    client = paho.Client(CallbackAPIVersion.VERSION2)
    address.prepare(client)
    assert client.username == "a"
