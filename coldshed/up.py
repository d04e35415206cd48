"""Runs all services, restarts those that end, and stops them in order.

This process must never fail, so it imports nothing heavy and opens no database and no socket. `coldshed
prepare`, a child process that ends before the services start, does the rest.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import IO

DELAYS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_S = 60.0
PATIENCE_S = 15.0
TICK_S = 0.5
BROKER_S = 5.0
LINE_BYTES = 8192
HEAP = {
    "MALLOC_ARENA_MAX": "2",  # otherwise each thread has its own heap
    "MALLOC_MMAP_THRESHOLD_": "1048576",  # otherwise the 19 MB of a login would never be returned
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}
"""Settings of glibc's malloc (mallopt(3)); they save 15 MB in the web process."""
ENDING = ("simulate", "backfill", "ingest", "record", "alerts", "web", "broker")


class ServiceProcess:
    """One service's process and its restarts."""

    def __init__(self, name: str, width: int, *, once: bool = False) -> None:
        self.name = name
        self.once = once
        self.process: subprocess.Popen[bytes] | None = None
        self.start_at = 0.0
        self._label = f"{name:<{width}} | "
        self._started = 0.0
        self._failures = 0
        self._rest = b""

    def start(self, selector: selectors.BaseSelector) -> None:
        command = [sys.executable, "-m", "coldshed", self.name, "--under", str(os.getpid())]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C must reach only this process, which stops the services in order
        )
        self._started = time.monotonic()
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
        if self.process is None or (code := self.process.poll()) is None:
            return
        self.process = None
        if self.once:
            self.start_at = float("inf")
            return
        if now - self._started > STEADY_S:
            self._failures = 0
        delay = DELAYS_S[min(self._failures, len(DELAYS_S) - 1)]
        if self._failures < len(DELAYS_S):
            how = signal.Signals(-code).name if code < 0 else f"code {code}"
            print_line(f"{self._label}ended ({how}); starting it again in {delay:g} s")
        self._failures += 1
        self.start_at = now + delay


def print_line(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:  # stdout is closed; keep the services running
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


class Supervisor:
    """Starts, restarts and stops the services."""

    def __init__(self, plan: dict[str, object]) -> None:
        names = [str(name) for name in _list(plan["services"])]
        self._width = max(len(name) for name in ENDING)
        self._services = [ServiceProcess(name, self._width) for name in names]
        self._demo_wanted = str(plan["demo_wanted"])
        self._address = (str(plan["http_host"]), int(str(plan["http_port"])))
        self._page = str(plan["page"])
        broker = plan["broker"]
        self._broker = None if broker is None else (str(_list(broker)[0]), int(str(_list(broker)[1])))
        self._broker_until = time.monotonic() + BROKER_S
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._announced = False

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        while not self._stopping:
            now = time.monotonic()
            for service in self._services:
                service.check_ended(now)
                if self._waits_for_broker(service, now):
                    continue
                if service.process is None and now >= service.start_at and not self._stopping:
                    service.start(self._selector)
            if not self._announced and page_answers(*self._address):
                self._announced = True
                print_line(self._page)
            if self._announced and os.path.exists(self._demo_wanted):
                os.unlink(self._demo_wanted)
                self._start_demo()
            self._pass_lines(TICK_S if self._announced else 0.1)
        self._end()

    def _waits_for_broker(self, service: ServiceProcess, now: float) -> bool:
        """At the first start, services wait up to BROKER_S for the broker, so that they log no connection
        errors."""
        if self._broker is None or service.name == "broker":
            return False
        if is_listening(*self._broker) or now > self._broker_until:
            self._broker = None
        return self._broker is not None

    def _start_demo(self) -> None:
        """Called once the page is up, so that it does not wait for the demo's history."""
        names = {service.name for service in self._services}
        for name, once in (("backfill", True), ("simulate", False)):
            if name not in names:
                self._services.append(ServiceProcess(name, self._width, once=once))

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopping:
            for service in self._services:
                if service.process is not None:
                    service.process.kill()
        self._stopping = True

    def _pass_lines(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            key.data.read(self._selector, key.fileobj)

    def _end(self) -> None:
        """Stops producers of data first and the broker last; each service may finish its work."""
        for service in sorted(self._services, key=lambda service: ENDING.index(service.name)):
            process = service.process
            if process is None:
                continue
            process.terminate()
            deadline = time.monotonic() + PATIENCE_S
            while process.poll() is None:
                self._pass_lines(0.05)
                if time.monotonic() > deadline:
                    print_line(f"{service.name} did not end in {PATIENCE_S:g} s; killed")
                    process.kill()
                    process.wait()
        self._pass_lines(0)


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def is_listening(host: str, port: int) -> bool:
    """Whether the port accepts connections."""
    try:
        socket.create_connection((_loopback(host), port), timeout=1).close()
    except OSError:
        return False
    return True


def _loopback(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def page_answers(host: str, port: int) -> bool:
    """Whether the page answers, with any status."""
    try:
        with socket.create_connection((_loopback(host), port), timeout=1) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def prepare(arguments: list[str]) -> dict[str, object] | int:
    """Checks the settings and migrates the databases. Returns the plan, or an exit code on failure."""
    reader, writer = os.pipe()
    command = [
        sys.executable,
        "-m",
        "coldshed",
        "prepare",
        "--plan",
        str(writer),
        "--under",
        str(os.getpid()),
    ]
    child = subprocess.Popen(command + arguments, pass_fds=[writer])
    os.close(writer)
    with open(reader, encoding="utf-8") as pipe:
        text = pipe.read()
    code = child.wait()
    if code != 0:
        return code if code > 0 else 1
    plan = json.loads(text)
    assert isinstance(plan, dict)
    return plan


def main(arguments: list[str]) -> int:
    """Runs `coldshed up` and returns the exit code."""
    for name, value in HEAP.items():
        os.environ.setdefault(name, value)
    try:
        plan = prepare(arguments)
    except KeyboardInterrupt:
        return 130
    if isinstance(plan, int):
        return plan
    Supervisor(plan).run()
    return 0
