"""The broker in Python: what a named client misses waits for it, and a password keeps others out."""

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from coldshed import broker_credentials
from coldshed.settings import Settings
from store.database import Databases
from store.schema import create
from tests.support.machines import answers, free_port

PASSWORD = "only for probes"


def _serve(folder: Path, port: int, password: str | None, stop: Event) -> None:
    from coldshed import python_broker

    settings = Settings(data_dir=folder, mqtt_port=port, mqtt_password=password)
    local = threading.Event()

    def pass_on() -> None:
        stop.wait()
        local.set()

    threading.Thread(target=pass_on, daemon=True).start()
    python_broker.run(settings, local)


def _running(folder: Path, password: str | None) -> Iterator[int]:
    fresh, port = multiprocessing.get_context("spawn"), free_port()
    dbs = Databases(folder)
    create(dbs)
    broker_credentials.write(Settings(data_dir=folder, mqtt_port=port, mqtt_password=password), dbs)
    dbs.close()
    stop = fresh.Event()
    process = fresh.Process(target=_serve, args=(folder, port, password, stop))
    process.start()
    try:
        _until(lambda: answers(port))
        yield port
        stop.set()
        process.join(60)
        assert process.exitcode == 0
    finally:
        process.kill()


@pytest.fixture
def open_to_all(tmp_path: Path) -> Iterator[int]:
    yield from _running(tmp_path, None)


@pytest.fixture
def with_password(tmp_path: Path) -> Iterator[int]:
    yield from _running(tmp_path, PASSWORD)


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class _Client:
    def __init__(
        self,
        port: int,
        name: str,
        username: str | None = None,
        password: str | None = None,
        *,
        clean: bool = False,
    ) -> None:
        self.got: list[bytes] = []
        self.codes: list[int] = []
        self.subscribed = False
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=MQTTProtocolVersion.MQTTv311,
            clean_session=clean,
        )
        if username:
            self.paho.username_pw_set(username, password)
        self.paho.on_message = lambda _c, _d, message: self.got.append(bytes(message.payload))
        self.paho.on_connect = lambda _c, _d, _f, code, _p: self.codes.append(int(code.value))
        self.paho.on_subscribe = self._on_subscribe
        self.paho.connect("127.0.0.1", port)
        self.loop_until(lambda: self.codes)

    def _on_subscribe(self, *_: object) -> None:
        self.subscribed = True

    def loop_until(self, true: Callable[[], object]) -> None:
        def turned() -> object:
            self.paho.loop(0.05)
            return true()

        _until(turned)

    def leave(self) -> None:
        self.paho.disconnect()
        self.paho.loop(0.1)


def test_what_a_named_client_misses_waits_for_it(open_to_all: int) -> None:
    first = _Client(open_to_all, "listener", "coldshed", "local")
    first.paho.subscribe("a/#", 1)
    first.loop_until(lambda: first.subscribed)
    first.leave()

    sender = _Client(open_to_all, "probe")
    for number in range(5):
        sent = sender.paho.publish("a/b", str(number), qos=1)
        sender.loop_until(sent.is_published)
    sender.leave()

    again = _Client(open_to_all, "listener", "coldshed", "local")
    again.loop_until(lambda: len(again.got) == 5)
    assert sorted(again.got) == [b"0", b"1", b"2", b"3", b"4"]
    again.leave()


@pytest.mark.parametrize("clean", [True, False])
def test_who_connects_with_its_client_id_does_not_make_it_deaf(with_password: int, clean: bool) -> None:
    """Neither with a wrong password nor with none; the owner hears on and its queue stays."""
    owner = _Client(with_password, "listener", "coldshed", PASSWORD)
    owner.paho.subscribe("coldshed/#", 1)
    owner.loop_until(lambda: owner.subscribed)
    for username, password in ((None, None), ("coldshed", "wrong"), ("probe", PASSWORD)):
        stranger = _Client(with_password, "listener", username, password, clean=clean)
        assert stranger.codes[0] != 0
        stranger.leave()
    sender = _Client(with_password, "probe", "coldshed", PASSWORD)
    sent = sender.paho.publish("coldshed/v1/a/readings", "1", qos=1)
    sender.loop_until(sent.is_published)
    owner.loop_until(lambda: owner.got == [b"1"])
    sender.leave()
    owner.leave()


def test_it_ends_although_clients_stay_connected(tmp_path: Path) -> None:
    """A listening server of asyncio waits for its connections since Python 3.12."""
    with contextmanager(_running)(tmp_path, None) as port:
        client = _Client(port, "probe")
        client.paho.subscribe("a/#", 1)
        client.loop_until(lambda: client.subscribed)
        silent = socket.create_connection(("127.0.0.1", port))
    silent.close()
    client.leave()


def test_who_does_not_know_the_password_stays_out(with_password: int) -> None:
    right = _Client(with_password, "a", "coldshed", PASSWORD)
    assert right.codes == [0]
    right.leave()
    for username, password in ((None, None), ("coldshed", "wrong"), ("other", PASSWORD)):
        assert _Client(with_password, "b", username, password).codes[0] != 0
