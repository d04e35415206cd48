"""What people did with a device, and when."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from store.devices.tables import device_names, ice_baths, probe_removals
from store.readings.tables import calibrations
from store.rooms.tables import placements


class DeviceEvent(NamedTuple):
    """`what`: placed, taken, replaced, put_for_another, calibrated, named. `by` is a person's id."""

    at: int
    what: str
    by: int


def device_events(tx: Connection, now: int, device: str | None = None) -> dict[str, list[DeviceEvent]]:
    """Device -> events, latest first; events without a person are left out."""
    events: dict[str, list[DeviceEvent]] = {}

    def add(name: str, at: int, what: str, by: int | None) -> None:
        if by is not None and at <= now and device in (None, name):
            events.setdefault(name, []).append(DeviceEvent(at, what, by))

    for row in tx.execute(select(*placements.c["device", "valid_from", "by"])):
        add(row.device, row.valid_from, "placed", row.by)
    for row in tx.execute(select(*probe_removals.c["device", "new_device", "at", "by"])):
        add(row.device, row.at, "replaced" if row.new_device else "taken", row.by)
        if row.new_device:
            add(row.new_device, row.at, "put_for_another", row.by)
    for row in tx.execute(select(*calibrations.c["device", "recorded_at", "by"])):
        add(row.device, row.recorded_at, "calibrated", row.by)
    for row in tx.execute(select(*ice_baths.c["device", "started_at", "by"])):
        add(row.device, row.started_at, "calibrated", row.by)
    for row in tx.execute(select(*device_names.c["device", "at", "by"])):
        add(row.device, row.at, "named", row.by)
    order = {"put_for_another": 1}  # sorts before "placed" of the same time, which says less
    for of_device in events.values():
        of_device.sort(key=lambda touch: (-touch.at, -order.get(touch.what, 0)))
    return events
