"""One service's process: its start, output, end and restarts. Imports nothing heavy, for `coldshed up`."""

import os
import selectors
import signal
import subprocess
import sys
import time
from typing import IO

DELAYS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_S = 60.0
PATIENCE_S = 15.0
"""How long a service may take to end before it is killed."""
LINE_BYTES = 8192


class ServiceProcess:
    """One service's process and its restarts. `once`: it is not started again when it ends; with
    `again_s` after so many seconds."""

    def __init__(self, name: str, width: int, *, once: bool = False, again_s: float = float("inf")) -> None:
        self.name = name
        self.once = once
        self._again_s = again_s
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = 0.0
        self.started_at = 0.0
        self._label = f"{name:<{width}} | "
        self._kill_at = float("inf")
        self._failures = 0
        self._rest = b""

    @property
    def pid(self) -> int | None:
        return None if self.process is None else self.process.pid

    def start(self, selector: selectors.BaseSelector) -> None:
        command = [sys.executable, "-m", "coldshed", self.name, "--under", str(os.getpid())]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C must reach only this process, which stops the services in order
        )
        self.started_at = time.monotonic()
        self._kill_at = float("inf")
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        selector.register(self.process.stdout, selectors.EVENT_READ, self)

    def read(self, selector: selectors.BaseSelector, pipe: IO[bytes]) -> None:
        """Prints whole lines with the service's name in front. The pipe may stay open after the service
        ended, because its own child processes hold it."""
        data = pipe.read(LINE_BYTES)
        if data is None:
            return
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if self._rest and (not data or len(self._rest) > LINE_BYTES):
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            print_line(self._label + line.decode(errors="replace"))
        if not data:
            selector.unregister(pipe)
            pipe.close()

    def check_ended(self, now: float) -> None:
        """Detects that the service ended and schedules its restart."""
        if self.process is None:
            return
        if (code := self.process.poll()) is None:
            if now > self._kill_at:
                self.process.kill()
            return
        self.process = None
        if self.once:
            self.start_at = now + self._again_s
            return
        if now - self.started_at > STEADY_S:
            self._failures = 0
        delay = DELAYS_S[min(self._failures, len(DELAYS_S) - 1)]
        if self._failures < len(DELAYS_S):
            how = signal.Signals(-code).name if code < 0 else f"code {code}"
            print_line(f"{self._label}ended ({how}); starting it again in {delay:g} s")
        self._failures += 1
        self.start_at = now + delay

    def end_hung(self, why: str) -> None:
        """Kills a process that makes no progress; `check_ended` starts it again."""
        assert self.process is not None
        print_line(f"{self._label}{why}; killing it")
        self.process.kill()

    def end_failing(self, why: str, now: float) -> None:
        """Ends a process that works in vain, in order; kills it if it does not end."""
        assert self.process is not None
        print_line(f"{self._label}{why}; starting it again")
        self.process.terminate()
        self._kill_at = now + PATIENCE_S


def print_line(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:  # stdout is closed; keep the services running
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
