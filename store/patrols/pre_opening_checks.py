"""开库前体检 (pre-opening check): checks the rooms before the goods come; stores the results, who checked and
when."""

import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, insert, select

from core.alerts.reporting_interval import quiet_after
from core.errors import SendError
from core.metrics import SENDS
from core.notifications.escalation import NotificationKind
from core.overview import machine_health
from core.overview.check_results import RANK, CheckResult, CheckVerdict, worst_verdict
from core.overview.machine_health import LISTENER_MISSING_MS
from core.patrols import pre_opening_check
from core.patrols.pre_opening_check import CheckedProbe, CheckedRoom, DutyCover, SmsCredit
from core.patrols.pre_opening_check_texts import CHECK_TEXTS
from core.people.people import Person
from core.readings.calibrations import CalibrationDue, calibration_due
from core.readings.readings import DOUBTFUL, Flag
from core.rooms.places import Placement, PositionClass
from core.times import DAY_MS
from store.database import Databases
from store.devices.clock_offsets import clock_offsets
from store.journal.latest import LatestValue, latest_values
from store.notifications.roster import duties
from store.notifications.tables import inbound, notifications
from store.overview.health import health
from store.patrols.tables import pre_opening_checks as table
from store.people.people import people
from store.readings.calibrations import calibrations, corrections, due_of
from store.readings.reporting_intervals import intervals
from store.rooms import seasonal_closures
from store.rooms.places import Room, Site, placements, rooms, sites

CLOCK_SEEN = 7 * DAY_MS
AskCredit = Callable[[], SmsCredit | None]
"""Asks the SMS channel for its credit. Raises SendError if it is unreachable."""


class PreOpeningCheck(NamedTuple):
    id: int
    at: int
    by: int | None
    room: int | None
    worst: str
    lines: list[CheckResult]


def run_check(
    dbs: Databases,
    now: int,
    *,
    room: int | None = None,
    ask: AskCredit | None = None,
    missing: int = LISTENER_MISSING_MS,
) -> list[CheckResult]:
    """Everything, or one room and what all rooms need; by topic, the worst of each first. `missing`: how
    long (ms) the listener may be silent."""
    left, away = None, False
    try:
        left = ask() if ask is not None else None
    except SendError:
        away = True
    with dbs.journal.read() as tx:
        listener = health(tx, now, missing)
    with dbs.records.read() as tx:
        chosen = [row for row in rooms(tx) if room in (None, row.id)]
        homes = [site for site in sites(tx) if any(row.site == site.id for row in chosen)]
        on_duty = _on_duty(tx, homes, now)
        roster = pre_opening_check.roster([(site.name, *_gap(tx, site, now)) for site in homes], now)
    checked = _rooms(dbs, chosen, {site.id: site for site in homes}, now)
    usage = shutil.disk_usage(dbs.data_dir)
    results_by_topic = [
        pre_opening_check.probes(checked),
        pre_opening_check.spread(checked),
        pre_opening_check.clocks(
            checked, machine_health.own_clock(listener.clock_behind, ahead=listener.clock_ahead)
        ),
        pre_opening_check.batteries(checked),
        pre_opening_check.calibration(checked),
        pre_opening_check.credit(left, away=away),
        pre_opening_check.phones(on_duty),
        roster,
        [machine_health.listener(listener.heartbeat_age, connected=listener.connected, missing=missing)],
        [machine_health.disk(usage.free, usage.total)],
    ]
    return [
        result
        for results in results_by_topic
        for result in sorted(results, key=lambda result: RANK[result.verdict])
    ]


