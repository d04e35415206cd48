"""The device list, one row per probe: hand-warmed ones first, then silent, unplaced, placed ones."""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from api.context import ApiContext
from core.devices.hand_warming import warming_k
from core.devices.signal_quality import SignalQuality
from core.devices.silence_causes import LikelyCause, likely_causes, silent_gateways
from core.readings.calibrations import CalibrationDue, calibration_due
from core.rooms.places import SPOTS
from core.times import MINUTE_MS
from store.devices.device_events import DeviceEvent, device_events
from store.devices.device_status import DeviceProbe, DeviceStatus, device_statuses
from store.readings.recent_values import Points
from store.rooms.places import rooms
from store.rooms.timezones import timezones
from web.base.clock_offset_text import texts_by_device
from web.base.localizer import N_, Localizer
from web.base.names import short_people_names

LINKS: Mapping[SignalQuality, str] = {
    SignalQuality.GOOD: N_("信号好"),
    SignalQuality.FAIR: N_("信号一般"),
    SignalQuality.POOR: N_("信号差"),
}
ERRANDS: Mapping[LikelyCause, str] = {
    LikelyCause.GATEWAY: N_("先看网关：它后面的都没数"),
    LikelyCause.BATTERY: N_("带电池"),
    LikelyCause.RADIO: N_("信号差：带中继，或者把网关挪近"),
    LikelyCause.SPARE: N_("带一个备用探头"),
}
TOUCHES: Mapping[str, str] = {
    "placed": N_("%(who)s放的，%(day)s"),
    "taken": N_("%(who)s拿走的，%(day)s"),
    "replaced": N_("%(who)s换下来的，%(day)s"),
    "put_for_another": N_("%(who)s换上的，%(day)s"),
    "calibrated": N_("%(who)s校的，%(day)s"),
    "named": N_("%(who)s起的名，%(day)s"),
}
DUES: Mapping[CalibrationDue, str] = {
    CalibrationDue.SOON: N_("该校了：%(day)s到期"),
    CalibrationDue.OVER: N_("校验过期了：%(day)s"),
}
QUIET_SHOWN = 30
LOOSE_SHOWN = 100
"""A gateway may make up thousands."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One probe. `room` and `spot` are empty if it is unplaced. `key` identifies it in a form, `ident` on
    the page. `rises`: how many K it is above its past values; None if it is not rising."""

    key: str
    ident: str
    device: str
    position: str
    name: str
    says: Sequence[str]
    age: str
    quiet: bool
    battery: str
    link: str
    room: str
    spot: str
    room_id: int
    due: str
    rises: float | None
    risen: str
    in_ice: bool
    replaced: str
    touched: str
    bring: Sequence[str]


@dataclass(frozen=True, slots=True)
class DeviceListView:
    rising: Sequence[DeviceRow]
    quiet: Sequence[DeviceRow]
    loose: Sequence[DeviceRow]
    placed: Sequence[DeviceRow]
    replaced: Sequence[DeviceRow]
    more_quiet: int
    more_loose: int


def probe_key(device: str, position: str) -> str:
    return json.dumps([device, position], ensure_ascii=False)


def probe_of_key(key: str) -> tuple[str, str] | None:
    """The inverse of `probe_key`; None if `key` is malformed."""
    try:
        parts = json.loads(key)
    except ValueError:
        return None
    if isinstance(parts, list) and len(parts) == 2 and all(isinstance(part, str) for part in parts):
        return parts[0], parts[1]
    return None


def device_list(context: ApiContext, words: Localizer, now: int) -> DeviceListView:
    """All probes, each in one of the lists."""
    rows = device_rows(context, words, now)
    rising = sorted((row for row in rows if row.rises is not None), key=lambda row: -(row.rises or 0.0))
    rest = [row for row in rows if row.rises is None]
    quiet = [row for row in rest if row.quiet and row.room_id and not row.in_ice]
    loose = [row for row in rest if not row.room_id and not row.replaced]
    return DeviceListView(
        rising=rising,
        quiet=quiet[:QUIET_SHOWN],
        loose=loose[:LOOSE_SHOWN],
        placed=[row for row in rest if row.room_id and (row.in_ice or not row.quiet)],
        replaced=[row for row in rest if row.replaced],
        more_quiet=max(0, len(quiet) - QUIET_SHOWN),
        more_loose=max(0, len(loose) - LOOSE_SHOWN),
    )


