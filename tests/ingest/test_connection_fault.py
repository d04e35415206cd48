"""What a technician reads when the broker cannot be reached or does not want us; and TLS when it is right."""

import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from coldshed.broker import mosquitto_config
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from core.readings.journal_codec import decode_batch, decode_heartbeat
from ingest import connection_fault, session
from ingest import listener as module
from ingest.address import BrokerAddress
from ingest.broker_probe import BrokerProbe
from ingest.connection_issues import ConnectionIssues
from ingest.decoders import Router
from ingest.discovery import Discovery
from ingest.lease import Lease
from ingest.listener import Listener
from ingest.session_holder import SessionHolder
from simulators.devices.contract import DeviceMessage
from simulators.mqtt_device import BrokerEndpoint as SimulatorsBroker
from simulators.mqtt_device import DeviceConnection
from store.database import Databases
from store.journal import journal
from store.overview import system_issues
from tests.support.certificates import Authority
from tests.support.machines import Broker, free_port

ROOT = Path(__file__).parents[2]


def until(ready: Callable[[], Any], what: str, deadline_s: float = 60.0) -> Any:
    end = time.monotonic() + deadline_s
    while not (result := ready()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return result


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DELAYS_S", (0.05,))


@contextmanager
def listening(dbs: Databases, address: BrokerAddress, holder: str = "") -> Iterator[None]:
    stop = threading.Event()
    listener = Listener(dbs, address, Router())
    if holder:
        listener.leadership.lease = Lease(holder)
        listener.session.holder = SessionHolder(listener.session.holder.topic, holder)
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def noted(dbs: Databases) -> dict[str, str]:
    with dbs.records.read() as tx:
        return {issue.name: issue.text for issue in system_issues.open_issues(tx)}


def connected(dbs: Databases) -> bool:
    with dbs.journal.read() as tx:
        return any(decode_heartbeat(row.body).connected for row in journal.recent(tx, journal.HEARTBEAT, 1))


def readings(dbs: Databases) -> int:
    with dbs.journal.read() as tx:
        rows = journal.read_after(tx, 0, most=1000)
    return sum(len(decode_batch(row.body).readings) for row in rows if row.kind == journal.READINGS)


class Secured:
    """A Mosquitto whose second listener is deploy/mosquitto/tls.conf.example, and a test CA."""

    def __init__(self, folder: Path, *, strict: bool = False) -> None:
        self.folder = folder
        self.authority = Authority(folder / "ca", strict=strict)
        self.port = free_port()
        self.broker = Broker(folder / "mosquitto")

    def start(self, certificate: tuple[Path, Path], *more: str) -> "Secured":
        mosquitto_config(self.broker.folder, self.broker.port)
        text = (ROOT / "deploy/mosquitto/tls.conf.example").read_text("utf-8")
        for old, new in (
            ("listener 8883", f"listener {self.port} 127.0.0.1"),
            ("/mosquitto/certs/server.crt", str(certificate[0])),
            ("/mosquitto/certs/server.key", str(certificate[1])),
        ):
            assert old in text
            text = text.replace(old, new)
        (self.broker.folder / "conf.d/tls.conf").write_text("\n".join((text, *more)) + "\n")
        self.broker.start()
        return self

    def address(self, host: str = "localhost", **more: Any) -> BrokerAddress:
        options = {"ca_file": self.authority.file, **more}
        return BrokerAddress(host, self.port, "coldshed", "local", tls=True, **options)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    made = Secured(tmp_path / "tls")
    yield made
    made.broker.stop()


def _says(dbs: Databases, address: BrokerAddress, word: str) -> str:
    """The problem that a listener notes there, its only one; the page has a sentence for it."""
    with listening(dbs, address):
        until(lambda: word in noted(dbs), word)
    assert set(noted(dbs)) == {word}
    assert word in SYSTEM_ISSUE_TEXTS
    return noted(dbs)[word]


def test_readings_come_in_over_tls_from_simulated_devices(dbs: Databases, secured: Secured) -> None:
    address = secured.start(secured.authority.sign("server")).address()
    simulators = SimulatorsBroker(address.host, address.port, tls=True, ca_file=secured.authority.file)
    will = DeviceMessage("coldshed/v1/a/status", "offline", 1, True)
    with listening(dbs, address):
        until(lambda: connected(dbs), "the connection")
        link = DeviceConnection("a", simulators, will, [])
        link.start()
        for count in range(50):
            at = time.time_ns() // 1_000_000 - count
            link.say(DeviceMessage("coldshed/v1/a/readings", f'{{"at": {at}, "temperature": 3}}', 1, False))
        until(lambda: readings(dbs) == 50, "the readings")
        link.end([])
    assert noted(dbs) == {}


def test_a_ca_made_as_the_docs_say_and_one_made_the_usual_way_both_work(
    dbs: Databases, tmp_path: Path
) -> None:
    """Python 3.13 and later refuse a CA without key usage unless they are told not to."""
    for strict in (True, False):
        secured = Secured(tmp_path / f"tls-{strict}", strict=strict)
        address = secured.start(secured.authority.sign("server")).address()
        try:
            assert BrokerProbe(address).fault() is None
            assert BrokerProbe(address).certificate_days_left(time.time()) == 29
            with listening(dbs, address):
                until(lambda: connected(dbs), "the connection")
        finally:
            secured.broker.stop()
        assert noted(dbs) == {}


def test_the_certificates_of_the_docs_pass_a_strict_check(tmp_path: Path) -> None:
    text = (ROOT / "docs/operators/broker.md").read_text("utf-8")
    (recipe,) = re.findall(r"```sh\n(openssl req -x509.*?)```", text, re.S)
    subprocess.run(["sh", "-ec", recipe], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    verify = ["openssl", "verify", "-x509_strict", "-verify_hostname", "hub.example", "-CAfile", "ca.crt"]
    subprocess.run([*verify, "server.crt"], cwd=tmp_path, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (19, "broker.certificate_unknown"),
        (20, "broker.certificate_unknown"),
        (10, "broker.certificate_expired"),
        (62, "broker.certificate_name"),
        (66, "broker.certificate_unfit"),  # key too small
        (92, "broker.certificate_unfit"),  # CA without key usage, for a strict check
    ],
)
def test_only_a_ca_that_nobody_knows_is_called_unknown(code: int, word: str) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, "why"
    assert connection_fault.from_error(error, "hub").word == word


def test_unknown_topics_are_found_over_tls(secured: Secured) -> None:
    address = secured.start(secured.authority.sign("server")).address()
    words: list[str] = []
    discovery = Discovery(address, Router().knows, lambda topic, *_: words.append(topic))
    discovery.start()
    try:

        def noted_words() -> list[str]:
            subprocess.run(
                ["mosquitto_pub", "-p", str(secured.broker.port), "-t", "odd/thing", "-m", "1"], check=True
            )
            return words

        until(noted_words, "the topic")
    finally:
        discovery.stop()
    assert set(words) == {"odd/thing"}


def test_a_ca_that_did_not_sign_the_broker_is_named(dbs: Databases, secured: Secured, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    address = secured.start(secured.authority.sign("server")).address(ca_file=other.file)
    assert "CA" in _says(dbs, address, "broker.certificate_unknown")


def test_a_certificate_that_has_expired_is_named(dbs: Databases, secured: Secured) -> None:
    address = secured.start(secured.authority.sign("server", days=0)).address()
    assert "expired" in _says(dbs, address, "broker.certificate_expired")


def test_a_certificate_of_another_host_is_named(dbs: Databases, secured: Secured) -> None:
    address = secured.start(secured.authority.sign("server", "DNS:hub.example")).address()
    assert "another host name" in _says(dbs, address, "broker.certificate_name")
    address = secured.address(host="127.0.0.1")
    assert "another address" in _says(dbs, address, "broker.certificate_name")


def test_a_ca_file_that_is_missing_or_none_is_named(dbs: Databases, secured: Secured, tmp_path: Path) -> None:
    secured.start(secured.authority.sign("server"))
    _says(dbs, secured.address(ca_file=tmp_path / "nowhere.crt"), "broker.certificate_file")
    (tmp_path / "rubbish.crt").write_text("not a certificate")
    _says(dbs, secured.address(ca_file=tmp_path / "rubbish.crt"), "broker.certificate_file")


def test_tls_where_the_broker_speaks_none_is_named_and_the_other_way_round(
    dbs: Databases, secured: Secured
) -> None:
    secured.start(secured.authority.sign("server"))
    plain = BrokerAddress(
        "localhost", secured.broker.port, None, None, tls=True, ca_file=secured.authority.file
    )
    with listening(dbs, plain):
        until(lambda: {"broker.tls", "broker.unreachable"} & set(noted(dbs)), "the problem")
    _says(dbs, BrokerAddress("127.0.0.1", secured.port, None, None), "broker.no_answer")


def test_a_broker_that_accepts_and_says_nothing_is_named(
    dbs: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "ANSWER_S", 0.2)
    monkeypatch.setattr(session, "SLOW_ANSWER_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:  # the kernel accepts, nobody answers
        _says(dbs, BrokerAddress("127.0.0.1", server.getsockname()[1], None, None), "broker.silent")


def test_a_broker_that_wants_our_certificate_gets_it(dbs: Databases, secured: Secured) -> None:
    asks = (f"cafile {secured.authority.file}", "require_certificate true")
    secured.start(secured.authority.sign("server"), *asks)
    _says(dbs, secured.address(), "broker.no_answer")
    certificate, key = secured.authority.sign("box")
    with listening(dbs, secured.address(cert_file=certificate, key_file=key)):
        until(lambda: noted(dbs) == {}, "the connection")


def test_a_wrong_password_is_a_problem_until_it_is_right(
    dbs: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(tmp_path / "mosquitto")
    broker.start()
    config = broker.folder / "mosquitto.conf"
    config.write_text(config.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    broker.stop()
    monkeypatch.setattr("tests.support.machines.mosquitto_config", lambda *_: config.read_text())
    broker.start()
    with listening(dbs, BrokerAddress("127.0.0.1", broker.port, "coldshed", "wrong")):
        until(lambda: "broker.login" in noted(dbs), "the problem")
        broker.stop()
        monkeypatch.undo()
        broker.start()
        until(lambda: noted(dbs) == {}, "the connection")
    broker.stop()


def test_a_broker_that_is_away_for_long_is_a_problem_and_one_that_restarts_is_none(dbs: Databases) -> None:
    address = BrokerAddress("127.0.0.1", free_port(), None, None)
    assert "nobody listens" in _says(dbs, address, "broker.refused_connection")
    with dbs.records.write() as tx:
        system_issues.clear(tx, "broker.refused_connection", 0)
    once = ConnectionIssues(dbs, lambda: 1)
    once.note(connection_fault.from_error(ConnectionRefusedError(), "box"))
    assert noted(dbs) == {}


def test_a_host_that_does_not_exist_is_named() -> None:
    fault = connection_fault.from_error(socket.gaierror(-2, "Name or service not known"), "hub.exmaple")
    assert fault.word == "broker.no_such_host"
    assert "hub.exmaple" in fault.text


def test_two_boxes_of_one_name_learn_of_each_other(
    dbs: Databases, mosquitto: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a backup of one was started on the other: no lease stands between two databases, and the one
    session goes to and fro."""
    from store.schema import create

    (tmp_path / "second").mkdir()
    second = Databases(tmp_path / "second")
    create(second)
    address = BrokerAddress("127.0.0.1", mosquitto.port, None, None, client_id="copied")
    monkeypatch.setattr(module, "DELAYS_S", (0.7,))  # time enough for the other to say who it is
    with listening(dbs, address, "shop/1:71:1"), listening(second, address, "hub/1:72:1"):
        for databases, other in ((dbs, "hub (process 72)"), (second, "shop (process 71)")):
            until(partial(_names, databases, other), other)
            assert set(noted(databases)) <= {"broker.taken", "broker.cut_off"}
    second.close()


def test_the_page_has_a_sentence_for_every_trouble() -> None:
    words = set(re.findall(r'"(broker\.[a-z_]+)"', Path(connection_fault.__file__).read_text()))
    assert len(words) > 10
    assert words <= set(SYSTEM_ISSUE_TEXTS)


def _names(dbs: Databases, other: str) -> bool:
    return other in noted(dbs).get("broker.taken", "")