def store_check(
    tx: Connection, now: int, by: int | None, room: int | None, lines: Sequence[CheckResult]
) -> int:
    """Its number."""
    stored = [[line.code, line.verdict, dict(line.facts)] for line in lines]
    worst = worst_verdict(line.verdict for line in lines)
    values = {"at": now, "by": by, "room": room, "worst": worst, "lines": stored}
    return int(tx.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def stored_checks(tx: Connection, most: int = 50, before: int | None = None) -> list[PreOpeningCheck]:
    """Newest first; only ids below `before`."""
    query = select(table).order_by(table.c.id.desc()).limit(most)
    if before is not None:
        query = query.where(table.c.id < before)
    return [_check(row) for row in tx.execute(query)]


def stored_check(tx: Connection, ident: int) -> PreOpeningCheck | None:
    row = tx.execute(select(table).where(table.c.id == ident)).first()
    return _check(row) if row else None


def _check(row: Row[Any]) -> PreOpeningCheck:
    """Leaves out results of a kind that this version does not know."""
    results = [
        CheckResult(code, CheckVerdict(verdict), dict(facts))
        for code, verdict, facts in row.lines
        if code in CHECK_TEXTS
    ]
    return PreOpeningCheck(id=row.id, at=row.at, by=row.by, room=row.room, worst=row.worst, lines=results)


def _rooms(dbs: Databases, chosen: Sequence[Room], homes: dict[int, Site], now: int) -> list[CheckedRoom]:
    with dbs.records.read() as tx:
        standing = placements(tx, at=now)
        steps, learned = corrections(tx), intervals(tx)
        dues = due_of(calibrations(tx))
        resting = seasonal_closures.current(tx)
    with dbs.journal.read() as tx:
        values: dict[tuple[str, str], list[LatestValue]] = defaultdict(list)
        batteries: dict[str, float] = {}
        for value in latest_values(tx, steps):
            values[value.device, value.position].append(value)
            if value.metric == "battery":
                batteries[value.device] = value.value
        off = {clock.device: clock.off for clock in clock_offsets(tx)}
    by_room: dict[int, list[CheckedProbe]] = defaultdict(list)
    names = {room.id: (room.name, ZoneInfo(homes[room.site].timezone)) for room in chosen}
    for place in standing:
        if place.room in names:
            probe = (place.device, place.position)
            name, zone = names[place.room]
            checked = _probe(name, place, values.get(probe, []), learned, now)
            checked = checked._replace(battery=batteries.get(place.device), off=off.get(place.device))
            by_room[place.room].append(_due(checked, probe in dues, dues.get(probe), zone, now))
    return [
        CheckedRoom(room.name, room.empty_since is not None or room.id in resting, by_room.get(room.id, []))
        for room in chosen
    ]


def _probe(
    room: str, place: Placement, values: Sequence[LatestValue], learned: dict[int, int], now: int
) -> CheckedProbe:
    """The latest value of all metrics tells how long the probe is silent. Late values do not count."""
    room_values = [value for value in values if value.metric in SENDS]
    last = max(room_values, key=lambda value: value.at, default=None)
    learned_intervals = [learned[value.series] for value in room_values if value.series in learned]
    quiet = None if last is None else max(0, now - last.at)
    after = quiet_after(min(learned_intervals, default=None))
    doubtful = last is not None and any(value.flags & DOUBTFUL for value in room_values)
    warm = next((value for value in room_values if value.metric == "temperature"), None)
    fresh = quiet is not None and quiet <= after and not doubtful
    air = place.position_class == PositionClass.AIR
    wrong = any(value.flags & Flag.CLOCK_WRONG and now - value.received_at <= CLOCK_SEEN for value in values)
    value = warm.value if warm is not None and fresh and air else None
    return CheckedProbe(
        room,
        place.spot,
        quiet,
        after,
        doubtful,
        value,
        None,
        wrong,
        None,
        CalibrationDue.NEVER,
        "",
        calibrated=False,
    )


def _due(probe: CheckedProbe, calibrated: bool, due_at: int | None, zone: ZoneInfo, now: int) -> CheckedProbe:
    day = "" if due_at is None else _day(due_at, zone)
    return probe._replace(calibrated=calibrated, due=calibration_due(due_at, now), due_day=day)


def _day(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at / 1000, zone).date().isoformat()


def _gap(tx: Connection, site: Site, now: int) -> tuple[int | None, str]:
    until = now + pre_opening_check.ROSTER_FOR
    planned = [(duty.starts_at, duty.ends_at) for duty in duties(tx, site.id, now, until)]
    gap = pre_opening_check.first_gap(planned, now, until)
    return gap, "" if gap is None else _day(gap, ZoneInfo(site.timezone))


def on_duty_soon(tx: Connection, now: int, homes: Sequence[Site] | None = None) -> list[Person]:
    """People with a duty in the next weeks, each once; at these sites or at any."""
    places = sites(tx) if homes is None else homes
    planned = {
        duty.person
        for site in places
        for duty in duties(tx, site.id, now, now + pre_opening_check.ROSTER_FOR)
    }
    return [person for person in people(tx) if person.id in planned and person.active]


def last_message_at(tx: Connection, person: Person) -> int | None:
    """Time (ms) of the last message from their phone."""
    return tx.execute(select(func.max(inbound.c.at)).where(inbound.c.phone == person.phone)).scalar()


class ContactCheckResult(NamedTuple):
    """A test message: `status` is queued, sent or failed; `answered`: any message came from that phone
    since."""

    person: Person
    queued_at: int | None
    status: str
    answered: bool


def contact_check_results(tx: Connection, now: int) -> list[ContactCheckResult]:
    """The last test message of everybody who will be on duty; `queued_at` is None if there never was one."""
    results = []
    for person in on_duty_soon(tx, now):
        row = tx.execute(
            select(notifications.c.queued_at, notifications.c.status)
            .where(notifications.c.person == person.id, notifications.c.kind == NotificationKind.TRIAL)
            .order_by(notifications.c.id.desc())
            .limit(1)
        ).first()
        last = last_message_at(tx, person)
        answered = row is not None and last is not None and last >= row.queued_at
        results.append(
            ContactCheckResult(person, row.queued_at if row else None, row.status if row else "", answered)
        )
    return results


def _on_duty(tx: Connection, homes: Sequence[Site], now: int) -> list[DutyCover]:
    covers = []
    for person in on_duty_soon(tx, now, homes):
        newest_text = (
            select(notifications.c.status)
            .where(notifications.c.person == person.id, notifications.c.status.in_(("sent", "failed")))
            .order_by(notifications.c.id.desc())
            .limit(1)
        )
        failed = tx.execute(newest_text).scalar() == "failed"
        last = last_message_at(tx, person)
        quiet = None if last is None else max(0, now - last)
        covers.append(DutyCover(person.name, bool(person.phone), quiet, failed))
    return covers
