"""Devices that are late, from their messages to the alert, the text and the board."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from alerts.engine import Engine
from core.alerts.alerts import Alert
from core.overview.status import RoomState
from core.readings.journal_codec import Heartbeat, decode_batch, encode
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from ingest.batch_pipeline import BatchPipeline
from ingest.decoders import Router
from ingest.stamper import Stamper
from store.alerts.alerts import alerts
from store.journal import journal
from store.overview.room_status import RoomNow, room_now
from tests.alerts.village import T0, Village, follow, make
from tests.support.databases import new_databases

START = T0 + DAY_MS
"""The room is a day old."""
STEP_MS = 15_000
TIMED, UNTIMED = "coldshed/v1/a/readings", "zigbee2mqtt/a"


class Machine:
    """The listener's machine: `right` is the time (ms), `off` how wrong its clock is."""

    def __init__(self) -> None:
        self.right, self.off = START, 0
        self.stamper = Stamper(lambda: self.right + self.off, lambda: self.right, lambda: False)


@dataclass
class World:
    """One room with the probe `a`. Time passes in steps of 15 s, in which the listener's heartbeat and the
    given messages arrive; the engine follows once a minute."""

    village: Village
    pipeline: BatchPipeline
    engine: Engine
    machine: Machine

    @property
    def now(self) -> int:
        """What the machine's clock shows."""
        return self.machine.right + self.machine.off

    def upload(self, *readings: tuple[int, float], topic: str = TIMED) -> None:
        """One message with readings of (age in ms, °C)."""
        with self.village.dbs.journal.write() as tx:
            self._take(tx, readings, topic)

    def _take(self, tx: Connection, readings: Sequence[tuple[int, float]], topic: str) -> None:
        right, stamper = self.machine.right, self.machine.stamper
        body: object = [{"at": right - age, "temperature": value} for age, value in readings]
        if topic == UNTIMED:  # one value without a time
            [(_, value)] = readings
            body = {"temperature": value}
        now = stamper.now()
        self.pipeline.clock_lead = stamper.survey.lead
        frame = (topic.encode(), json.dumps(body).encode(), 0, 0x30)
        batch = self.pipeline.process(tx, [frame], now, self.now)
        batch.on_committed()
        stamper.hear(batch.device_times)

    def pass_by(self, ms: int, age: int | None = None, value: float = 4.0, topic: str = TIMED) -> None:
        """Time passes. With an `age`, a reading that old arrives at every step."""
        end, stamper = self.machine.right + ms, self.machine.stamper
        while self.machine.right < end:
            with self.village.dbs.journal.write() as tx:
                for _ in range(min(MINUTE_MS, end - self.machine.right) // STEP_MS):
                    if age is not None:
                        self._take(tx, [(age, value)], topic)
                    beat = Heartbeat(True, clock_lead=stamper.look())
                    journal.append(tx, stamper.now(), journal.HEARTBEAT, encode(beat))
                    self.machine.right += STEP_MS
            follow(self.engine, self.now)

    def alerts(self) -> list[Alert]:
        with self.village.dbs.records.read() as tx:
            return alerts(tx)

    def conditions(self) -> list[str]:
        return [alert.condition for alert in self.alerts()]

    def room(self) -> RoomNow:
        room = room_now(self.village.dbs, self.village.room, self.now)
        assert room is not None
        return room


@pytest.fixture
def world(tmp_path: Path) -> World:
    village = make(new_databases(tmp_path))
    with village.dbs.journal.read() as tx:
        pipeline = BatchPipeline(tx, Router().find, ZoneInfo("Asia/Shanghai"), b"marker")
    pipeline.queued = False
    return World(village, pipeline, Engine(village.dbs), Machine())


def test_a_clock_eleven_minutes_slow_does_not_hide_a_room_at_twenty_degrees(world: World) -> None:
    world.pass_by(25 * MINUTE_MS, age=11 * MINUTE_MS, value=20.0)
    [alert] = world.alerts()
    assert (alert.condition, alert.severity) == ("high", "critical")
    room = world.room()
    assert (room.state, room.value) == (RoomState.DANGER, 20.0)
    assert room.at is not None
    assert 11 * MINUTE_MS <= world.now - room.at <= 12 * MINUTE_MS, "the page says how old it is"


def test_until_a_late_device_is_understood_its_room_is_not_called_well(world: World) -> None:
    for minute in range(12):  # each age another: nobody can tell what it means
        world.pass_by(MINUTE_MS, age=(11 + 7 * (minute % 4)) * MINUTE_MS)
        assert world.room().state == RoomState.NO_DATA
    assert world.conditions() == ["silent"]


def test_a_late_device_that_is_well_is_called_well_and_its_silence_is_told(world: World) -> None:
    world.pass_by(30 * MINUTE_MS, age=25 * MINUTE_MS)
    assert world.room().state == RoomState.OK
    assert world.alerts() == []
    world.pass_by(11 * MINUTE_MS)
    assert world.conditions() == ["silent"]
    assert world.room().state == RoomState.NO_DATA


def half_hours(world: World, count: int, value: float, last_age: int, *, apart: bool = False) -> None:
    """Uploads of half an hour of readings each; `apart`: each reading is a message of its own."""
    for _ in range(count):
        ages = range(last_age + 25 * MINUTE_MS, last_age - 1, -5 * MINUTE_MS)
        readings = [(age, value) for age in ages]
        for piece in [[reading] for reading in readings] if apart else [readings]:
            world.upload(*piece)
        world.pass_by(30 * MINUTE_MS)


@pytest.mark.parametrize(("last_age", "apart"), [(0, False), (12 * MINUTE_MS, False), (12 * MINUTE_MS, True)])
def test_the_newest_reading_of_each_upload_every_half_hour_is_judged(
    world: World, last_age: int, apart: bool
) -> None:
    half_hours(world, 5, 4.0, last_age, apart=apart)
    assert world.alerts() == []
    assert world.room().state == RoomState.OK
    half_hours(world, 4, 20.0, last_age, apart=apart)
    assert world.conditions() == ["high"]
    assert world.room().state == RoomState.DANGER


@pytest.mark.parametrize("at_once", [True, False])
def test_a_backlog_after_a_gap_raises_no_alert_for_what_is_long_past(world: World, at_once: bool) -> None:
    world.pass_by(20 * MINUTE_MS, age=0)
    world.pass_by(2 * HOUR_MS)
    assert world.conditions() == ["silent"]
    if at_once:
        world.upload(*[(age, 20.0) for age in range(2 * HOUR_MS, MINUTE_MS, -MINUTE_MS)], (0, 4.0))
    else:  # four readings every 15 s, one for each minute that passed
        age = 2 * HOUR_MS
        while age > 0:
            for _ in range(4):
                age -= MINUTE_MS
                world.upload((max(0, age), 20.0 if age > 12 * MINUTE_MS else 4.0))
            world.pass_by(STEP_MS)
            age += STEP_MS
    world.pass_by(20 * MINUTE_MS, age=0)
    assert world.conditions() == ["silent"]
    assert world.room().state == RoomState.OK


def test_a_backlog_that_stops_halfway_is_not_the_present(world: World) -> None:
    world.pass_by(20 * MINUTE_MS, age=0)
    world.pass_by(2 * HOUR_MS)
    world.upload(*[(age, 20.0) for age in range(2 * HOUR_MS, HOUR_MS, -MINUTE_MS)])
    world.pass_by(30 * MINUTE_MS)
    assert world.conditions() == ["silent"]
    assert world.room().state == RoomState.NO_DATA


@pytest.mark.parametrize("topic", [TIMED, UNTIMED])
@pytest.mark.parametrize("off", [DAY_MS, HOUR_MS, -HOUR_MS])
def test_a_room_is_judged_while_the_machines_clock_is_wrong_and_after_it_was_set_right(
    world: World, off: int, topic: str
) -> None:
    world.pass_by(5 * MINUTE_MS, age=0, topic=topic)
    world.machine.off = off
    world.pass_by(5 * MINUTE_MS, age=0, topic=topic)
    assert world.room().state == RoomState.OK
    world.pass_by(11 * MINUTE_MS, age=0, value=20.0, topic=topic)
    assert world.conditions() == ["high"], "ten minutes are ten minutes"
    assert world.room().state == RoomState.DANGER
    world.pass_by(45 * MINUTE_MS, age=0, topic=topic)
    assert [alert.status for alert in world.alerts()] == ["resolved"]
    world.machine.off = 0
    world.pass_by(MINUTE_MS, age=0, topic=topic)
    room = world.room()
    assert (room.state, room.value) == (RoomState.OK, 4.0)
    world.pass_by(11 * MINUTE_MS, age=0, value=20.0, topic=topic)
    assert world.conditions() == ["high", "high"]
    assert world.room().state == RoomState.DANGER


def test_a_probe_that_died_while_the_clock_was_ahead_is_not_current_for_a_day(world: World) -> None:
    world.pass_by(5 * MINUTE_MS, age=0)
    world.machine.off = DAY_MS
    world.pass_by(5 * MINUTE_MS, age=0)
    world.upload((0, 4.0), topic=UNTIMED)
    world.machine.off = 0
    world.pass_by(4 * HOUR_MS)
    assert world.room().state == RoomState.NO_DATA
    assert "silent" in world.conditions()


def test_own_times_stay_while_the_clock_is_ahead(world: World) -> None:
    world.pass_by(5 * MINUTE_MS, age=0)
    world.machine.off = DAY_MS
    world.pass_by(5 * MINUTE_MS, age=0)
    with world.village.dbs.journal.read() as tx:
        rows = [row for row in journal.read_after(tx, 0) if row.kind == journal.READINGS]
    readings = [reading for row in rows for reading in decode_batch(row.body).readings]
    assert [(reading.at, reading.flags) for reading in readings] == [
        (START + number * STEP_MS, 0) for number in range(40)
    ]
