"""The broker restarted, killed, and two listeners of one name: what was accepted is counted to the last one.

Devices here send with their own time, and keep the last minute, as real ones do that can.
"""

import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from store.devices import credentials
from store.devices.credentials import NewCredential
from tests.e2e.boxes import Box, Kept, Sent, until
from tests.support.flood import flood
from tests.support.machines import need

HELLO = [("coldshed/v1/probe-0/status", b"online")]
SAVED_S = 6.0
"""Mosquitto saves every 5 s (deploy/mosquitto/conf.d/coldshed.conf); what is older outlives a kill."""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    need("mosquitto")
    made = Box(tmp_path / "box").start("broker", "ingest", "record")
    yield made
    made.stop()


def acknowledged(box: Box, messages: list[tuple[str, bytes]]) -> int:
    """How many the broker took before it went, if it did."""
    took = 0
    try:
        for _ in flood(box.port, messages):
            took += 1
    except OSError:
        pass
    return took


def resend(box: Box, messages: list[tuple[str, bytes]]) -> None:
    """As a device that keeps all it could not get rid of, and cannot know what arrived."""
    until(lambda: acknowledged(box, messages) == len(messages), "the broker to take them")


@pytest.mark.timeout(120)
def test_a_broker_that_restarts_loses_nothing_it_took(box: Box) -> None:
    """SIGTERM, with the listener away so that all of it lies in the broker, and with it connected."""
    sent = Sent()
    box.end("ingest")
    assert acknowledged(box, sent.more(5_000)) == 5_000
    box.end("broker")
    box.start("broker", "ingest")
    assert acknowledged(box, sent.more(1_000)) == 1_000
    box.end("broker")
    box.start("broker")
    until(lambda: len(box.history()) >= 6_000, "the history")
    assert box.history() == sent.expected()


@pytest.mark.timeout(120)
def test_a_broker_that_is_killed_keeps_what_it_took_six_seconds_before(box: Box) -> None:
    """And devices that send the last minute once more whenever they come back lose nothing at all."""
    sent = Sent()
    box.end("ingest")
    assert acknowledged(box, sent.more(5_000)) == 5_000
    safe = time.monotonic() + SAVED_S
    until(lambda: time.monotonic() > safe, "Mosquitto to have saved")
    fresh = sent.more(500)  # it took them a moment ago and may lose them, and the devices cannot know
    assert acknowledged(box, fresh) == 500
    box.end("broker", signal.SIGKILL)
    box.start("broker", "ingest")
    before = sent.expected(count=5_000)
    until(lambda: before.items() <= box.history().items(), "all that was saved")
    resend(box, fresh)
    fresh += sent.more(500)
    assert acknowledged(box, fresh[-500:]) == 500
    box.end("broker", signal.SIGKILL)
    box.start("broker")
    resend(box, fresh)
    until(lambda: len(box.history()) >= 6_000, "what the devices sent again")
    assert box.history() == sent.expected()


@pytest.mark.timeout(120)
def test_a_login_that_was_only_written_down_counts_within_seconds(box: Box) -> None:
    """As the page does it; and as it is when whoever gave it out died before the files were written."""
    with box.dbs.records.write() as tx:
        password = credentials.issue(tx, 1, NewCredential(name="probe-0"))
    sent = Sent(devices=1)
    until(lambda: _taken(box, HELLO, "probe-0", "wrong") < 0, "the broker to close")
    until(lambda: _taken(box, HELLO, "probe-0", password) == 1, "the login to count")
    assert _taken(box, sent.more(100), "probe-0", password) == 100
    box.end("ingest", signal.SIGKILL)
    with box.dbs.records.write() as tx:
        credentials.revoke(tx, 2, "probe-0")
    assert _taken(box, sent.more(100), "probe-0", password) == 100  # nobody has told the broker yet
    box.start("ingest")
    until(lambda: _taken(box, HELLO, "probe-0", password) < 0, "the broker to refuse it")
    until(lambda: len(box.history()) >= 200, "the history")
    assert box.history() == sent.expected()


def _taken(box: Box, messages: list[tuple[str, bytes]], *login: str) -> int:
    """How many the broker took; -1 where it lets nobody in."""
    try:
        return len(list(flood(box.port, messages, 60.0, *login)))
    except OSError:
        return -1


@pytest.mark.timeout(120)
def test_two_listeners_of_one_name_share_the_work_and_say_who_has_it(box: Box, tmp_path: Path) -> None:
    """On one database the lease decides: the second waits, says who has it, and goes on when that dies."""
    sent = Sent()
    first = box._running.pop("ingest")
    box.start("ingest")  # the second; `start` waits only for a listener that is connected, which the first is
    log = (box.folder / "ingest.log").read_text
    until(lambda: "another listener holds this database" in log(), "the second to say who has it")
    assert f":{first.pid}:" in log().split("another listener holds this database")[1]
    assert acknowledged(box, sent.more(1_000)) == 1_000
    first.kill()
    first.wait(10)
    assert acknowledged(box, sent.more(1_000)) == 1_000
    until(lambda: len(box.history()) >= 2_000, "the second to take over")
    points: Kept = box.history()
    assert points == sent.expected()


@pytest.mark.timeout(120)
def test_two_boxes_at_one_broker_both_get_everything(box: Box, tmp_path: Path) -> None:
    """Each has a session of its own, under an id that only its own database knows."""
    other = Box(tmp_path / "other", mqtt_url=f"mqtt://127.0.0.1:{box.port}")
    sent = Sent()
    try:
        other.start("ingest", "record")
        for _ in range(5):
            assert acknowledged(box, sent.more(200)) == 200
        for running_box in (box, other):
            until(partial(_has, running_box, 1_000), "the history")
            assert running_box.history() == sent.expected()
    finally:
        other.stop()


def _has(box: Box, count: int) -> bool:
    return len(box.history()) >= count
