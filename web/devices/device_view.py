"""One device: status, values, placements, calibrations, rejected messages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.context import ApiContext
from core.devices.silence_causes import minutes_left
from core.errors import StoreError
from core.metrics import METRICS, MOST_OFFSET, ON_BOARD
from core.readings.calibrations import METHODS
from core.readings.readings import DOUBTFUL
from core.rooms.places import Placement
from core.times import DAY_MS, MINUTE_MS
from store.database import Databases
from store.decoding.rejected import counts
from store.devices.device_events import device_events
from store.devices.device_status import DeviceProbe, DeviceStatus, device_statuses
from store.devices.probe_removals import ProbeRemoval, probe_removals
from store.history import History
from store.readings.calibrations import Calibration, calibrations
from store.readings.curve_query import CurveQuery
from store.readings.curves import device_curve
from store.rooms.places import placements_of_device, room_names
from store.rooms.timezones import timezones
from web.base.clock_offset_text import texts_by_device
from web.base.localizer import N_, Localizer
from web.base.names import short_people_names
from web.devices.device_list_view import (
    LINKS,
    battery_text,
    due_text,
    interval_text,
    probe_key,
    touch_text,
)
from web.readings.chart_buttons import ChartButton, chart_buttons
from web.readings.curve_view import POINTS, SPANS, chart_columns, doubtful_marks, scale_of

LONGEST_FORECAST = 730 * DAY_MS


@dataclass(frozen=True, slots=True)
class DeviceFactRow:
    """One value: `shown` is the calibrated value, `raw` the measured one if it differs."""

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
    curves: Sequence[ChartButton]


def device_view(context: ApiContext, words: Localizer, ident: str, now: int) -> DeviceView | None:
    """None if the device never reported and was never placed."""
    status = next((status for status in device_statuses(context.dbs, now) if status.id == ident), None)
    if status is None:
        return None
    with context.dbs.records.read() as tx:
        zone = timezones(tx).of_device(ident)
        places = room_names(tx)
        names_by_id = short_people_names(tx)
        last = next(iter(device_events(tx, now, ident).get(ident, [])), None)
        stood = placements_of_device(tx, ident)
        removed = probe_removals(tx, ident)
        done = calibrations(tx, ident)
    with context.dbs.journal.read() as tx:
        clock = texts_by_device(tx, words).get(ident, "")
        rejections = [
            rejection
            for rejection in counts(tx)
            if ident in rejection.topic.split("/") or f"/{ident}/" in rejection.topic
        ]

    def day(at: int) -> str:
        return words.day(at, zone)

    return DeviceView(
        device=status,
        state=_state(status, words, now),
        facts=[*_facts(status, words), *([clock] if clock else [])],
        probes=[_card(probe, places, words, now, zone, done) for probe in status.probes],
        stood=[
            *(_stay(placement, places, words, day) for placement in stood if placement.valid_from <= now),
            *(_swap(removal, ident, words, day(removal.at)) for removal in removed if removal.new_device),
        ],
        calibrations=[calibration_line(calibration, words, zone, names_by_id) for calibration in done],
        touched=touch_text(last, words, names_by_id, day),
        rejected=[(rejection.topic, rejection.reason, rejection.times) for rejection in rejections[:20]],
        zone=zone,
        battery_left=_battery_left(context, status, words, now),
        curves=chart_buttons(_drawn(status), words),
    )


def _drawn(status: DeviceStatus) -> list[str]:
    """What the first probe measures and a curve can show."""
    measured = {value.metric for value in status.probes[0].values} if status.probes else set()
    return [metric for metric in ON_BOARD if metric in measured] or [ON_BOARD[0]]


def calibration_line(
    calibration: Calibration, words: Localizer, zone: str, names_by_id: dict[int, str]
) -> str:
    """`2026-11-25 温度 冰水 −0.30 任师傅`."""
    parts = [
        words.iso_day(calibration.done_at, zone),
        f"{calibration.position} {words.metric(calibration.metric)}".strip(),
        words(METHODS.get(calibration.method, calibration.method)),
        signed_offset(words, calibration.offset, METRICS[calibration.metric].decimals),
        calibration.certificate,
        names_by_id.get(calibration.by or 0, ""),
    ]
    return " ".join(part for part in parts if part)


def signed_offset(words: Localizer, offset: float, decimals: int) -> str:
    """+0.3, −0.25: a calibration offset, with two decimals if the metric shows decimals."""
    shown = words.figure(offset, 2 if decimals else 0)
    return shown if shown.startswith("−") else f"+{shown}"


def _state(status: DeviceStatus, words: Localizer, now: int) -> str:
    if not status.heard_at:
        return words("还没来过数")
    if status.says_offline:
        return words("它自己说断了，%(long)s没数", long=words.long(now - status.heard_at))
    if status.quiet:
        return words("%(long)s没数", long=words.long(now - status.heard_at))
    return words("在线 · %(age)s", age=words.age(max(0, now - status.heard_at)))


def _facts(status: DeviceStatus, words: Localizer) -> list[str]:
    signal = words(LINKS[status.link]) if status.link else ""
    gateway = words("网关 %(name)s", name=status.device.gateway) if status.device.gateway else ""
    facts = [
        interval_text(words, status.interval),
        battery_text(words, status.battery),
        signal,
        gateway,
        status.device.family,
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
                words.measured(value.metric, round(value.value, decimals)),
                raw if value.raw != value.value else "",
                words.age(max(0, now - value.at)),
                bool(value.flags & DOUBTFUL),
            )
        )
    of_probe = [calibration for calibration in done if calibration.position == probe.position]
    place = f"{places.get(probe.place.room, '')} {words.spot(probe.place.spot)}" if probe.place else ""
    return ProbeCard(
        key=probe_key(probe.device, probe.position),
        position=probe.position,
        place=place,
        room=probe.place.room if probe.place else 0,
        says=says,
        quiet=words("%(long)s没数", long=words.long(now - probe.heard_at))
        if probe.quiet and probe.heard_at
        else "",
        due=due_text(words, probe.due_at, now, lambda at: words.day(at, zone)),
        calibrated=_calibrated(of_probe, words, zone),
        in_ice=probe.bath is not None,
        warm=probe.value("temperature") is not None,
        calibrates=any(value.metric in MOST_OFFSET for value in probe.values),
    )


def _calibrated(calibrations: Sequence[Calibration], words: Localizer, zone: str) -> str:
    return (
        words("%(day)s校过", day=words.day(calibrations[0].done_at, zone))
        if calibrations
        else words("还没校过")
    )


def _stay(placement: Placement, places: dict[int, str], words: Localizer, day: Callable[[int], str]) -> str:
    where = {
        "room": places.get(placement.room, ""),
        "spot": words.spot(placement.spot),
        "start": day(placement.valid_from),
    }
    if placement.valid_to is None:
        return words("%(start)s起 %(room)s %(spot)s", **where)
    return words("%(start)s到%(end)s %(room)s %(spot)s", **where, end=day(placement.valid_to))


def _swap(removal: ProbeRemoval, ident: str, words: Localizer, day: str) -> str:
    if removal.device == ident:
        return words("%(day)s换成了%(device)s", day=day, device=removal.new_device)
    return words("%(day)s换下了%(device)s", day=day, device=removal.device)


def _battery_left(context: ApiContext, status: DeviceStatus, words: Localizer, now: int) -> str:
    """The forecast of battery life; empty if unknown or longer than LONGEST_FORECAST."""
    if status.battery is None:
        return ""
    try:
        curve = device_curve(
            context.dbs,
            context.history,
            status.id,
            CurveQuery(metric="battery", start=now - 60 * DAY_MS, end=now, points=60, position=None, now=now),
        )
    except StoreError:
        return ""
    left = minutes_left({point.at: point.mean for point in curve.points}, now)
    if left is None or left * MINUTE_MS > LONGEST_FORECAST:
        return ""
    return words("照这样电池还能用%(long)s", long=words.long(left * MINUTE_MS))


def device_chart(
    dbs: Databases, history: History, device: str, position: str, metric: str, span: str, now: int
) -> dict[str, object]:
    """One probe's data for `chart.js`. Raises KeyError if `span` is unknown."""
    start = now - SPANS[span]
    curve = device_curve(
        dbs,
        history,
        device,
        CurveQuery(
            metric=metric, start=start, end=now, points=POINTS, position=position, now=now, doubtful=True
        ),
    )
    return {
        **chart_columns(curve.points, curve.step_s)._asdict(),
        "start": start / 1000,
        "end": now / 1000,
        **scale_of(metric),
        "completeness": curve.completeness,
        "doubtful": doubtful_marks(curve.doubtful),
        "by_hand": [],
        "lowest": min((point.min for point in curve.points), default=None),
        "highest": max((point.max for point in curve.points), default=None),
        "limits": [],
        "alerts": [],
    }


NO_SUCH_DEVICE = N_("没有这个设备")
