"""Start and stop of a service: logging, signals, port, and end with the parent process."""

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType

from core.errors import SettingsError

PR_SET_PDEATHSIG = 1  # prctl(2)


def log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s", force=True
    )


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM or SIGINT sets. A second signal ends the process at once."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


def restore_signal_handlers() -> None:
    """Restores the default signal handlers before exec, so that a signal in between ends the process and
    is not lost."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def end_with_parent(parent: int) -> None:
    """Asks the kernel to send SIGTERM when the process `parent` ends (kept over exec; Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)


def claim_port(host: str, port: int, setting: str) -> None:
    """Checks that the port is free. Raises SettingsError if it is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            from coldshed.messages import translated

            text = translated(
                "%(host)s 的 %(port)s 端口用不了（%(error)s）。请关掉占着它的程序，或用 %(setting)s 换端口。",
                host=host,
                port=port,
                error=error.strerror or error,
                setting=setting,
            )
            raise SettingsError(text) from error
