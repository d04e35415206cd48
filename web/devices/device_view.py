"""One device: what it says and what was measured, where it stood, how it was calibrated, what went wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.context import ApiContext
from core.devices.silence_causes import minutes_left
from core.errors import StoreError
from core.readings.calibrations import METHODS, MOST_OFFSET
from core.readings.readings import DAY_MS, DOUBTFUL, METRICS
from core.rooms.places import Placement
from store.database import Databases
from store.decoding.rejected import counts
from store.devices.device_events import touches
from store.devices.device_status import DeviceProbe, DeviceStatus, hardware
from store.devices.probe_removals import ProbeRemoval, removals
from store.history import History
from store.readings.calibrations import Calibration, calibrations
from store.readings.curves import device_curve
from store.rooms.places import room_names, where_it_stood
from store.rooms.timezones import timezones
from web.base.clock_offset_text import of_devices
from web.base.localizer import N_, Localizer
from web.base.names import short_people_names
from web.devices.device_list_view import LINKS, battery, due_word, key_of, measured, said, usual
from web.readings.curve_view import POINTS, SPANS, columns, doubtful

LONGEST_FORECAST = 730 * DAY_MS


@dataclass(frozen=True, slots=True)
class DeviceFactRow:
    """One value: `shown`, and what was measured where that is something else."""

    ident: str
    metric: str
    shown: str
    raw: str
    age: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class ProbeCard:
    key: str
    position: str
    place: str
    room: int
    says: Sequence[DeviceFactRow]
    quiet: str
    due: str
    calibrated: str
    in_ice: bool
    warm: bool
    calibrates: bool


@dataclass(frozen=True, slots=True)
class DeviceView:
    device: DeviceStatus
    state: str
    facts: Sequence[str]
    probes: Sequence[ProbeCard]
    stood: Sequence[str]
    calibrations: Sequence[str]
    touched: str
    rejected: Sequence[tuple[str, str, int]]
    zone: str
    battery_left: str


def device_view(about: ApiContext, words: Localizer, ident: str, now: int) -> DeviceView | None:
    """`None` where no such device ever spoke or stands anywhere."""
    found = next((one for one in hardware(about.dbs, now) if one.id == ident), None)
    if found is None:
        return None
    with about.dbs.records.read() as tx:
        zone = timezones(tx).of_device(ident)
        places = room_names(tx)
        who = short_people_names(tx)
        last = next(iter(touches(tx, now, ident).get(ident, [])), None)
        stood = where_it_stood(tx, ident)
        gone = removals(tx, ident)
        done = calibrations(tx, ident)
    with about.dbs.journal.read() as tx:
        clock = of_devices(tx, words).get(ident, "")
        refused = [one for one in counts(tx) if ident in one.topic.split("/") or f"/{ident}/" in one.topic]

    def day(at: int) -> str:
        return words.day(at, zone)

    return DeviceView(
        device=found,
        state=_state(found, words, now),
        facts=[*_facts(found, words), *([clock] if clock else [])],
        probes=[_card(probe, places, words, now, zone, done) for probe in found.probes],
        stood=[
            *(_stay(one, places, words, day) for one in stood if one.valid_from <= now),
            *(_swap(one, ident, words, day(one.at)) for one in gone if one.new_device),
        ],
        calibrations=[calibration_line(one, words, zone, who) for one in done],
        touched=said(last, words, who, day),
        rejected=[(one.topic, one.reason, one.times) for one in refused[:20]],
        zone=zone,
        battery_left=_battery_left(about, found, words, now),
    )


def calibration_line(one: Calibration, words: Localizer, zone: str, who: dict[int, str]) -> str:
    """`2026-11-25 温度 冰水 −0.30 任师傅`."""
    parts = [
        words.iso_day(one.done_at, zone),
        f"{one.position} {words.metric(one.metric)}".strip(),
        words(METHODS.get(one.method, one.method)),
        signed(words, one.offset, METRICS[one.metric].decimals),
        one.certificate,
        who.get(one.by or 0, ""),
    ]
    return " ".join(part for part in parts if part)


def signed(words: Localizer, offset: float, decimals: int) -> str:
    """+0.3, −0.25: an offset to a hundredth where degrees are counted."""
    shown = words.figure(offset, 2 if decimals else 0)
    return shown if shown.startswith("−") else f"+{shown}"


def _state(found: DeviceStatus, words: Localizer, now: int) -> str:
    if not found.heard_at:
        return words("还没来过数")
    if found.says_offline:
        return words("它自己说断了，%(long)s没数", long=words.long(now - found.heard_at))
    if found.quiet:
        return words("%(long)s没数", long=words.long(now - found.heard_at))
    return words("在线 · %(age)s", age=words.age(max(0, now - found.heard_at)))


def _facts(found: DeviceStatus, words: Localizer) -> list[str]:
    signal = words(LINKS[found.link]) if found.link else ""
    gateway = words("网关 %(name)s", name=found.device.gateway) if found.device.gateway else ""
    facts = [
        usual(words, found.interval),
        battery(words, found.battery),
        signal,
        gateway,
        found.device.family,
    ]
    return [fact for fact in facts if fact]


def _card(
    probe: DeviceProbe,
    places: dict[int, str],
    words: Localizer,
    now: int,
    zone: str,
    done: Sequence[Calibration],
) -> ProbeCard:
    says = []
    for value in probe.values:
        decimals = METRICS[value.metric].decimals
        raw = words("原来的数 %(n)s", n=words.figure(value.raw, max(decimals, 1)))
        says.append(
            DeviceFactRow(
                value.metric,
                words.metric(value.metric),
                measured(words, value.metric, round(value.value, decimals)),
                raw if value.raw != value.value else "",
                words.age(max(0, now - value.at)),
                bool(value.flags & DOUBTFUL),
            )
        )
    mine = [one for one in done if one.position == probe.position]
    place = f"{places.get(probe.place.room, '')} {words.spot(probe.place.spot)}" if probe.place else ""
    return ProbeCard(
        key=key_of(probe.device, probe.position),
        position=probe.position,
        place=place,
        room=probe.place.room if probe.place else 0,
        says=says,
        quiet=words("%(long)s没数", long=words.long(now - probe.heard_at))
        if probe.quiet and probe.heard_at
        else "",
        due=due_word(words, probe.due_at, now, lambda at: words.day(at, zone)),
        calibrated=_calibrated(mine, words, zone),
        in_ice=probe.bath is not None,
        warm=probe.value("temperature") is not None,
        calibrates=any(value.metric in MOST_OFFSET for value in probe.values),
    )


def _calibrated(mine: Sequence[Calibration], words: Localizer, zone: str) -> str:
    return words("%(day)s校过", day=words.day(mine[0].done_at, zone)) if mine else words("还没校过")


def _stay(one: Placement, places: dict[int, str], words: Localizer, day: Callable[[int], str]) -> str:
    where = {"room": places.get(one.room, ""), "spot": words.spot(one.spot), "start": day(one.valid_from)}
    if one.valid_to is None:
        return words("%(start)s起 %(room)s %(spot)s", **where)
    return words("%(start)s到%(end)s %(room)s %(spot)s", **where, end=day(one.valid_to))


def _swap(one: ProbeRemoval, ident: str, words: Localizer, day: str) -> str:
    if one.device == ident:
        return words("%(day)s换成了%(device)s", day=day, device=one.new_device)
    return words("%(day)s换下了%(device)s", day=day, device=one.device)


def _battery_left(about: ApiContext, found: DeviceStatus, words: Localizer, now: int) -> str:
    """How long the battery will do, where it falls steadily."""
    if found.battery is None:
        return ""
    try:
        curve = device_curve(
            about.dbs, about.history, found.id, "battery", now - 60 * DAY_MS, now, 60, None, now
        )
    except StoreError:
        return ""
    left = minutes_left({point.at: point.mean for point in curve.points}, now)
    if left is None or left * 60_000 > LONGEST_FORECAST:
        return ""
    return words("照这样电池还能用%(long)s", long=words.long(left * 60_000))


def device_chart(
    dbs: Databases, history: History, device: str, position: str, metric: str, span: str, now: int
) -> dict[str, object]:
    """What the chart of `chart.js` wants, of one probe. Raises KeyError for a span that is none."""
    start = now - SPANS[span]
    curve = device_curve(dbs, history, device, metric, start, now, POINTS, position, now, doubtful=True)
    return {
        **columns(curve.points, curve.step_s)._asdict(),
        "start": start / 1000,
        "end": now / 1000,
        "completeness": curve.completeness,
        "doubtful": doubtful(curve.doubtful),
        "by_hand": [],
        "lowest": min((point.min for point in curve.points), default=None),
        "highest": max((point.max for point in curve.points), default=None),
        "limits": [],
        "alerts": [],
    }


NOT_THERE = N_("没有这个设备")
