"""A small federation with two cooperatives, three rooms, probes that speak, and people of every role."""

from dataclasses import dataclass, field
from functools import partial

from fastapi import FastAPI

from alerts import contact_check
from api.app import create_app
from api.context import ApiSettings, ExportedFile, OutsideServices
from api.security import hash_password
from core.people.people import NewPerson, Person
from core.readings.journal_codec import Heartbeat, batch_body, encode
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import DAY_MS, MINUTE_MS
from ingest.rules.workbench import Workbench
from store.catalogue.produce import seed
from store.database import Databases
from store.decoding import rejected
from store.devices import devices
from store.history.sqlite import SqliteHistory
from store.journal import journal, latest, series
from store.people.federation import add_cooperative, add_federation, add_site, add_village
from store.people.people import add_person, issue_token
from store.rooms.places import add_room, place
from tests.support.routes import share_routes
from tests.support.services import follow

NOW = 1_768_360_786_000  # 2026-01-14 03:19:46 UTC
PASSWORD = "potato-3-rooms"


@dataclass
class House:
    """The databases with what is in them; `say` lets a probe speak as the listener would keep it."""

    dbs: Databases
    history: SqliteHistory
    now: int = NOW
    people: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)
    cooperatives: dict[str, int] = field(default_factory=dict)
    exported: list[tuple[str, dict[str, object], str, Person]] = field(default_factory=list)

    def say(
        self,
        device: str,
        metric: str,
        value: float,
        position: str = "",
        at: int | None = None,
        flags: int = 0,
    ) -> None:
        self.say_all([(device, metric, value, position, self.now if at is None else at)], flags)

    def say_all(self, values: list[tuple[str, str, float, str, int]], flags: int = 0) -> None:
        """(device, metric, value, position, at)"""
        with self.dbs.journal.write() as tx:
            readings = [
                Reading(series.get_or_make(tx, device, metric, position, at), at, value, flags)
                for device, metric, value, position, at in values
            ]
            for device, *_, at in values:
                devices.record_last_seen(tx, at, {device: "coldshed"})
            latest.put(tx, self.now, readings)
            seq = journal.append(tx, self.now, journal.READINGS, batch_body(readings, []))
        self.history.write(readings, seq, self.now)

    def beat(self, connected: bool = True, *, followed: bool = True) -> None:
        """A heartbeat of the listener, which the engine and the recorder follow at once."""
        with self.dbs.journal.write() as tx:
            journal.append(tx, self.now, journal.HEARTBEAT, encode(Heartbeat(connected)))
        if followed:
            follow(self.dbs, self.now)

    def head(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    def export(self, kind: str, facts: dict[str, object], form: str, who: Person) -> ExportedFile:
        self.exported.append((kind, facts, form, who))
        return ExportedFile("库房,度\n".encode(), "text/csv; charset=utf-8", f"3号库.{form}")


def build(dbs: Databases) -> House:
    house = House(dbs, SqliteHistory(dbs.history))
    began = NOW - 30 * DAY_MS
    password_hash = hash_password(PASSWORD)
    with dbs.records.write() as tx:
        add_federation(tx, began, "万宝山联合社", "万宝山联合社", demo=True)
        seed(tx, began)
        village = add_village(tx, began, "古池村")
        for name in ("alice", "bob"):
            house.cooperatives[name] = add_cooperative(tx, began, f"{name}合作社", village)
        site = add_site(tx, began, "古池库区", village)
        for name, kind in (("3号库", "cold_room"), ("6号库", "cold_room"), ("1号棚", "mushroom_shed")):
            house.rooms[name] = add_room(
                tx, began, NewRoom(site=site, name=name, kind=kind, sort=len(house.rooms))
            )
        for name, role, cooperative in (
            ("admin", "admin", None),
            ("manager", "manager", None),
            ("keeper", "keeper", None),
            ("technician", "technician", None),
            ("viewer", "viewer", None),
            ("alice", "clerk", house.cooperatives["alice"]),
            ("bob", "clerk", house.cooperatives["bob"]),
        ):
            ident = add_person(
                tx,
                began,
                NewPerson(
                    name=name,
                    role=role,
                    phone=f"1380000{len(house.people):04d}",
                    cooperative=cooperative,
                    username=name,
                    password_hash=password_hash,
                ),
            )
            house.people[name] = ident
            house.tokens[name] = issue_token(tx, ident, "api", NOW, DAY_MS)
        for position, spot in (("door", "door"), ("back", "back"), ("pile", "pile")):
            place(
                tx,
                began,
                NewPlacement(device="coldroom-3", position=position, room=house.rooms["3号库"], spot=spot),
            )
        place(
            tx,
            began,
            NewPlacement(device="coldroom-6", position="", room=house.rooms["6号库"], spot="middle"),
        )
    spoken = []
    for ago in range(20, -1, -5):
        at = NOW - ago * MINUTE_MS
        spoken.append(("coldroom-3", "temperature", 4.0 + ago / 10, "door", at))
        spoken.append(("coldroom-3", "temperature", 4.5, "back", at))
    spoken.append(("coldroom-3", "humidity", 91, "door", NOW))
    spoken.append(("coldroom-3", "battery", 87, "", NOW))
    spoken.append(("unplaced/probe", "temperature", 19.5, "", NOW))
    house.say_all(spoken)
    house.beat()
    with dbs.journal.write() as tx:
        rejected.add_rejected(tx, NOW, "coldshed/v1/x/readings", "not_json", "expected a value", b"hello")
        rejected.add_rejected(tx, NOW, "coldshed/v1/x/readings", "not_json", "expected a value", b"\xff\xfe")
    return house


def app_of(house: House) -> FastAPI:
    app = create_app(
        house.dbs,
        house.history,
        ApiSettings(version="test", metrics_token="for-the-collector"),
        now=lambda: house.now,
        services=OutsideServices(
            export=house.export, ring=partial(contact_check.queue_test_messages, "pretend"), bench=Workbench()
        ),
    )
    return share_routes(app, "api")
