"""Tells systemd about this process (sd_notify(3)); does nothing without it. Imports nothing heavy."""

import os
import socket
import time
from contextlib import suppress

EVERY_S = 5.0
START_S = 60
"""How much longer the start may take after each message that it goes on."""


class ServiceManager:
    """Takes systemd's variables from the environment, so that the services do not inherit them."""

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        os.environ.pop("WATCHDOG_USEC", None)
        os.environ.pop("WATCHDOG_PID", None)
        self._due = 0.0

    def starting(self) -> None:
        """The start goes on: a migration may take long."""
        self._send(f"EXTEND_TIMEOUT_USEC={START_S * 1_000_000}")

    def ready(self) -> None:
        self._send("READY=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def alive(self) -> None:
        """The watchdog restarts this process if it does not say this for WatchdogSec. Call at any rate."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY_S
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if self._address:
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
                link.connect(self._address)
                link.sendall(text.encode())
