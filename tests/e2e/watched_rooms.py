"""Rooms with short delays whose probes report all the time, and the phones that get the texts about them."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from core.people.people import NewPerson
from core.rooms.limits import Limit
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS
from simulators.phones.messages import FILE
from store.catalogue.produce import seed
from store.clock import now_ms
from store.database import Databases
from store.notifications import roster
from store.people import federation, people
from store.rooms import limits, places
from tests.support.flood import flood
from tests.support.limits import COLD_ROOM

PERIOD_S = 1.0
LOOK_S = 0.1
GOOD, BAD = 5.0, 15.0
"""Less apart than what a probe counts as a jump that cannot be."""
PHONES = ("13800000001", "13800000002", "13800000003")
"""The first and the second on duty, and the manager."""


class Probe(NamedTuple):
    """`timed`: its messages say when they were measured."""

    device: str
    room: int
    timed: bool


def make_rooms(dbs: Databases, count: int, delay_s: int, prefix: str = "room") -> list[Probe]:
    """A federation with somebody on duty and `add_rooms`."""
    now = now_ms()
    with dbs.records.write() as tx:
        seed(tx, now)
        federation.add_federation(tx, now, "万宝山联村经济发展联合社", "万宝山联合社")
        site = federation.add_site(tx, now, "古池库区")
        duty = [("任师傅", "keeper"), ("李师傅", "keeper"), ("王主任", "manager")]
        ids = [
            people.add_person(tx, now, NewPerson(name=name, role=role, phone=phone))
            for (name, role), phone in zip(duty, PHONES, strict=True)
        ]
        for person in ids[:2]:
            roster.add_duty(tx, now, site, person, now - 2 * DAY_MS, now + 5 * DAY_MS)
    return add_rooms(dbs, site, count, delay_s, prefix)


def add_rooms(dbs: Databases, site: int, count: int, delay_s: int, prefix: str = "room") -> list[Probe]:
    """Rooms of one probe, every second one with a clock. Outside its hard bound for `delay_s` a room is
    critical."""
    now = now_ms()
    probes = []
    with dbs.records.write() as tx:
        for number in range(1, count + 1):
            new = NewRoom(site=site, name=f"演习{number}号库", kind="cold_room", limits_from="hand")
            room = places.add_room(tx, now, new)
            limits.set_by_hand(tx, now, room, [_limit(room, delay_s)], None, "drill")
            probe = Probe(f"{prefix}-{number:02d}", room, number % 2 == 1)
            places.place(tx, now, NewPlacement(device=probe.device, position="", room=room, spot="door"))
            probes.append(probe)
    return probes


def _limit(room: int, delay_s: int) -> Limit:
    return replace(COLD_ROOM, room=room, hard_delay_s=delay_s)


class RoomLoad:
    """Publishes a reading of every probe each `PERIOD_S`, in a thread. Times are those of the monotonic
    clock."""

    def __init__(self, port: int, probes: Sequence[Probe]) -> None:
        self._port, self._probes = port, probes
        self.bad_since: dict[int, float] = {}
        """Room -> when the broker took its first reading outside."""
        self._spoiled: set[int] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "RoomLoad":
        self._thread.start()
        return self

    def spoil(self, room: int) -> None:
        """From now on the room is outside."""
        self._spoiled.add(room)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.is_set():
            spoiled = set(self._spoiled)
            try:
                taken = list(flood(self._port, [self._message(p, p.room in spoiled) for p in self._probes]))
            except OSError:  # the broker is away
                taken = []
            now = time.monotonic()
            for index in taken:
                if (room := self._probes[index].room) in spoiled:
                    self.bad_since.setdefault(room, now)
            self._stop.wait(PERIOD_S)

    def _message(self, probe: Probe, is_bad: bool) -> tuple[str, bytes]:
        body: dict[str, float] = {"temperature": BAD if is_bad else GOOD}
        if probe.timed:
            body["at"] = time.time_ns() // 1_000_000
        return f"coldshed/v1/{probe.device}/readings", json.dumps(body).encode()


class Text(NamedTuple):
    """A text on a phone, and when it was first seen there (s, monotonic)."""

    phone: str
    text: str
    dedup_key: str
    seen_at: float


class PhoneWatch:
    """Sees the texts arrive on the pretend phones of a data folder, in a thread."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / FILE
        self.texts: dict[int, Text] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "PhoneWatch":
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        if not self._file.exists():
            return
        query = "SELECT id, phone, text, dedup_key FROM messages WHERE outward = 1 AND id > ?"
        try:
            with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=5)) as database:
                rows = database.execute(query, (max(self.texts, default=0),)).fetchall()
        except sqlite3.Error:
            return
        now = time.monotonic()
        for ident, phone, text, key in rows:
            self.texts[ident] = Text(phone, text, key, now)

    def requests(self) -> set[tuple[str, str]]:
        """(alert, phone) of the texts that asked somebody to go."""
        keys = [(text.dedup_key.split(":"), text.phone) for text in list(self.texts.values())]
        return {(key[1], phone) for key, phone in keys if key[0] == "alert" and key[2] in ("first", "next")}

    def first_about(self, alert: int) -> Text | None:
        return next((t for t in list(self.texts.values()) if t.dedup_key.startswith(f"alert:{alert}:")), None)


class KeptAlert(NamedTuple):
    """An alert of the records: its room, condition, and whether it is open."""

    id: int
    room: int
    condition: str
    status: str


def alerts_of(dbs: Databases) -> list[KeptAlert]:
    with dbs.records.read() as tx:
        rows = tx.exec_driver_sql("SELECT id, room, condition, status FROM alerts ORDER BY id")
        return [KeptAlert(*row) for row in rows]


def until_text(dbs: Databases, phones: PhoneWatch, room: int, seconds: float, why: Callable[[], str]) -> Text:
    """Waits for the first text about an alert of the room. `why`: what a TimeoutError says."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for alert in alerts_of(dbs):
            if alert.room == room and (text := phones.first_about(alert.id)) is not None:
                return text
        time.sleep(LOOK_S)
    raise TimeoutError(why())
