"""A server that does not answer holds few threads, and only until that is known."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from core.errors import StoreError
from core.readings.history_url import VICTORIAMETRICS, HistoryAddress
from store.history import availability, http
from store.history.availability import (
    AT_ONCE,
    HUNG_REST_S,
    REFUSED_REST_S,
    WAIT_S,
    Availability,
    answer_within,
    seconds_left,
)
from store.history.http import HttpServer


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fail(server: Availability, *, hung: bool) -> None:
    with server.request():
        server.on_failure("it failed", hung=hung)


@pytest.mark.parametrize(("hung", "rest_s"), [(False, REFUSED_REST_S), (True, HUNG_REST_S)])
def test_after_a_failure_everybody_is_told_at_once_until_it_is_time_to_ask_again(
    clock: Clock, hung: bool, rest_s: float
) -> None:
    server = Availability("it", clock)
    fail(server, hung=hung)
    clock.seconds += rest_s - 0.1
    with pytest.raises(StoreError, match="it failed"), server.request():
        pass
    clock.seconds += 0.1
    with server.request():
        pass


def test_after_a_failure_one_finds_out_and_the_others_do_not_wait(clock: Clock) -> None:
    server = Availability("it", clock)
    fail(server, hung=True)
    clock.seconds += HUNG_REST_S
    with server.request():
        with pytest.raises(StoreError, match="it failed"), server.request():
            pass
        server.on_answer()
        with server.request():
            pass


def test_a_hurried_caller_in_vain_spares_the_hurried_and_does_not_stop_the_patient(clock: Clock) -> None:
    server = Availability("it", clock)
    with answer_within(1.0):
        fail(server, hung=True)
        with pytest.raises(StoreError, match="it failed"), server.request():
            pass
    with server.request():
        server.on_answer()
    with answer_within(1.0), server.request():
        pass


def test_too_many_wait_only_while_those_before_are_quick(clock: Clock) -> None:
    server = Availability("it", clock)
    requests = [server.request() for _ in range(AT_ONCE)]
    for request in requests:
        request.__enter__()
    clock.seconds += WAIT_S
    with pytest.raises(StoreError, match="slow to answer"), server.request():
        pass
    requests[0].__exit__(None, None, None)
    with server.request():
        pass


def test_a_limit_counts_down_and_ends_with_its_block() -> None:
    with answer_within(0.5):
        assert 0 < seconds_left(10.0) <= 0.5
        assert availability.is_hurried()
    assert seconds_left(10.0) == 10.0


# --- real sockets -------------------------------------------------------------------------------------

Serve = Callable[[socket.socket], None]


@contextmanager
def listening(serve: Serve) -> Iterator[str]:
    """A server that treats each connection with `serve`, which ends when the connection is shut down."""
    connections: list[socket.socket] = []
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connections.append(connection)
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
            for connection in connections:
                connection.close()


def hang(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def drip(connection: socket.socket) -> None:
    """A byte every 50 ms for ever."""
    connection.recv(65_536)
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            threading.Event().wait(0.05)


def opened(url: str) -> HttpServer:
    return HttpServer(HistoryAddress(VICTORIAMETRICS, url), {})


def ask(server: HttpServer) -> float:
    """How long (s) the failure took."""
    began = time.monotonic()
    with pytest.raises(StoreError):
        server.get("/x")
    return time.monotonic() - began


@pytest.mark.parametrize("serve", [hang, drip])
def test_a_server_that_hangs_is_asked_once_and_then_left_alone(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "ANSWER_S", 0.4)
    with listening(serve) as url:
        server = opened(url)
        assert 0.3 < ask(server) < 2.0  # not twice
        assert ask(server) < 0.2


def test_twenty_that_ask_a_hung_server_hold_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_S", 3.0)
    with listening(hang) as url, ThreadPoolExecutor(20) as threads:
        server = opened(url)
        took = sorted(threads.map(lambda _: ask(server), range(20)))
    assert took[20 - AT_ONCE - 1] < WAIT_S + 0.8


def test_a_hurried_view_waits_its_second_and_no_more() -> None:
    with listening(hang) as url:
        server = opened(url)
        with answer_within(0.3):
            assert 0.2 < ask(server) < 1.5
            assert ask(server) < 0.2
