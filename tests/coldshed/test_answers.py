"""Whether a server answers: one that is stopped still accepts connections."""

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from coldshed.answers import broker_answers, is_listening, page_answers
from tests.support.machines import Broker, free_port

WAIT_S = 0.5


@pytest.fixture
def silent() -> int:
    """A port that accepts and says nothing."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: [server.accept() for _ in range(9)], daemon=True).start()
    port: int = server.getsockname()[1]
    return port


def test_a_broker_that_is_stopped_accepts_and_does_not_answer(tmp_path: Path) -> None:
    broker = Broker(tmp_path).start()
    try:
        assert broker_answers("127.0.0.1", broker.port)
        os.kill(broker.pid, signal.SIGSTOP)
        assert is_listening("127.0.0.1", broker.port)
        assert not broker_answers("127.0.0.1", broker.port, WAIT_S)
        os.kill(broker.pid, signal.SIGCONT)
        assert broker_answers("0.0.0.0", broker.port)
    finally:
        broker.kill()
    assert not broker_answers("127.0.0.1", broker.port, WAIT_S)


@pytest.mark.parametrize("answer", [bytes.fromhex("20020005"), b""], ids=["login refused", "closed"])
def test_a_refusal_is_an_answer_too(answer: bytes) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(100)
            connection.sendall(answer)

    threading.Thread(target=refuse, daemon=True).start()
    with server:
        assert broker_answers("127.0.0.1", server.getsockname()[1])


def test_only_http_is_an_answer_of_the_page(silent: int) -> None:
    assert not page_answers("127.0.0.1", silent, WAIT_S)
    assert not page_answers("127.0.0.1", free_port(), WAIT_S)
