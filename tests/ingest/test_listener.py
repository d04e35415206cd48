"""The listener against a real Mosquitto: what it keeps, acknowledges, and does when things go away."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Connection, select

from core.errors import StoreError
from core.readings.journal_codec import decode_batch, decode_heartbeat
from core.readings.readings import Flag, Reading
from core.times import DAY_MS, HOUR_MS
from ingest import stamper
from ingest.address import BrokerAddress
from ingest.batch_pipeline import ProcessedBatch
from ingest.client import FastClient, Frames
from ingest.decoders import Router
from ingest.listener import DELAYS_S, Listener
from store.database import Databases
from store.decoding import rejected
from store.decoding.tables import decoder_memory
from store.journal import journal, leases
from store.overview import system_issues
from tests.support import machines
from tests.support.flood import flood

pytestmark = pytest.mark.usefixtures("mosquitto")


def now() -> int:
    return time.time_ns() // 1_000_000


def until(ready: Callable[[], Any], what: str, deadline_s: float = 60.0) -> Any:
    """The first true answer of `ready`; a failure that names what was waited for."""
    end = time.monotonic() + deadline_s
    while not (result := ready()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return result


class Flaky(Listener):
    """A listener whose next commits can be made to fail, as on a full disk."""

    failures = 0

    def _store_messages(self, frames: Frames) -> list[int]:
        if self.failures > 0:
            self.failures -= 1
            raise StoreError("the disk is full")
        return super()._store_messages(frames)


@contextmanager
def listening(dbs: Databases, port: int, **options: Any) -> Iterator[Flaky]:
    listener = Flaky(dbs, address(port), Router(), **options)
    with running(listener):
        until(lambda: connected(dbs), "the connection")
        until(lambda: not listener.leadership.pipeline.queued, "the marker")
        yield listener


@contextmanager
def running(listener: Listener) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def address(port: int) -> BrokerAddress:
    return BrokerAddress("127.0.0.1", port, "coldshed", "local")


def connected(dbs: Databases) -> bool:
    with dbs.journal.read() as tx:
        beats = journal.recent(tx, journal.HEARTBEAT, 1)
    return bool(beats) and decode_heartbeat(beats[0].body).connected


def readings(dbs: Databases) -> list[Reading]:
    with dbs.journal.read() as tx:
        rows = journal.read_after(tx, 0, most=100_000)
    return [
        reading for row in rows if row.kind == journal.READINGS for reading in decode_batch(row.body).readings
    ]


def say(port: int, payload: str, topic: str = "coldshed/v1/a/readings", *options: str) -> None:
    command = ["mosquitto_pub", "-p", str(port), "-q", "1", "-t", topic, "-m", payload, *options]
    subprocess.run(command, check=True, timeout=10)


def publish_until(ready: Callable[[], Any], port: int, topic: str, payload: str, what: str) -> None:
    """Publishes again and again until `ready`: the subscription may come later than the first message."""

    def is_ready() -> Any:
        say(port, payload, topic)
        return ready()

    until(is_ready, what)


@pytest.mark.parametrize("stock_client", [False, True], ids=["one large read", "paho as it comes"])
def test_a_message_is_in_the_journal_within_a_moment(
    dbs: Databases, mosquitto: Any, stock_client: bool
) -> None:
    with listening(dbs, mosquitto.port, stock_client=stock_client):
        say(mosquitto.port, '{"temperature": 3.5}')
        [reading] = until(lambda: readings(dbs), "the reading")
    assert reading.value == 3.5
    assert abs(reading.at - now()) < 10_000
    assert not reading.flags


def test_what_was_sent_while_it_was_away_is_not_lost(dbs: Databases, mosquitto: Any) -> None:
    with listening(dbs, mosquitto.port):
        pass
    at = now() - 1000
    sent = [
        ("coldshed/v1/a/readings", b'{"at": %d, "temperature": %d}' % (at + i, i % 50)) for i in range(500)
    ]
    assert len(list(flood(mosquitto.port, sent))) == 500
    say(mosquitto.port, '{"temperature": 1}', "coldshed/v1/b/readings")
    say(mosquitto.port, '{"temperature": 2}', "coldshed/v1/b/readings")
    with listening(dbs, mosquitto.port):
        until(lambda: len(readings(dbs)) >= 501, "the queue")
        say(mosquitto.port, '{"temperature": 3}', "coldshed/v1/b/readings")
        stored = until(lambda: len(readings(dbs)) >= 502 and readings(dbs), "the live one")
    assert [(r.value, r.flags) for r in stored if not at <= r.at < at + 500] == [
        (2, Flag.TIME_UNKNOWN), (3, 0),
    ]  # fmt: skip


def test_a_ten_megabyte_message_and_rubbish_stop_nothing(
    dbs: Databases, mosquitto: Any, tmp_path: Any
) -> None:
    big = tmp_path / "big"
    big.write_bytes(b"x" * 10_000_000)
    with listening(dbs, mosquitto.port):
        topic = "coldshed/v1/a/readings"
        command = ["mosquitto_pub", "-p", str(mosquitto.port), "-q", "1", "-t", topic, "-f", str(big)]
        subprocess.run(command, check=True, timeout=30)
        for bad in ("{", "[]", '{"temperature": NaN}', '{"temperature": "warm"}', '{"at": "never"}', "\x01"):
            say(mosquitto.port, bad)
        say(mosquitto.port, '{"temperature": 3.5}')
        assert until(lambda: readings(dbs), "the good one")[0].value == 3.5
    with dbs.journal.read() as tx:
        reasons = {count.reason for count in rejected.counts(tx)}
    assert {"too_large", "not_json"} <= reasons


@pytest.mark.parametrize("stock_client", [False, True], ids=["one large read", "paho as it comes"])
@pytest.mark.both_databases
def test_after_a_store_error_the_broker_sends_again(
    dbs: Databases, mosquitto: Any, stock_client: bool
) -> None:
    with listening(dbs, mosquitto.port, stock_client=stock_client) as listener:
        listener.failures = 2
        at = now()
        say(mosquitto.port, f'{{"at": {at}, "temperature": 3}}')
        until(lambda: readings(dbs), "the reading")
        assert listener.failures == 0
    assert {(r.at, r.value) for r in readings(dbs)} == {(at, 3)}


class Doubtful(Listener):
    """Its first batch is committed, and then nobody says so: the server died with the answer."""

    dies = True

    def _store_messages(self, frames: Frames) -> list[int]:
        dies, self.dies = self.dies, False
        if not dies:
            return super()._store_messages(frames)
        with self._dbs.journal.write() as tx:
            self.leadership.pipeline.process(tx, frames, now())
        raise StoreError("the connection to the server was lost")


@pytest.mark.both_databases
def test_what_was_kept_although_the_database_went_away_is_not_kept_again(
    dbs: Databases, mosquitto: Any
) -> None:
    listener = Doubtful(dbs, address(mosquitto.port), Router())
    listener.dies = False
    with running(listener):
        until(lambda: connected(dbs) and not listener.leadership.pipeline.queued, "the connection")
        listener.dies, before = True, listener.leadership.pipeline
        say(mosquitto.port, '{"temperature": 3.5}')
        until(lambda: listener.leadership.pipeline is not before, "asking what was kept")
        until(lambda: not listener.leadership.pipeline.queued, "the next connection")
        say(mosquitto.port, '{"temperature": 4.5}')
        stored = until(lambda: len(readings(dbs)) > 1 and readings(dbs), "the next reading")
    assert [(r.value, r.flags) for r in stored] == [(3.5, 0), (4.5, 0)]


def test_it_comes_back_when_the_broker_was_away(dbs: Databases, mosquitto: Any) -> None:
    with listening(dbs, mosquitto.port) as listener:
        mosquitto.stop()
        until(lambda: not connected(dbs), "the heartbeat that says so")
        mosquitto.start()
        until(lambda: connected(dbs) and not listener.leadership.pipeline.queued, "the connection")
        say(mosquitto.port, '{"temperature": 3}')
        until(lambda: readings(dbs), "the reading")


@pytest.mark.both_databases
def test_a_second_listener_waits_and_says_who_has_it(
    dbs: Databases, mosquitto: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with dbs.journal.write() as tx:
        leases.take(tx, "listener", "other-box:1:1", now())
    with pytest.raises(AssertionError, match="the connection"):
        until_connected_within(dbs, mosquitto.port, 2)
    assert "other-box:1:1" in caplog.text


def until_connected_within(dbs: Databases, port: int, seconds: float) -> None:
    with running(Listener(dbs, address(port), Router())):
        until(lambda: connected(dbs), "the connection", seconds)


def test_a_box_that_boots_in_the_past_stamps_nothing(
    dbs: Databases, mosquitto: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamper, "BOOT_MS", DAY_MS * 10_000)  # as if this machine had just started
    with dbs.journal.write() as tx:
        journal.append(tx, now() + HOUR_MS, journal.HEARTBEAT, b'{"connected":false,"confirmed":0}')
    with pytest.raises(AssertionError, match="the connection"):
        until_connected_within(dbs, mosquitto.port, 1)
    assert "clock" in caplog.text


LEARNING = (("learning", "tests.ingest.learning"),)


class Wider(Router):
    def filters(self) -> list[str]:
        return [*super().filters(), "old/#"]


def test_filters_nobody_wants_any_more_are_taken_back(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(Listener(dbs, address(mosquitto.port), Wider())):
        until(lambda: connected(dbs), "the connection")
    payloads: list[bytes] = []
    with listening(dbs, mosquitto.port) as listener:
        process = listener.leadership.pipeline.process

        def seeing(tx: Connection, frames: Frames, now: int, wall: int | None = None) -> ProcessedBatch:
            payloads.extend(frame[0] for frame in frames)
            return process(tx, frames, now, wall)

        monkeypatch.setattr(listener.leadership.pipeline, "process", seeing)
        say(mosquitto.port, "1", "old/thing")
        say(mosquitto.port, '{"temperature": 3}')
        until(lambda: readings(dbs), "the reading")
    assert b"old/thing" not in payloads
    with dbs.journal.read() as tx:
        [remembered] = tx.execute(select(decoder_memory.c.value)).scalars()
    assert b"old/#" not in remembered


def test_the_broker_confirms_acknowledgements_by_answering_the_sign_of_life(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.listener.HEARTBEAT_S", 0.05)
    with listening(dbs, mosquitto.port):
        say(mosquitto.port, '{"temperature": 3}')
        until(lambda: readings(dbs), "the reading")

        def confirmed() -> int:
            with dbs.journal.read() as tx:
                return decode_heartbeat(journal.recent(tx, journal.HEARTBEAT, 1)[0].body).confirmed

        until(confirmed, "the confirmation")


def test_while_the_broker_is_away_the_heartbeat_says_so(
    dbs: Databases, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.listener.HEARTBEAT_S", 0.05)
    with running(Listener(dbs, address(free_port), Router())):
        beats = until(lambda: heartbeats(dbs, at_least=3), "heartbeats")
    assert not any(beats)


def heartbeats(dbs: Databases, at_least: int) -> list[bool]:
    with dbs.journal.read() as tx:
        rows = journal.recent(tx, journal.HEARTBEAT, 100)
    return [decode_heartbeat(row.body).connected for row in rows] if len(rows) >= at_least else []


def test_a_fault_of_this_program_ends_a_connection_and_not_the_listener(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.listener.HEARTBEAT_S", 0.05)
    with listening(dbs, mosquitto.port) as listener:
        process = listener.leadership.pipeline.process
        monkeypatch.setattr(listener.leadership.pipeline, "process", None)
        at = now()
        say(mosquitto.port, f'{{"at": {at}, "temperature": 3}}')
        until(lambda: not connected(dbs), "the end of the connection")
        monkeypatch.setattr(listener.leadership.pipeline, "process", process)
        until(lambda: readings(dbs), "the reading")
    assert {(r.at, r.value) for r in readings(dbs)} == {(at, 3)}
    with dbs.records.read() as tx:
        assert [issue.name for issue in system_issues.open_issues(tx)] == ["listener.crashed"]


def test_upkeep_that_fails_does_not_end_the_connection(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: Any) -> None:
        raise StoreError("no room for the ballast file")

    monkeypatch.setattr("ingest.disk_space.keep_ballast", full)
    with listening(dbs, mosquitto.port):
        say(mosquitto.port, '{"temperature": 3}')
        until(lambda: readings(dbs), "the reading")
        until(lambda: "no room for the ballast file" in caplog.text, "the complaint")
    assert caplog.text.count("connected to") == 1


@pytest.mark.both_databases
def test_who_takes_over_knows_what_the_last_one_kept(dbs: Databases, mosquitto: Any) -> None:
    waiting = Listener(dbs, address(mosquitto.port), Router())
    with listening(dbs, mosquitto.port) as first:
        say(mosquitto.port, '{"temperature": 3}')
        until(lambda: readings(dbs), "the reading")
        held = dict(first.leadership.pipeline._redeliveries._by_packet)
    assert held
    assert waiting.leadership.acquire(str)
    assert waiting.leadership.pipeline._redeliveries._by_packet == held
    assert waiting.leadership.pipeline._series.ids == first.leadership.pipeline._series.ids


def test_without_the_lease_it_keeps_nothing_and_acknowledges_nothing(dbs: Databases, mosquitto: Any) -> None:
    with listening(dbs, mosquitto.port) as listener:
        with dbs.journal.write() as tx:
            leases.give_back(tx, "listener", listener.leadership.lease.holder)
            leases.take(tx, "listener", "other-box:1:1", now())
        at = now()
        say(mosquitto.port, f'{{"at": {at}, "temperature": 3}}')
        until(lambda: not connected(dbs), "the end of the connection")
        assert not readings(dbs)
        with dbs.journal.write() as tx:
            leases.give_back(tx, "listener", "other-box:1:1")
        until(lambda: readings(dbs), "the reading")
    assert {(r.at, r.value) for r in readings(dbs)} == {(at, 3)}


def test_a_marker_that_a_full_queue_dropped_is_sent_again(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.listener.HEARTBEAT_S", 0.05)
    publish = paho.Client.publish
    dropped: list[str] = []

    def lossy(client: paho.Client, topic: str, *rest: Any, **more: Any) -> Any:
        if topic.endswith("/marker") and len(dropped) < 2:
            dropped.append(topic)
            topic += "/lost"
        return publish(client, topic, *rest, **more)

    monkeypatch.setattr(paho.Client, "publish", lossy)
    with listening(dbs, mosquitto.port):
        assert len(dropped) == 2


def test_without_a_marker_it_waits_for_the_end_of_the_queue_and_goes_live(
    dbs: Databases, mosquitto: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.drain.MARKER_S", 0.2)
    listener = Listener(dbs, address(mosquitto.port), Router())
    listener.drain.topic = "coldshed/listener/nobody/hears/this"
    with running(listener):
        until(lambda: connected(dbs), "the connection")
        until(lambda: not listener.leadership.pipeline.queued, "going live")
        listener.leadership.pipeline.queued = True
        listener.drain.start(time.monotonic())
        listener.drain.on_messages(1_000_000)
        time.sleep(0.3)
        assert listener.leadership.pipeline.queued
        until(lambda: not listener.leadership.pipeline.queued, "going live")


class Refusing:
    """A broker that answers each connect with `answer` and hangs up."""

    def __init__(self, port: int, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", port))
        self.connects: list[tuple[float, bytes]] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._server.accept()
                with peer:
                    version = peer.recv(4096)[8:9]
                    self.connects.append((time.monotonic(), version))
                    peer.sendall(self._answer(version))

    def __enter__(self) -> "Refusing":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.mark.parametrize("answer", [b"", b"\x20\x02\x00\x01", b"\x20\x03\x00\x84\x00", b"\x20\x02\x00\x05"])
def test_a_broker_that_does_not_know_mqtt_5_is_asked_in_3_1_1(
    dbs: Databases, free_port: int, answer: bytes
) -> None:
    listener = Listener(dbs, address(free_port), Router())
    with (
        Refusing(free_port, lambda version: answer if version == b"\x05" else b"") as broker,
        running(listener),
    ):
        until(lambda: len(broker.connects) >= 2, "the second connect")
    assert [version for _, version in broker.connects[:2]] == [b"\x05", b"\x04"]


def test_a_broker_that_refuses_us_is_asked_less_and_less_often(dbs: Databases, free_port: int) -> None:
    listener = Listener(dbs, address(free_port), Router())
    with Refusing(free_port, lambda _: b"\x20\x03\x00\x86\x00") as broker, running(listener):
        until(lambda: len(broker.connects) >= 4, "the fourth connect")
    at = [when for when, _ in broker.connects]
    pauses = [after - before for before, after in pairwise(at)]
    assert all(pause > 0.9 * delay for pause, delay in zip(pauses, DELAYS_S, strict=False)), pauses


PYTHON_BROKER = """\
import pathlib, sys, threading
from coldshed.python_broker import run
from coldshed.settings import Settings
run(Settings(mqtt_port=int(sys.argv[1]), data_dir=pathlib.Path(sys.argv[2])), threading.Event())
"""


@contextmanager
def python_broker(port: int, folder: Path) -> Iterator[None]:
    command = [sys.executable, "-c", PYTHON_BROKER, str(port), str(folder)]
    with subprocess.Popen(command) as process:
        try:
            until(lambda: machines.answers(port), "the broker in Python")
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("stock_client", [False, True], ids=["one large read", "paho as it comes"])
def test_it_works_with_the_broker_in_python(
    dbs: Databases, free_port: int, tmp_path: Any, stock_client: bool
) -> None:
    with python_broker(free_port, tmp_path):
        with listening(dbs, free_port, stock_client=stock_client):
            say(free_port, '{"temperature": 3}', "coldshed/v1/a/readings", "-V", "311")
            until(lambda: len(readings(dbs)) == 1, "the reading")
        at = now()
        say(free_port, f'{{"at": {at}, "temperature": 4}}', "coldshed/v1/a/readings", "-V", "311")
        say(free_port, '{"temperature": 5}', "coldshed/v1/a/readings", "-V", "311")
        with listening(dbs, free_port, stock_client=stock_client):
            say(free_port, '{"temperature": 6}', "coldshed/v1/a/readings", "-V", "311")
            until(lambda: len(readings(dbs)) == 4, "what waited")
    assert sorted((r.value, r.flags) for r in readings(dbs)) == [
        (3, 0), (4, 0), (5, Flag.TIME_UNKNOWN), (6, 0),
    ]  # fmt: skip


def test_paho_still_has_what_the_fast_client_touches() -> None:
    """The contract with the pinned paho: these private names, with these shapes."""
    client = FastClient("x", True, lambda _: [])
    assert paho.__name__ == "paho.mqtt.client"
    assert {"command", "have_remaining", "remaining_length", "packet", "pos"} <= set(client._in_packet)
    for name in ("_packet_handle", "_packet_queue", "_sock_recv", "_loop_rc_handle", "_msgtime_mutex"):
        assert hasattr(client, name)
    assert client._sock is None
    assert client._last_bytes_received > 0


@pytest.mark.parametrize("stock_client", [False, True], ids=["one large read", "paho as it comes"])
def test_a_topic_learned_from_a_message_is_subscribed_to_at_once_and_given_back_when_it_goes(
    dbs: Databases, mosquitto: Any, stock_client: bool
) -> None:
    port = mosquitto.port
    listener = Listener(dbs, address(port), Router(LEARNING), stock_client=stock_client)
    heard: list[str] = []
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _d, message: heard.append(message.topic)
    client.connect("127.0.0.1", port)
    client.subscribe("learn/+/ask")
    client.loop_start()
    try:
        with running(listener):
            until(lambda: connected(dbs), "the connection")
            say(port, "shed/temp", "learn/s1/means")
            until(lambda: "shed/temp" in listener.session.subscriptions.filters, "the subscription")
            until(lambda: heard == ["learn/s1/ask"], "what is said to the device")
            publish_until(lambda: readings(dbs), port, "shed/temp", "3.5", "the reading")
            say(port, "shed/temp", "learn/s1/gone")
            until(
                lambda: "shed/temp" not in listener.session.subscriptions.filters,
                "the end of the subscription",
            )
    finally:
        client.loop_stop()
        client.disconnect()


def test_topics_that_change_while_it_runs_are_taken_within_a_second_or_two(
    dbs: Databases, mosquitto: Any
) -> None:
    router = Wider()
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        router.version += 1

    with running(Listener(dbs, address(mosquitto.port), router, refresh=refresh)):
        until(lambda: len(calls) > 2, "the looks for changes")
        until(lambda: connected(dbs), "the connection")
        say(mosquitto.port, '{"temperature": 3.5}')
        until(lambda: readings(dbs), "the reading")
