"""A winter night in a small federation, for tests of pages: one room freezes, one is silent, one is empty."""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

from alerts import contact_check
from alerts.notification_planner import NotificationPlanner
from api.app import create_app
from api.context import OutsideServices
from api.security import hash_password
from core.alerts.alerts import AlertKey
from core.people.people import NewPerson
from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom, RoomKind
from core.stock.new_entries import NewLot
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from ingest.rules.workbench import Workbench
from store.alerts.alert_events import note_event
from store.alerts.lifecycle import acknowledge, activate, resolve
from store.catalogue import produce
from store.database import Databases
from store.devices import devices
from store.history.sqlite import SqliteHistory
from store.journal import journal, latest, series
from store.live import Hub
from store.notifications import roster
from store.people import federation, people
from store.rooms import places
from store.stock import ledger
from tests.support.conditions import breach, with_worst_at
from tests.support.routes import share_routes
from web.app import install
from web.base.request_context import PageSettings

PASSWORD = "土豆要放好2026"
POTATO, SWEET, OYSTER = "potato_table", "sweetpotato", "mushroom_oyster"


@dataclass
class Scene:
    """Ids by name, and `say` to let a probe speak."""

    dbs: Databases
    history: SqliteHistory
    rooms: dict[str, int]
    people: dict[str, int]
    cooperatives: dict[str, int]

    def say(self, device: str, at: int, position: str = "", *, late: int = 0, **values: float) -> None:
        """One message, as the listener and the recorder would have kept it."""
        self.write([(device, position, metric, at, value) for metric, value in values.items()], at + late)

    def write(self, values: Iterable[tuple[str, str, str, int, float]], received_at: int) -> None:
        with self.dbs.journal.write() as tx:
            readings = [
                Reading(series.get_or_make(tx, device, metric, position, at), at, value)
                for device, position, metric, at, value in values
            ]
            seq = journal.append(tx, received_at, journal.READINGS, batch_body(readings, []))
            latest.put(tx, received_at, readings)
        self.history.write(readings, seq, received_at)


def seed(dbs: Databases, tonight: int, *, demo: bool = False, past_days: float = 1.2) -> Scene:
    now = tonight - 60 * DAY_MS  # when they began
    with dbs.records.write() as tx:
        federation.add_federation(tx, now, "万宝山联村经济发展联合社", "万宝山联合社", "jin", demo)
        produce.seed(tx, now)
        villages = [
            federation.add_village(tx, now, name, code)
            for name, code in (("交口村", "141182999201"), ("古池村", "141182999202"), ("任家庄村", ""))
        ]
        coops = {
            name: federation.add_cooperative(tx, now, name, village)
            for name, village in (
                ("交口种植合作社", villages[0]),
                ("古池蔬菜合作社", villages[1]),
                ("任家庄薯业合作社", villages[2]),
            )
        }
        who = {
            "admin": people.add_person(
                tx, now, NewPerson(name="周工", role="admin", username="admin", password_hash=_hash())
            ),
            "keeper": people.add_person(
                tx,
                now,
                NewPerson(
                    name="任师傅",
                    role="keeper",
                    phone="13800005678",
                    username="keeper",
                    password_hash=_hash(),
                ),
            ),
            "li": people.add_person(tx, now, NewPerson(name="李师傅", role="keeper", phone="13800005679")),
            "manager": people.add_person(
                tx, now, NewPerson(name="王主任", role="manager", phone="13800005670")
            ),
            "clerk": people.add_person(
                tx,
                now,
                NewPerson(
                    name="小张",
                    role="clerk",
                    username="clerk",
                    password_hash=_hash(),
                    cooperative=coops["古池蔬菜合作社"],
                ),
            ),
        }
        site = federation.add_site(tx, now, "古池库区", villages[1])
        for person in ("keeper", "li"):
            roster.add_duty(tx, now, site, who[person], tonight - DAY_MS, tonight + 6 * DAY_MS)
        rooms = {}
        for number in range(1, 7):
            rooms[f"{number}号库"] = places.add_room(
                tx,
                now,
                NewRoom(
                    site=site,
                    name=f"{number}号库",
                    kind=RoomKind.COLD_ROOM,
                    capacity_grams=50_000_000,
                    sort=number,
                ),
            )
        for number in range(1, 9):
            use = "oyster/fruiting" if number < 6 else "shiitake/fruiting"
            rooms[f"{number}号棚"] = places.add_room(
                tx,
                now,
                NewRoom(
                    site=site, name=f"{number}号棚", kind=RoomKind.MUSHROOM_SHED, use=use, sort=10 + number
                ),
            )
        for stored_in, kind, tonnes, coop, variety, bags in _GOODS:
            ledger.receive(
                tx,
                now,
                NewLot(
                    produce=kind,
                    cooperative=coops[coop],
                    room=rooms[stored_in],
                    grams=round(tonnes * 1e6),
                    by=who["manager"],
                    at=now,
                    variety=variety,
                    bags=bags,
                ),
            )
        places.declare_empty(tx, now, rooms["5号库"], who["keeper"])
        for name, room in rooms.items():
            for spot in _spots(name):
                places.place(
                    tx,
                    now,
                    NewPlacement(device=f"{name}-{spot}", position="", room=room, spot=spot, valid_from=now),
                )
        places.place(
            tx,
            now,
            NewPlacement(device="kuwai", position="", room=rooms["1号库"], spot="outside", valid_from=now),
        )
    scene = Scene(dbs, SqliteHistory(dbs.history), rooms, who, coops)
    _past(scene, tonight, past_days)
    _freezing(scene, tonight)
    return scene


