"""The listener against a real Mosquitto: what it keeps, acknowledges, and does when things go away."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
import pytest

from benchmarks.flood import flood
from core.batches import decode_batch, decode_heartbeat
from core.errors import StoreError
from core.readings import HOUR, Flag, Reading
from ingest.client import FastClient, Frames
from ingest.decoders import Router, filters
from ingest.listener import BrokerAddress, Listener
from store import journal, leases, rejected
from store.database import Databases

pytestmark = pytest.mark.usefixtures("mosquitto")


def now() -> int:
    return time.time_ns() // 1_000_000


def until(ready: Callable[[], Any], what: str, deadline_s: float = 20.0) -> Any:
    """The first true answer of `ready`; a failure that names what was waited for."""
    end = time.monotonic() + deadline_s
    while not (found := ready()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


class Flaky(Listener):
    """A listener whose next commits can be made to fail, as on a full disk."""

    failures = 0
    pause = 0.0

    def _keep(self, frames: Frames) -> list[int]:
        if self.failures > 0:
            self.failures -= 1
            raise StoreError("the disk is full")
        return super()._keep(frames)


@contextmanager
def listening(dbs: Databases, port: int, **options: Any) -> Iterator[Flaky]:
    listener = Flaky(dbs, BrokerAddress("127.0.0.1", port, None, None), filters(), Router().find, **options)
    stop = threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    try:
        until(lambda: connected(dbs), "the connection")
        until(lambda: not listener._intake.queued, "the marker")
        yield listener
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def connected(dbs: Databases) -> bool:
    with dbs.journal.read() as tx:
        beats = journal.recent(tx, journal.HEARTBEAT, 1)
    return bool(beats) and decode_heartbeat(beats[0].body).connected


def readings(dbs: Databases) -> list[Reading]:
    with dbs.journal.read() as tx:
        rows = journal.read_after(tx, 0, most=100_000)
    return [one for row in rows if row.kind == journal.READINGS for one in decode_batch(row.body).readings]


def say(port: int, payload: str, topic: str = "coldshed/v1/a/readings", *options: str) -> None:
    command = ["mosquitto_pub", "-p", str(port), "-q", "1", "-t", topic, "-m", payload, *options]
    subprocess.run(command, check=True, timeout=10)


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
        found = until(lambda: len(readings(dbs)) >= 502 and readings(dbs), "the live one")
    assert [(r.value, r.flags) for r in found if not at <= r.at < at + 500] == [
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


def test_after_a_store_error_the_broker_sends_again(dbs: Databases, mosquitto: Any) -> None:
    with listening(dbs, mosquitto.port) as listener:
        listener.failures = 2
        at = now()
        say(mosquitto.port, f'{{"at": {at}, "temperature": 3}}')
        until(lambda: readings(dbs), "the reading")
        assert listener.failures == 0
    assert {(r.at, r.value) for r in readings(dbs)} == {(at, 3)}


def test_it_comes_back_when_the_broker_was_away(dbs: Databases, mosquitto: Any) -> None:
    with listening(dbs, mosquitto.port) as listener:
        mosquitto.stop()
        until(lambda: not connected(dbs), "the heartbeat that says so")
        mosquitto.start()
        until(lambda: connected(dbs) and not listener._intake.queued, "the connection")
        say(mosquitto.port, '{"temperature": 3}')
        until(lambda: readings(dbs), "the reading")


def test_a_second_listener_waits_and_says_who_has_it(
    dbs: Databases, mosquitto: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with dbs.journal.write() as tx:
        leases.take(tx, "listener", "other-box:1:1", now())
    with pytest.raises(AssertionError, match="the connection"):
        until_connected_within(dbs, mosquitto.port, 2)
    assert "other-box:1:1" in caplog.text


def until_connected_within(dbs: Databases, port: int, seconds: float) -> None:
    address = BrokerAddress("127.0.0.1", port, None, None)
    listener = Listener(dbs, address, filters(), Router().find)
    stop = threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    try:
        until(lambda: connected(dbs), "the connection", seconds)
    finally:
        stop.set()
        thread.join(20)


def test_a_box_that_boots_in_the_past_stamps_nothing(
    dbs: Databases, mosquitto: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with dbs.journal.write() as tx:
        journal.append(tx, now() + HOUR, journal.HEARTBEAT, b'{"connected":false,"confirmed":0}')
    with pytest.raises(AssertionError, match="the connection"):
        until_connected_within(dbs, mosquitto.port, 1)
    assert "clock" in caplog.text


def test_filters_nobody_wants_any_more_are_taken_back(dbs: Databases, mosquitto: Any) -> None:
    address = BrokerAddress("127.0.0.1", mosquitto.port, None, None)
    old = Listener(dbs, address, [*filters(), "old/#"], Router().find)
    stop = threading.Event()
    thread = threading.Thread(target=old.run, args=(stop,))
    thread.start()
    until(lambda: connected(dbs), "the connection")
    stop.set()
    thread.join(20)
    seen: list[bytes] = []
    with listening(dbs, mosquitto.port) as listener:
        take = listener._intake.take
        listener._intake.take = lambda tx, frames, at: (  # type: ignore[method-assign]
            seen.extend(frame[0] for frame in frames) or take(tx, frames, at)
        )
        say(mosquitto.port, "1", "old/thing")
        say(mosquitto.port, '{"temperature": 3}')
        until(lambda: readings(dbs), "the reading")
    assert b"old/thing" not in seen


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


def test_paho_still_has_what_the_fast_client_touches() -> None:
    """The contract with the pinned paho: these private names, with these shapes."""
    client = FastClient("x", True, lambda _: [])
    assert paho.__name__ == "paho.mqtt.client"
    assert {"command", "have_remaining", "remaining_length", "packet", "pos"} <= set(client._in_packet)
    for name in ("_packet_handle", "_packet_queue", "_sock_recv", "_loop_rc_handle", "_msgtime_mutex"):
        assert hasattr(client, name)
    assert client._sock is None
    assert client._last_bytes_received > 0
