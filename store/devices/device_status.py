"""The current state of every device: values, online or not, placements of its probes, what is due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.alerts.reporting_interval import quiet_after
from core.devices.signal_quality import SignalQuality, signal_quality
from core.metrics import METRICS
from core.readings.manual_readings import is_manual_device
from core.readings.readings import Flag
from core.rooms.places import Placement
from store.database import Databases
from store.devices.device_names import names
from store.devices.devices import Device, devices
from store.devices.ice_baths import IceBath, in_ice
from store.devices.probe_removals import ProbeRemoval, retired
from store.journal.latest import LatestValue, latest_values
from store.readings.calibrations import calibrations, corrections, due_of
from store.readings.reporting_intervals import intervals
from store.rooms.places import placements

LISTED = tuple(metric for metric, row in METRICS.items() if row.sends or row.on_off is not None)
_TIME_UNKNOWN = int(Flag.TIME_UNKNOWN)
ProbeKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DeviceProbe:
    """One probe of a device. `place`: its placement, or the one that begins after its ice bath. `quiet`:
    the probe is silent, even if its device is not."""

    device: str
    position: str
    values: Sequence[LatestValue]
    place: Placement | None
    bath: IceBath | None
    replaced: ProbeRemoval | None
    calibrated: bool
    due_at: int | None
    heard_at: int
    quiet: bool

    def value(self, metric: str) -> LatestValue | None:
        return next((value for value in self.values if value.metric == metric), None)


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """`name`: given by people, else the device's own. `interval` (ms) is learned by the alert engine.
    `heard_at`: time of the last message (0: never). `online` is None if unknown."""

    device: Device
    name: str
    interval: int | None
    heard_at: int
    quiet: bool
    says_offline: bool
    online: bool | None
    battery: float | None
    link: SignalQuality | None
    probes: Sequence[DeviceProbe]

    @property
    def id(self) -> str:
        return self.device.id

    @property
    def due_at(self) -> int | None:
        return min((probe.due_at for probe in self.probes if probe.due_at is not None), default=None)


def device_statuses(dbs: Databases, now: int) -> list[DeviceStatus]:
    """All devices, by id."""
    with dbs.records.read() as tx:
        standing = {(p.device, p.position): p for p in placements(tx)}
        steps = corrections(tx)
        learned = intervals(tx)
        called = names(tx)
        baths = {(bath.device, bath.position): bath for bath in in_ice(tx, now)}
        gone = retired(tx)
        certified = calibrations(tx)
    with dbs.journal.read() as tx:
        device_by_id = {device.id: device for device in devices(tx)}
        values = latest_values(tx, steps)
    of_device: dict[str, list[LatestValue]] = {}
    for value in values:
        if not is_manual_device(value.device):
            of_device.setdefault(value.device, []).append(value)
    for ident in sorted({*of_device, *(device for device, _ in standing)} - device_by_id.keys()):
        device_by_id[ident] = Device(ident, "", 0, 0, None, None)  # placed before its first message
    placed: dict[str, set[str]] = {}
    for device_name, position in standing:
        placed.setdefault(device_name, set()).add(position)
    calibrated = {(calibration.device, calibration.position) for calibration in certified}
    marks = _Marks(standing, placed, baths, gone, calibrated, due_of(certified))
    return [
        _device_status(
            device,
            of_device.get(device.id, []),
            called[device.id].name if device.id in called else device.name or device.id,
            learned,
            marks,
            now,
        )
        for _, device in sorted(device_by_id.items())
    ]


class _Marks(NamedTuple):
    """Placements, ice baths, removals and calibrations of probes."""

    standing: Mapping[ProbeKey, Placement]
    placed: Mapping[str, set[str]]
    baths: Mapping[ProbeKey, IceBath]
    gone: Mapping[ProbeKey, ProbeRemoval]
    calibrated: set[ProbeKey]
    due: Mapping[ProbeKey, int | None]


def _device_status(
    device: Device,
    values: Sequence[LatestValue],
    name: str,
    learned: Mapping[int, int],
    marks: _Marks,
    now: int,
) -> DeviceStatus:
    heard = max(_heard(values), device.last_seen)
    interval = min((learned[value.series] for value in values if value.series in learned), default=None)
    says_offline = device.online is False and (device.online_at or 0) >= heard
    quiet = says_offline or now - heard >= quiet_after(interval)
    value_by_metric = {value.metric: value.value for value in values}
    is_knowable = interval is not None or device.online is not None
    return DeviceStatus(
        device=device,
        name=name,
        interval=interval,
        heard_at=heard,
        quiet=quiet,
        says_offline=says_offline,
        online=False if quiet else True if is_knowable else None,
        battery=value_by_metric.get("battery"),
        link=signal_quality(device.family, value_by_metric.get("signal"), value_by_metric.get("linkquality")),
        probes=_probes(device.id, values, learned, interval, marks, now, silent=quiet),
    )


def _heard(values: Iterable[LatestValue]) -> int:
    """Arrival time of the latest value, 0 if unknown."""
    return max((value.received_at for value in values if not value.flags & _TIME_UNKNOWN), default=0)


def _probes(
    device: str,
    values: Sequence[LatestValue],
    learned: Mapping[int, int],
    interval: int | None,
    marks: _Marks,
    now: int,
    *,
    silent: bool,
) -> list[DeviceProbe]:
    """The probes that measure a room metric, and the placed ones that have sent nothing."""
    measuring = {value.position for value in values if value.metric in LISTED}
    placed = marks.placed.get(device, set())
    probes = []
    for position in sorted(measuring | placed):
        room_values = sorted(
            (value for value in values if value.position == position and value.metric in LISTED),
            key=lambda value: LISTED.index(value.metric),
        )
        key, heard = (device, position), _heard([value for value in values if value.position == position])
        own = min(
            (learned[value.series] for value in room_values if value.series in learned), default=interval
        )
        probes.append(
            DeviceProbe(
                device=device,
                position=position,
                values=room_values,
                place=marks.standing.get(key),
                bath=marks.baths.get(key),
                replaced=marks.gone.get(key),
                calibrated=key in marks.calibrated,
                due_at=marks.due.get(key),
                heard_at=heard,
                quiet=silent or now - heard >= quiet_after(own),
            )
        )
    return probes