def app(scene: Scene, clock: object, **settings: object) -> FastAPI:
    """The whole web application over a scene; `clock` gives ms."""
    now = clock if callable(clock) else lambda: clock
    hub = Hub(scene.dbs, now)  # type: ignore[arg-type]
    ring = partial(contact_check.queue_test_messages, "pretend")
    made = create_app(
        scene.dbs,
        scene.history,
        now=now,  # type: ignore[arg-type]
        hub=hub,
        services=OutsideServices(ring=ring, bench=Workbench()),
    )
    install(made, PageSettings(pass_on=NotificationPlanner("pretend").pass_on, **settings))  # type: ignore[arg-type]
    return share_routes(made, "pages")


_GOODS = (
    ("1号库", OYSTER, 2.0, "交口种植合作社", "黑平", 200),
    ("2号库", POTATO, 40.0, "任家庄薯业合作社", "晋薯16号", 1000),
    ("3号库", POTATO, 20.0, "古池蔬菜合作社", "冀张薯8号", 500),
    ("3号库", POTATO, 18.0, "交口种植合作社", "青薯9号", 450),
    ("4号库", SWEET, 22.0, "任家庄薯业合作社", "龙薯9号", 880),
    ("6号库", "potato_seed", 30.0, "古池蔬菜合作社", "希森6号", 750),
)
_BASE = {"1号库": 2.2, "2号库": 4.0, "3号库": 3.4, "4号库": 13.1, "5号库": -4.0, "6号库": 3.9}
_hashed: list[str] = []


def _hash() -> str:
    if not _hashed:
        _hashed.append(hash_password(PASSWORD))
    return _hashed[0]


def _spots(room: str) -> tuple[str, ...]:
    return ("door", "back", "pile") if room.endswith("库") else ("middle",)


def temperature(room: str, spot: str, at: int, now: int) -> float:
    """A plausible value; 3号库 cools at the door during the last five hours."""
    wave = 0.35 * math.sin(at / (0.7 * HOUR_MS)) + 0.25 * math.sin(at / (11 * HOUR_MS))
    base = _BASE.get(room, 14.5 + len(room) * 0.1)
    lean = {"door": -0.25, "pile": 0.5}.get(spot, 0.0)
    if room == "3号库":
        cooling = max(0.0, (at - (now - 5 * HOUR_MS)) / HOUR_MS)
        lean -= cooling * {"door": 0.38, "back": 0.12, "pile": 0.04}[spot]
        wave *= 0.3
    if spot == "pile":
        wave *= 0.2
    return round(base + wave + lean, 2)


def _past(scene: Scene, now: int, days: float) -> None:
    random.seed(1)
    step = 5 * MINUTE_MS
    start = now - round(days * DAY_MS)
    for name in scene.rooms:
        silent_from = now - 2 * HOUR_MS - 10 * MINUTE_MS if name == "6号库" else now
        values: list[tuple[str, str, str, int, float]] = []
        for at in range(start - start % step + 40_000, min(silent_from, now - 20_000), step):
            if name == "2号库" and now - 9 * HOUR_MS < at < now - 7 * HOUR_MS:
                continue
            for spot in _spots(name):
                device = f"{name}-{spot}"
                values.append((device, "", "temperature", at, temperature(name, spot, at, now)))
                if spot != "pile":
                    humid = 91 + 2 * math.sin(at / HOUR_MS) if name != "4号库" else 88.0
                    values.append((device, "", "humidity", at, round(humid, 1)))
                if spot == "middle":
                    rise = (
                        1500 if name == "5号棚" and at > now - HOUR_MS else 870 + 60 * math.sin(at / HOUR_MS)
                    )
                    values.append((device, "", "co2", at, round(rise)))
        scene.write(values, now)
    outside = [
        ("kuwai", "", "temperature", at, round(-15 - 6 * math.cos((at - now) / (4 * HOUR_MS)), 1))
        for at in range(start, now, step)
    ]
    scene.write([*outside, ("kuwai", "", "temperature", now - 30_000, -21.0)], now)
    with scene.dbs.journal.write() as tx:
        devices.record_last_seen(
            tx, now, {f"{name}-{spot}": "coldshed" for name in scene.rooms for spot in _spots(name)}
        )


def _freezing(scene: Scene, now: int) -> None:
    """3号库: an active critical alert that two people were told of."""
    scene.say("3号库-door", now - 5_000, temperature=1.2, humidity=90)
    state = breach(now - 25 * MINUTE_MS, now, bound=2.5, value=1.2, worst=1.1, severity="critical")
    state = with_worst_at(state, now - MINUTE_MS)
    with scene.dbs.records.write() as tx:
        ident = activate(
            tx,
            now - 7 * MINUTE_MS,
            AlertKey(scene.rooms["3号库"], "low", "temperature", "air"),
            state,
            "test",
            {},
        )
        note_event(tx, now - 7 * MINUTE_MS, ident, "told", None, person=scene.people["keeper"])
        note_event(tx, now - 2 * MINUTE_MS, ident, "told", None, person=scene.people["li"])
        old = breach(now - 30 * HOUR_MS, now, bound=7, value=8.4, worst=9.1, spot=None)
        old = with_worst_at(old, now - 29 * HOUR_MS)
        before = activate(
            tx,
            now - 29 * HOUR_MS,
            AlertKey(scene.rooms["2号库"], "high", "temperature", "air"),
            old,
            "test",
            {},
        )
        acknowledge(tx, now - 29 * HOUR_MS + MINUTE_MS, before, scene.people["keeper"], "sms")
        resolve(tx, now - 28 * HOUR_MS, before, "back_inside", 5.1)
