"""What the listener reports of its progress, and how soon it is back."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import ingest.listener as listener_module
from core.errors import StoreError
from ingest.address import BrokerAddress
from ingest.client import Frames
from ingest.decoders import Router
from ingest.listener import Listener
from store.database import Databases
from store.overview.progress_files import PartReporter
from tests.support.machines import Broker


def address(port: int) -> BrokerAddress:
    return BrokerAddress("127.0.0.1", port, None, None)


def until(ready: Callable[[], object], what: str, deadline_s: float = 60.0) -> None:
    end = time.monotonic() + deadline_s
    while not ready():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


@contextmanager
def running(listener: Listener, progress: PartReporter) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop, progress))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Full(Listener):
    """A listener whose disk is full."""

    def _store_messages(self, frames: Frames) -> list[int]:
        raise StoreError("the disk is full")


def test_a_broker_of_this_machine_that_comes_back_is_soon_found(
    dbs: Databases, mosquitto: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "DELAYS_S", (0.05, 60))
    monkeypatch.setattr(listener_module, "LOCAL_AGAIN_S", 0.2)
    mosquitto.stop()
    listener = Listener(dbs, address(mosquitto.port), Router())
    with running(listener, PartReporter()):
        time.sleep(1)  # it has been asked in vain more than once
        mosquitto.start()
        until(lambda: listener.session.is_ready, "the connection", 20)


def test_its_work_is_its_own_and_not_the_brokers(dbs: Databases, free_port: int) -> None:
    reporter = PartReporter()
    before = reporter.progress.worked_at
    with running(Listener(dbs, address(free_port), Router()), reporter):
        until(lambda: reporter.progress.outside, "that nobody listens there")
        until(lambda: reporter.progress.worked_at > before, "its heartbeat, stored all the same")


def test_one_that_cannot_store_fails(dbs: Databases, mosquitto: Broker) -> None:
    reporter = PartReporter()
    listener = Full(dbs, address(mosquitto.port), Router())
    with running(listener, reporter):  # the listener's own marker is the first message
        until(lambda: reporter.progress.error == "the disk is full", "the failure")
        assert not reporter.progress.outside
