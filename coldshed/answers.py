"""Whether a local server answers: the page, the broker. Imports nothing heavy, for `coldshed up`."""

import socket

ANSWER_S = 5.0
CONNECT = bytes.fromhex("10 17 0004 4d515454 04 02 001e 000b") + b"coldshed-up"
"""MQTT 3.1.1: CONNECT, clean session, keep-alive 30 s, client id `coldshed-up`, no login."""


def is_listening(host: str, port: int) -> bool:
    """Whether the port accepts connections."""
    try:
        socket.create_connection((_loopback(host), port), timeout=1).close()
    except OSError:
        return False
    return True


def _loopback(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def page_answers(host: str, port: int, timeout_s: float = ANSWER_S) -> bool:
    """Whether the page answers, with any status."""
    request = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"
    return (_answer(host, port, request, timeout_s) or b"").startswith(b"HTTP/")


def broker_answers(host: str, port: int, timeout_s: float = ANSWER_S) -> bool:
    """Whether the broker answers a client that connects, also by a refusal or by closing the connection.
    Accepting it is no answer: the kernel does that for a broker that is stopped."""
    return _answer(host, port, CONNECT, timeout_s) is not None


def _answer(host: str, port: int, request: bytes, timeout_s: float) -> bytes | None:
    """The beginning of the answer, empty if the server closes the connection; None if there is no answer."""
    try:
        with socket.create_connection((_loopback(host), port), timeout_s) as connection:
            connection.sendall(request)
            return connection.recv(16)
    except ConnectionResetError:
        return b""
    except OSError:
        return None
