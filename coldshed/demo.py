"""Creates the demo federation and its history. All its names say 演示 (demo).

`seed` is one fast transaction. `backfill` takes some seconds and may be interrupted at any time: the next
run continues and writes nothing twice.
"""

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.people.people import NewPerson, Role
from core.readings.readings import Reading
from core.rooms.places import NewPlacement, NewRoom
from core.stock.new_entries import NewLot
from core.times import DAY_MS
from simulators import description, past, world_file
from simulators.federation import DEMO, TIMEZONE
from simulators.sampling import channels
from simulators.world_file import SavedWorld
from store.catalogue import produce
from store.database import Databases
from store.devices import devices
from store.history import History
from store.journal import latest, series
from store.notifications import roster
from store.people import federation, people
from store.rooms import limits, places
from store.stock import ledger

SEED = 1
PLACED_BEFORE = 200 * DAY_MS
EMPTY_BEFORE = 22 * DAY_MS
WEEKS_BEFORE, WEEKS_AFTER = 5, 26
HASTE = "演示:几分钟内就能看到报警"
_FAMILIES = {"own": "coldshed"}
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account to print once. The database keeps only the hash of the password."""

    name: str
    role: str
    username: str
    password: str


def seed(
    dbs: Databases,
    now: int,
    hash_password: Callable[[str], str],
    *,
    weather: str = "now",
    wanted: description.DemoFederation = DEMO,
) -> list[DemoAccount]:
    """Creates the federation, and a first value for every probe (`now` in ms).

    Returns the accounts; empty if a federation exists already. It is one transaction, so it may be
    interrupted.
    """
    with dbs.records.read() as tx:
        if federation.federation(tx) is not None:
            return []
    accounts = [
        DemoAccount(person.name, person.role, person.username, _password())
        for person in wanted.people
        if person.username
    ]
    hashes = {account.username: hash_password(account.password) for account in accounts}
    _first_values(dbs, now, weather, wanted)
    with dbs.records.write() as tx:
        if federation.federation(tx) is not None:
            return []
        _Seeding(tx, now, wanted, hashes).all()
    return accounts


def new_passwords(dbs: Databases, now: int, hash_password: Callable[[str], str]) -> list[DemoAccount]:
    """Sets new passwords for the demo's accounts, because the old ones cannot be shown again.

    Ends their sessions. Returns an empty list if the federation is not a demo.
    """
    with dbs.records.read() as tx:
        current = federation.federation(tx)
        if current is None or not current.demo:
            return []
        names = {person.username for person in DEMO.people if person.username}
        people_of_demo = [person for person in people.people(tx) if person.username in names]
    accounts = [DemoAccount(p.name, str(p.role), p.username or "", _password()) for p in people_of_demo]
    hashes = [hash_password(account.password) for account in accounts]
    with dbs.records.write() as tx:
        for person, hashed in zip(people_of_demo, hashes, strict=True):
            people.set_password(tx, now, person.id, hashed)
    return accounts


def _password() -> str:
    """About 40 bits, easy to read aloud and to type: `kmht-4827-xrqa`."""
    parts = (_LETTERS, _DIGITS, _LETTERS)
    return "-".join("".join(secrets.choice(signs) for _ in range(4)) for signs in parts)


class _Seeding:
    """One transaction. Maps names in the description to ids in the store."""

    def __init__(
        self, tx: Connection, now: int, wanted: description.DemoFederation, hashes: dict[str, str]
    ) -> None:
        self.tx, self.now, self.wanted, self.hashes = tx, now, wanted, hashes
        self.villages: dict[str, int] = {}
        self.cooperatives: dict[str, int] = {}
        self.sites: dict[str, int] = {}
        self.people: dict[str, int] = {}

    def all(self) -> None:
        tx, now, wanted = self.tx, self.now, self.wanted
        federation.add_federation(tx, now, wanted.name, wanted.signature, "jin", True)
        produce.seed(tx, now)
        for village in wanted.villages:
            self.villages[village.name] = federation.add_village(tx, now, village.name, village.code)
        for cooperative in wanted.cooperatives:
            village_id = self.villages[cooperative.village]
            self.cooperatives[cooperative.name] = federation.add_cooperative(
                tx, now, cooperative.name, village_id
            )
        for site in wanted.sites:
            self.sites[site.name] = federation.add_site(
                tx, now, site.name, self.villages[site.village], TIMEZONE
            )
        for person in wanted.people:
            self._person(person)
        self.manager = next(self.people[p.name] for p in wanted.people if p.role == Role.MANAGER)
        self.technician = next(self.people[p.name] for p in wanted.people if p.role == Role.TECHNICIAN)
        for sort, room in enumerate(wanted.rooms):
            self._room(room, sort)
        self._roster()

    def _person(self, person: description.DemoPerson) -> None:
        self.people[person.name] = people.add_person(
            self.tx,
            self.now,
            NewPerson(
                name=person.name,
                role=person.role,
                phone=person.phone,
                cooperative=self.cooperatives[person.cooperative] if person.cooperative else None,
                village=self.villages[person.village] if person.village else None,
                username=person.username or None,
                password_hash=self.hashes.get(person.username),
            ),
        )

    def _room(self, room: description.DemoRoom, sort: int) -> None:
        """Adds the room, its placements and its stock with past dates, so that charts know the limits of
        that time."""
        tx, built = self.tx, self.now - PLACED_BEFORE
        grams = None if room.capacity_t is None else round(room.capacity_t * 1e6)
        ident = places.add_room(
            tx,
            built,
            NewRoom(
                site=self.sites[room.site],
                name=room.name,
                kind=room.kind,
                capacity_grams=grams,
                use=room.use,
                sort=sort,
            ),
        )
        for device in room.devices:
            for position, spot in {probe.position: probe.spot for probe in device.probes}.items():
                places.place(
                    tx,
                    built,
                    NewPlacement(
                        device=device.id, position=position, room=ident, spot=spot, by=self.technician
                    ),
                )
        for goods in sorted(room.goods, key=lambda goods: -goods.days):
            ledger.receive(
                tx,
                self.now - round(goods.days * DAY_MS),
                NewLot(
                    produce=goods.produce,
                    cooperative=self.cooperatives[goods.cooperative],
                    room=ident,
                    grams=round(goods.kg * 1000),
                    by=self.manager,
                    variety=goods.variety,
                    bags=goods.bags,
                    note="演示",
                ),
            )
        if room.empty:
            places.declare_empty(tx, self.now - EMPTY_BEFORE, ident, self.manager)
        if room.name in self.wanted.hasty:
            self._shorten_limit_delays(ident, self.wanted.hasty[room.name])

    def _shorten_limit_delays(self, room: int, seconds: int) -> None:
        """Shortens the delays of the air temperature's limits; the bounds and the other metrics are
        unchanged."""
        quick = [
            replace(limit, safe_delay_s=seconds, hard_delay_s=seconds)
            if (limit.metric, limit.position_class) == ("temperature", "air")
            else limit
            for limit in limits.current(self.tx, room)
        ]
        limits.set_by_hand(self.tx, self.now, room, quick, self.manager, HASTE)

    def _roster(self) -> None:
        """Adds weekly duties in rotation; they change on Mondays at 8:00."""
        zone = ZoneInfo(TIMEZONE)
        today = datetime.fromtimestamp(self.now / 1000, zone)
        monday = today.replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(today.weekday())
        for site in self.wanted.sites:
            turn = [self.people[p.name] for p in self.wanted.people if site.name in p.sites]
            for week in range(-WEEKS_BEFORE, WEEKS_AFTER):
                start = monday + timedelta(weeks=week)
                end = start + timedelta(weeks=1)
                who = turn[start.isocalendar().week % len(turn)]
                roster.add_duty(self.tx, self.now, self.sites[site.name], who, _ms(start), _ms(end))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _first_values(dbs: Databases, now: int, weather: str, wanted: description.DemoFederation) -> None:
    """Fills the board at once. The backfilled history agrees with these values within 1 K."""
    values = past.first_look(wanted, now / 1000, seed=SEED, weather=weather)
    with dbs.journal.write() as tx:
        ids = _series(tx, wanted, now)
        latest.put(
            tx, now, [Reading(series_id, now, value) for series_id, value in zip(ids, values, strict=True)]
        )
        format_by_device = {device.id: device.form for room in wanted.rooms for device in room.devices}
        devices.record_last_seen(
            tx, now, {name: _FAMILIES.get(form, form) for name, form in format_by_device.items()}
        )


def _series(tx: Connection, wanted: description.DemoFederation, now: int) -> list[int]:
    """The ids of the channels' series, in the order of `channels`."""
    return [
        series.get_or_make(tx, channel.device.id, channel.metric, channel.probe.position, now)
        for channel in channels(wanted, SEED)
    ]


