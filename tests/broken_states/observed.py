"""A house whose devices speak minute by minute, and what its page, `/healthz` and phones say of it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.engine import Engine
from alerts.inbound import Inbox
from alerts.outbox import Outbox
from alerts.service_watch import ServiceWatch
from api.context import ApiContext
from api.routes.health import health
from core.people.people import NewPerson, Role
from core.readings.journal_codec import Heartbeat, encode
from core.times import HOUR_MS, MINUTE_MS
from ingest.batch_pipeline import BatchPipeline
from ingest.clock_issue import ClockIssue
from ingest.decoders import Router
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import journal
from store.live import Hub
from store.overview.room_status import RoomNow
from store.people import people
from tests.alerts.village import T0, Desk, Phones, make
from tests.e2e.test_late_devices import STEP_MS, Machine, World
from tests.support.databases import new_databases
from web.base.clock_offset_text import texts_by_device
from web.base.localizer import Localizer
from web.overview.board_view import _silent_text
from web.overview.system_issue_view import system_issue_lines

ZH = Localizer("zh")
TECHNICIAN = "13800000009"
Speaks = Mapping[str, Mapping[str, float]]


def page_lines(dbs: Databases, now: int) -> list[str]:
    return [line.text for line in system_issue_lines(_context(dbs, now), ZH, now)]


def health_reason(dbs: Databases, now: int) -> str | None:
    return health(_context(dbs, now)).reason


def _context(dbs: Databases, now: int) -> ApiContext:
    return ApiContext(dbs, SqliteHistory(dbs.history), Hub(dbs, lambda: now), lambda: now)


def add_technician(dbs: Databases) -> None:
    with dbs.records.write() as tx:
        people.add_person(tx, T0, NewPerson(name="小李", role=Role.TECHNICIAN, phone=TECHNICIAN))


class ObservedHouse:
    """2号库 with the probe `a` at the door, people on duty and a technician, from 9 o'clock on."""

    def __init__(self, folder: Path, hour: int = 9) -> None:
        village = make(new_databases(folder))
        add_technician(village.dbs)
        with village.dbs.journal.read() as tx:
            pipeline = BatchPipeline(tx, Router().find, ZoneInfo("Asia/Shanghai"), b"marker")
        pipeline.queued = False
        machine, engine = Machine(), Engine(village.dbs)
        machine.right += hour * HOUR_MS
        self.dbs, self.phones = village.dbs, Phones()
        self.world = World(village, pipeline, engine, machine)
        outbox, inbox = Outbox(self.dbs, self.phones), Inbox(self.dbs, self.phones, engine.planner)
        self.desk = Desk(village, self.phones, engine, outbox, inbox)
        self._clock_issue = ClockIssue(self.dbs, lambda: self.now)
        self._watch = ServiceWatch(self.dbs, self.phones.name)

    @property
    def now(self) -> int:
        return self.world.now

    def minutes(self, count: int, speaks: Speaks, age: int | Callable[[int], int] = 0) -> None:
        """Each device reports its values once a minute, as old as `age` (ms)."""
        for minute in range(count):
            self._minute(speaks, age(minute) if callable(age) else age)

    def _minute(self, speaks: Speaks, age: int) -> None:
        machine, pipeline = self.world.machine, self.world.pipeline
        with self.dbs.journal.write() as tx:
            for device, values in speaks.items():
                body = json.dumps({"at": machine.right - age, **values}).encode()
                frame = (f"coldshed/v1/{device}/readings".encode(), body, 0, 0x30)
                pipeline.clock_lead = machine.stamper.survey.lead
                batch = pipeline.process(tx, [frame], machine.stamper.now(), self.now)
                batch.on_committed()
                machine.stamper.hear(batch.device_times)
            for _ in range(MINUTE_MS // STEP_MS):
                beat = Heartbeat(True, clock_lead=machine.stamper.look())
                journal.append(tx, machine.stamper.now(), journal.HEARTBEAT, encode(beat))
                machine.right += STEP_MS
        self._clock_issue.update(machine.stamper.survey.lead)
        while self.desk.engine.step(self.now):
            pass
        self._watch.step(self.now)
        self.desk.outbox.step(self.now)

    def seconds_until(
        self, holds: Callable[[], bool], at_most_s: float, speaks: Speaks, age: int | Callable[[int], int] = 0
    ) -> float:
        """How long it takes until something is said; at most a minute more than `at_most_s`."""
        for minute in range(int(at_most_s // 60) + 2):
            if holds():
                return minute * 60.0
            self._minute(speaks, age(minute) if callable(age) else age)
        raise AssertionError(f"not said within {at_most_s:.0f} s: {self.page()} {self.texts()}")

    def room(self) -> RoomNow:
        return self.world.room()

    def tile(self) -> str:
        """The room's state in words, and how many of its probes are silent."""
        return f"{ZH.state(self.room().state)} {_silent_text(self.room(), ZH)}"

    def page(self) -> str:
        """All that the page says about this house: tiles, system issues, devices."""
        with self.dbs.journal.read() as tx:
            devices = texts_by_device(tx, ZH)
        return "\n".join([self.tile(), *page_lines(self.dbs, self.now), *devices.values()])

    def reason(self) -> str | None:
        return health_reason(self.dbs, self.now)

    def texts(self) -> str:
        return "\n".join(text for _, text in self.phones.got)
