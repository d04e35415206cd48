"""A small federation with one room, and a journal that is written minute by minute."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, insert

from alerts.channels.contract import InboundMessage
from alerts.engine import Engine
from alerts.inbound import Inbox
from alerts.outbox import Outbox
from core.errors import SendError
from core.patrols.pre_opening_check import SmsCredit
from core.people.people import NewPerson
from core.readings.journal_codec import Heartbeat, batch_body, encode
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom
from core.times import MINUTE_MS
from store.catalogue import produce as produce_store
from store.database import Databases
from store.journal import journal, series
from store.notifications import roster
from store.people import federation, people
from store.rooms import limits, places
from store.stock.tables import lots, movements
from tests.support.limits import COLD_ROOM

T0 = 1_768_320_000_000  # 2026-01-14 00:00 in Fenyang
BY_DAY = T0 + 8 * 60 * MINUTE_MS
BACK = 21
"""Minutes inside until an alert is over."""
LIMIT = COLD_ROOM
KEEPER, SECOND, MANAGER = "13800000001", "13800000002", "13800000003"


@dataclass
class Village:
    """Ids of what `make` made; `clock` is the wall's (ms)."""

    dbs: Databases
    site: int
    room: int
    keeper: int
    second: int
    manager: int
    lot: int
    clock: int = T0

    def probe(self, device: str, room: int, spot: str = "door") -> int:
        with self.dbs.records.write() as tx:
            places.place(tx, self.clock, NewPlacement(device=device, position="", room=room, spot=spot))
        with self.dbs.journal.write() as tx:
            return series.get_or_make(tx, device, "temperature", "", self.clock)

    def another_room(self, name: str) -> int:
        with self.dbs.records.write() as tx:
            room = places.add_room(
                tx, self.clock, NewRoom(site=self.site, name=name, kind="cold_room", limits_from="hand")
            )
            limits.set_by_hand(tx, self.clock, room, [LIMIT], None, "试")
        return room

    def say(self, flags: int = 0, /, **values: float) -> None:
        """Devices (by name) report a temperature now."""
        with self.dbs.journal.write() as tx:
            self._append_readings(tx, flags, values)

    def _append_readings(self, tx: Connection, flags: int, values: Mapping[str, float]) -> None:
        series_of = {row.device: row.id for row in series.all_series(tx).values()}
        rows = [Reading(series_of[device], self.clock, value, flags) for device, value in values.items()]
        if rows:
            journal.append(tx, self.clock, journal.READINGS, batch_body(rows, []))

    def beat(self, connected: bool = True) -> None:
        with self.dbs.journal.write() as tx:
            journal.append(tx, self.clock, journal.HEARTBEAT, encode(Heartbeat(connected)))

    def minutes(self, engine: Engine | None, count: int, /, **values: float) -> None:
        """Minute by minute: the devices report, the listener beats, the engine (if any) follows."""
        for _ in range(count):
            with self.dbs.journal.write() as tx:
                self._append_readings(tx, 0, values)
                journal.append(tx, self.clock, journal.HEARTBEAT, encode(Heartbeat(True)))
            if engine is not None:
                follow(engine, self.clock)
            self.clock += MINUTE_MS

    def seconds(self, engine: Engine | None, count: int, step: int = 5) -> None:
        """Only the listener's heartbeats; the engine follows once a minute."""
        for begin in range(0, count, 60):
            with self.dbs.journal.write() as tx:
                for _ in range(begin, min(begin + 60, count), step):
                    journal.append(tx, self.clock, journal.HEARTBEAT, encode(Heartbeat(True)))
                    self.clock += step * 1000
            if engine is not None:
                follow(engine, self.clock)


def follow(engine: Engine, now: int) -> None:
    while engine.step(now):
        pass


def make(folder: Path | Databases) -> Village:
    """One site, room 2号库 with 12 t of potatoes and limits by hand, a keeper and a second one on duty, a
    manager, one probe `a` at the door."""
    dbs = folder if isinstance(folder, Databases) else Databases(folder)
    with dbs.records.write() as tx:
        produce_store.seed(tx, T0)
        federation.add_federation(tx, T0, "万宝山联村经济发展联合社", "万宝山联合社")
        village = federation.add_village(tx, T0, "古池村")
        cooperative = federation.add_cooperative(tx, T0, "古池合作社", village)
        site = federation.add_site(tx, T0, "古池库区", village)
        room = places.add_room(tx, T0, NewRoom(site=site, name="2号库", kind="cold_room", limits_from="hand"))
        limits.set_by_hand(tx, T0, room, [LIMIT], None, "试")
        keeper = people.add_person(tx, T0, NewPerson(name="任师傅", role="keeper", phone=KEEPER))
        second = people.add_person(tx, T0, NewPerson(name="李师傅", role="keeper", phone=SECOND))
        manager = people.add_person(tx, T0, NewPerson(name="王主任", role="manager", phone=MANAGER))
        for person in (keeper, second):
            roster.add_duty(tx, T0, site, person, T0 - MINUTE_MS, T0 + 10_000 * MINUTE_MS)
        potato = next(row.id for row in produce_store.produce(tx).values() if row.name == "土豆")
        lot = int(
            tx.execute(
                insert(lots)
                .values(produce=potato, cooperative=cooperative, created_at=T0)
                .returning(lots.c.id)
            ).scalar_one()
        )
        tx.execute(
            insert(movements).values(
                lot=lot, kind="receive", grams=12_000_000, to_room=room, at=T0, recorded_at=T0
            )
        )
    made = Village(dbs, site, room, keeper, second, manager, lot)
    made.probe("a", room)
    return made


class Phones:
    """A channel that keeps what it is given: the one outside edge. `broken` makes it refuse."""

    name = "pretend"

    def __init__(self) -> None:
        self.got: list[tuple[str, str]] = []
        self.keys: set[str] = set()
        self.answers: list[InboundMessage] = []
        self.broken: SendError | None = None

    def send(self, phone: str, text: str, dedup_key: str) -> str:
        if self.broken is not None:
            raise self.broken
        assert dedup_key not in self.keys
        self.keys.add(dedup_key)
        self.got.append((phone, text.split("】", 1)[1]))
        return str(len(self.got))

    def receive(self, after: str | None) -> list[InboundMessage]:
        return [row for row in self.answers if int(row.external_id) > int(after or 0)]

    def credit(self) -> SmsCredit | None:
        return None

    def answer(self, phone: str, text: str, at: int) -> None:
        self.answers.append(InboundMessage(str(len(self.answers) + 1), phone, text, at))

    def to(self, phone: str) -> list[str]:
        return [text for number, text in self.got if number == phone]


@dataclass
class Desk:
    """A village with its engine, outbox and inbox."""

    village: Village
    phones: Phones
    engine: Engine
    outbox: Outbox
    inbox: Inbox

    @staticmethod
    def at(village: Village, phones: Phones | None = None) -> "Desk":
        phones = phones or Phones()
        engine = Engine(village.dbs)
        return Desk(
            village, phones, engine, Outbox(village.dbs, phones), Inbox(village.dbs, phones, engine.planner)
        )

    def minutes(self, count: int, **values: float) -> None:
        for _ in range(count):
            self.village.minutes(self.engine, 1, **values)
            self.mail()

    def mail(self) -> None:
        """Answers come in, what they lead to is told, texts go out."""
        self.inbox.step(self.village.clock)
        self.engine.step(self.village.clock)
        self.outbox.step(self.village.clock)

    def answer(self, phone: str, text: str) -> None:
        self.phones.answer(phone, text, self.village.clock)
        self.village.clock += 1000
        self.mail()