class DemoPast(NamedTuple):
    weather: str = "now"
    days: int = past.DAYS
    federation: description.DemoFederation = DEMO


def backfill(
    dbs: Databases,
    history: History,
    data_dir: Path,
    now: int,
    progress: Callable[[int, int], None],
    stop: threading.Event | None = None,
    *,
    demo: DemoPast = DemoPast(),  # noqa: B008 - immutable
) -> int:
    """Writes the past of every probe at 5-minute steps, up to the `now` (ms) of the first call. Returns the
    number of readings.

    `progress` receives (days done, days in total). A child process computes the next day while this one
    writes the last. The simulator waits for the backfill (`simulators.world_file`).
    """
    kept = world_file.load(data_dir)
    if kept is None:
        kept = past.begin(demo.federation, now / 1000, seed=SEED, weather=demo.weather, days=demo.days)
        world_file.save(data_dir, kept)
    with dbs.journal.write() as tx:
        ids = _series(tx, demo.federation, now)
    total = max(1, _days(kept.until - kept.start))
    written = 0
    last: past.PastDay | None = None
    for day in _compute_days(demo.federation, kept):
        if stop is not None and stop.is_set():
            return written
        written += history.import_points(_readings(ids, day))
        world_file.save(data_dir, day.after)
        progress(min(total, _days(day.after.at - kept.start)), total)
        last = day
    if last is not None:
        with dbs.journal.write() as tx:
            latest.put(tx, now, _last(ids, last))
    return written


def _days(seconds: float) -> int:
    return -int(-seconds // 86_400)


def _compute_days(wanted: description.DemoFederation, kept: SavedWorld) -> Iterator[past.PastDay]:
    """Yields the days after `kept`. A child process computes the next day while the caller writes the
    last."""
    if kept.past_done:
        return
    with ProcessPoolExecutor(1, get_context("spawn"), _lower_priority) as child:
        coming: Future[past.PastDay] | None = child.submit(past.next_day, wanted, kept)
        while coming is not None:
            day = coming.result()
            coming = None if day.after.past_done else child.submit(past.next_day, wanted, day.after)
            yield day


def _lower_priority() -> None:
    """Lowers the priority below the page's."""
    os.nice(10)


def _readings(ids: list[int], day: past.PastDay) -> Iterator[Reading]:
    for series_id, times, values in zip(ids, day.times, day.values, strict=True):
        for at, value in zip(times, values, strict=True):
            yield Reading(series_id, at * 1000, value)


def _last(ids: list[int], day: past.PastDay) -> list[Reading]:
    ends = zip(ids, day.times, day.values, strict=True)
    return [Reading(series_id, times[-1] * 1000, values[-1]) for series_id, times, values in ends if times]