def device_rows(context: ApiContext, words: Localizer, now: int) -> list[DeviceRow]:
    """Longest silent first, then unplaced ones from the warmest, then by room and spot."""
    with context.dbs.records.read() as tx:
        places = {room.id: room for room in rooms(tx)}
        zones = timezones(tx)
        names_by_id = short_people_names(tx)
        last_touches = {device: events[0] for device, events in device_events(tx, now).items()}
    with context.dbs.journal.read() as tx:
        clocks = texts_by_device(tx, words)
    statuses = device_statuses(context.dbs, now)
    recent = context.recent.temperatures(now)
    away = silent_gateways((status.device.gateway, status.quiet) for status in statuses)

    ranked: list[tuple[tuple[float, ...], DeviceRow]] = []
    for status in statuses:
        day = partial(words.day, zone=zones.of_device(status.id))
        for probe in status.probes:
            room = places.get(probe.place.room) if probe.place else None
            row = _row(status, probe, room.name if room else "", words, now, recent, day)
            if row.quiet and row.room_id:
                causes = likely_causes(
                    status.battery, status.link, gateway_silent=status.device.gateway in away
                )
                bring = [words(ERRANDS[errand]) for errand in causes]
                row = replace(
                    row, touched=touch_text(last_touches.get(status.id), words, names_by_id, day), bring=bring
                )
            if status.id in clocks:
                row = replace(row, bring=[*row.bring, clocks[status.id]])
            if probe.replaced is not None:
                by = names_by_id.get(probe.replaced.by or 0, "")
                row = replace(
                    row, replaced=words("%(day)s换下来的", day=day(probe.replaced.at)) + _after_space(by)
                )
            ranked.append((_order(row, probe, room.sort if room else 0), row))
    return [row for _, row in sorted(ranked, key=lambda pair: pair[0])]


def touch_text(
    touch: DeviceEvent | None, words: Localizer, who: Mapping[int, str], day: Callable[[int], str]
) -> str:
    """`任师傅放的，10月2日`; empty if unknown."""
    if touch is None or touch.by not in who:
        return ""
    return words(TOUCHES[touch.what], who=who[touch.by], day=day(touch.at))


def interval_text(words: Localizer, interval: int | None) -> str:
    """`通常5分钟一次`; empty if the interval (ms) is unknown."""
    if interval is None:
        return ""
    if interval < MINUTE_MS:
        return words("通常不到1分钟一次")
    return words("通常%(long)s一次", long=words.long(round(interval / MINUTE_MS) * MINUTE_MS))


def battery_text(words: Localizer, level: float | None) -> str:
    return words("电池%(n)s%%", n=round(level)) if level is not None else ""


def due_text(words: Localizer, due_at: int | None, now: int, day: Callable[[int], str]) -> str:
    state = calibration_due(due_at, now)
    return words(DUES[state], day=day(due_at)) if due_at is not None and state in DUES else ""


def _row(
    status: DeviceStatus,
    probe: DeviceProbe,
    room: str,
    words: Localizer,
    now: int,
    recent: Mapping[int, Points],
    day: Callable[[int], str],
) -> DeviceRow:
    heard = probe.heard_at or status.heard_at
    silence = words("%(long)s没数", long=words.long(now - heard)) if heard else words("还没来过数")
    age = silence if probe.quiet else words.age(max(0, now - heard))
    warm = probe.value("temperature")
    rises = warming_k(recent.get(warm.series, ()), now) if warm else None
    placed = probe.place is not None and bool(room)
    return DeviceRow(
        key=probe_key(probe.device, probe.position),
        ident=f"p{zlib.crc32(probe_key(probe.device, probe.position).encode('utf-8', 'replace')):08x}",
        device=status.id,
        position=probe.position,
        name=status.name,
        says=[words.measured(value.metric, value.value) for value in probe.values],
        age=age,
        quiet=probe.quiet,
        battery=battery_text(words, status.battery),
        link=words(LINKS[status.link]) if status.link else "",
        room=room,
        spot=words.spot(probe.place.spot) if probe.place else "",
        room_id=probe.place.room if probe.place and placed else 0,
        due=due_text(words, probe.due_at, now, day),
        rises=None if probe.bath else rises,
        risen=words("在升温 ↑%(n)s度", n=words.figure(rises)) if rises else "",
        in_ice=probe.bath is not None,
        replaced="",
        touched="",
        bring=(),
    )


def _after_space(name: str) -> str:
    return f" {name}" if name else ""


def _order(line: DeviceRow, probe: DeviceProbe, sort: int) -> tuple[float, ...]:
    warm = probe.value("temperature")
    if line.quiet and line.room_id:
        return (0, probe.heard_at)
    if not line.room_id:
        return (1, line.quiet, -(warm.value if warm else -99.0))
    return (2, sort, line.room_id, tuple(SPOTS).index(probe.place.spot) if probe.place else 0)
