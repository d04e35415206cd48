"""Looking at a broker from outside: reachable, known, and how much it holds."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import broker_probe
from ingest.address import BrokerAddress
from ingest.broker_probe import BrokerProbe
from tests.support.machines import Broker, answers, free_port, need

PASSWORD = "right-password"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[int]:
    """A Mosquitto whose queue is as short as Debian's old default, and that wants a password."""
    program, passwd = need("mosquitto"), need("mosquitto_passwd", "mosquitto")
    port = free_port()
    passwords = tmp_path / "passwords"
    subprocess.run([passwd, "-b", "-c", str(passwords), "coldshed", PASSWORD], check=True)
    config = tmp_path / "mosquitto.conf"
    lines = (
        f"listener {port} 127.0.0.1",
        "allow_anonymous false",
        f"password_file {passwords}",
        "max_queued_messages 100",
        "user root",
    )
    config.write_text("\n".join(lines) + "\n")
    process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not answers(port):
        assert time.monotonic() < end
        time.sleep(0.02)
    yield port
    process.terminate()
    process.wait(60)


def address(port: int, password: str | None = PASSWORD) -> BrokerAddress:
    return BrokerAddress("127.0.0.1", port, "coldshed" if password else None, password)


def test_a_broker_that_is_set_up_right_holds_all_and_keeps_nothing_of_it(mosquitto: Broker) -> None:
    probe = BrokerProbe(address(mosquitto.port, None))
    assert probe.fault() is None
    assert probe.queue(1_200) == 1_200
    assert probe.queue(300) == 300
    assert probe.certificate_days_left(time.time()) is None


def test_a_queue_that_is_too_short_is_measured(small: int) -> None:
    kept = BrokerProbe(address(small)).queue(1_200)
    assert kept is not None
    assert 100 <= kept < 200


def test_a_broker_that_is_frozen_is_told_from_one_that_closes_the_connection(
    mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_probe, "WAIT_S", 0.5)
    os.kill(mosquitto.pid, signal.SIGSTOP)
    try:
        frozen = BrokerProbe(address(mosquitto.port, None)).fault()
    finally:
        os.kill(mosquitto.pid, signal.SIGCONT)
    assert frozen is not None
    assert frozen.word == "broker.silent"
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
    with server:
        closing = BrokerProbe(address(server.getsockname()[1], None)).fault()
    assert closing is not None
    assert closing.word == "broker.no_answer"


def test_a_wrong_password_is_told_from_a_broker_that_is_away(small: int) -> None:
    refused = BrokerProbe(address(small, "wrong-password")).fault()
    assert refused is not None
    assert refused.word == "broker.login"
    assert BrokerProbe(address(small, "wrong-password")).queue(10) is None
    away = BrokerProbe(address(free_port())).fault()
    assert away is not None
    assert away.word == "broker.refused_connection"
