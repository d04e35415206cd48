"""Runs all services, restarts those that end or hang, and stops them in order.

This process must never fail, so it imports nothing heavy and opens no database. `coldshed prepare`, a child
process that ends before the services start, does the rest.
"""

import json
import os
import select
import selectors
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import FrameType

from coldshed.answers import ANSWER_S, broker_answers, is_listening, page_answers
from coldshed.child_process import PATIENCE_S, ServiceProcess, print_line
from coldshed.hang_watch import AnswerWatch, HangWatch, Stall, trusted_reports
from coldshed.queue_saver import QueueSaver
from coldshed.systemd import ServiceManager
from core.overview.service_health import SUPERVISOR
from core.overview.service_progress import ServiceRestart, ServiceTrouble
from store.overview.progress_files import ProgressFile, pid_of, read_progress, report_every_s

TICK_S = 0.5
LOOK_S = 2.0
ASK_S = 15.0
BROKER_S = 5.0
BACKUP_LOOK_S = 3600.0
"""How often a process looks whether the day's backup is due."""
HEAP = {
    "MALLOC_ARENA_MAX": "2",  # otherwise each thread has its own heap
    "MALLOC_MMAP_THRESHOLD_": "1048576",  # otherwise the 19 MB of a login would never be returned
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}
"""Settings of glibc's malloc (mallopt(3)); they save 15 MB in the web process."""
ENDING = ("backups", "simulate", "backfill", "ingest", "record", "alerts", "web", "broker")


class Supervisor:
    """Starts, restarts and stops the services."""

    def __init__(self, plan: dict[str, object], manager: ServiceManager) -> None:
        names = [str(name) for name in _list(plan["services"])]
        self._width = max(len(name) for name in ENDING)
        self._services = [ServiceProcess(name, self._width) for name in names]
        if plan.get("backups"):
            self._services.append(ServiceProcess("backups", self._width, once=True, again_s=BACKUP_LOOK_S))
        self._demo_wanted = str(plan["demo_wanted"])
        self._address = (str(plan["http_host"]), int(str(plan["http_port"])))
        self._page = str(plan["page"])
        broker = plan["broker"]
        self._broker = None if broker is None else (str(_list(broker)[0]), int(str(_list(broker)[1])))
        self._broker_until = time.monotonic() + BROKER_S
        self._selector = selectors.DefaultSelector()
        self._manager = manager
        self._stopping = False
        self._announced = False
        hung_after_s = float(str(plan["hung_after_s"]))
        data_dir = Path(str(plan["data_dir"]))
        self._progress = ProgressFile(data_dir, SUPERVISOR, every_s=report_every_s(hung_after_s))
        self._loop = self._progress.part("loop")
        timeout_s = min(ANSWER_S, hung_after_s / 2)
        questions = {"web": partial(page_answers, *self._address, timeout_s)}
        if self._broker is not None:
            questions["broker"] = partial(broker_answers, *self._broker, timeout_s)
        self._answers = AnswerWatch(questions, min(ASK_S, hung_after_s / 4))
        read = partial(trusted_reports, data_dir, lambda: self._progress.is_written)
        self._watch = HangWatch(read, self._answers, hung_after_s)
        self._queue_saver = QueueSaver(time.monotonic())
        self._data_dir = data_dir
        self._look_at = 0.0

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._answers.start()
        self._manager.ready()
        while not self._stopping:
            now = time.monotonic()
            for service in self._services:
                service.check_ended(now)
                if self._waits_for_broker(service, now):
                    continue
                if service.process is None and now >= service.start_at and not self._stopping:
                    service.start(self._selector)
            if not self._announced and "web" in self._answers.answered_at:
                self._announced = True
                print_line(self._page)
            if self._announced and os.path.exists(self._demo_wanted):
                os.unlink(self._demo_wanted)
                self._start_demo()
            if now >= self._look_at:
                self._look_at = now + LOOK_S
                self._end_stalled(now)
                self._save_queues(now)
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

    def _end_stalled(self, now: float) -> None:
        """Ends services that hang or work in vain; they are started again like those that end by
        themselves."""
        services = {service.name: service for service in self._services}
        for stall in self._watch.stalls(self._services, now):
            why = f"{stall.why} for {stall.quiet_s:.0f} s"
            if stall.trouble == ServiceTrouble.HUNG:
                services[stall.service].end_hung(why)
            else:
                services[stall.service].end_failing(why, now)
            self._progress.add_restart(_restart(stall))

    def _save_queues(self, now: float) -> None:
        """Asks Mosquitto to save what waits while the listener is away. amqtt ignores the signal."""
        services = {service.name: service for service in self._services}
        broker, ingest = services.get("broker"), services.get("ingest")
        if broker is None or broker.process is None:
            return
        if self._answers.answered_at.get("broker", 0.0) < broker.started_at:
            return  # it may not handle the signal yet
        report = read_progress(self._data_dir).get("ingest")
        is_its_own = report is not None and ingest is not None and pid_of(report) == ingest.pid
        listener = report.parts.get("listener") if report is not None and is_its_own else None
        if self._queue_saver.is_due(listener, now):
            broker.process.send_signal(signal.SIGUSR1)

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
        self._loop.worked()
        self._manager.alive()
        for key, _ in self._selector.select(timeout):
            key.data.read(self._selector, key.fileobj)

    def _end(self) -> None:
        """Stops producers of data first and the broker last; each service may finish its work."""
        self._manager.stopping()
        self._progress.close()
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


def _restart(stall: Stall) -> ServiceRestart:
    return ServiceRestart(stall.service, stall.trouble, int(stall.quiet_s), time.time_ns() // 1_000_000)


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def prepare(arguments: list[str], manager: ServiceManager) -> dict[str, object] | int:
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
    with open(reader, "rb") as pipe:
        while not select.select([pipe], [], [], LOOK_S)[0]:
            manager.starting()
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
    manager = ServiceManager()
    try:
        plan = prepare(arguments, manager)
    except KeyboardInterrupt:
        return 130
    if isinstance(plan, int):
        return plan
    Supervisor(plan, manager).run()
    return 0
