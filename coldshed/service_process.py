"""Start and stop of a service: logging, signals, port, and end with the parent process."""

import ctypes
import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType

from core.errors import SettingsError

PR_SET_PDEATHSIG = 1  # prctl(2)
PARENT_POLL_S = 1.0
LAST_WORK_S = 15.0
"""How long a service may finish its work after its supervisor ended."""


def log_to_stderr(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s", force=True
    )


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM or SIGINT sets. A second signal ends the process at once."""
    stop = threading.Event()
    is_first = True

    def on_signal(number: int, _frame: FrameType | None) -> None:
        nonlocal is_first
        if not is_first:
            os._exit(128 + number)
        is_first = False
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


def watch_parent(parent: int, stop: threading.Event) -> None:
    """Sets `stop` when the process `parent` has ended, and ends this process if its work does not end
    soon. Beside the kernel's signal, because a main thread that is stuck handles none."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_S)
        stop.set()
        time.sleep(LAST_WORK_S)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


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
