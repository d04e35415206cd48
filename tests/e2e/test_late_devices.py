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
from core.readings.journal_codec import Heartbeat, encode
from core.times import HOUR_MS, MINUTE_MS
from ingest.batch_pipeline import BatchPipeline
from ingest.decoders import Router
from store.alerts.alerts import alerts
from store.journal import journal
from store.overview.room_status import RoomNow, room_now
from tests.alerts.village import Village, follow, make
from tests.support.databases import new_databases

STEP_MS = 15_000


@dataclass
class World:
    """One room with the probe `a`. Time passes in steps of 15 s, in which the listener's heartbeat and the
    given messages arrive; the engine follows once a minute."""

    village: Village
    pipeline: BatchPipeline
    engine: Engine

    @property
    def now(self) -> int:
        return self.village.clock

    def upload(self, *readings: tuple[int, float]) -> None:
        """One message with readings of (age in ms, °C)."""
        with self.village.dbs.journal.write() as tx:
            self._take(tx, readings)

    def _take(self, tx: Connection, readings: Sequence[tuple[int, float]]) -> None:
        body = [{"at": self.now - age, "temperature": value} for age, value in readings]
        payload = json.dumps(body if len(body) > 1 else body[0]).encode()
        batch = self.pipeline.process(tx, [(b"coldshed/v1/a/readings", payload, 0, 0x30)], self.now)
        batch.on_committed()

    def pass_by(self, ms: int, age: int | None = None, value: float = 4.0) -> None:
        """Time passes. With an `age`, a reading that old arrives at every step."""
        end = self.now + ms
        while self.now < end:
            with self.village.dbs.journal.write() as tx:
                for _ in range(min(MINUTE_MS, end - self.now) // STEP_MS):
                    if age is not None:
                        self._take(tx, [(age, value)])
                    journal.append(tx, self.now, journal.HEARTBEAT, encode(Heartbeat(True)))
                    self.village.clock += STEP_MS
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
    return World(village, pipeline, Engine(village.dbs))


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
