"""Forgets devices that were made up: the device, its series, its latest values, and what was learned of it.

Its series are deleted and their ids never given again (docs/decisions/0020-epochs.md), so its points in
the history belong to nobody and go with the history's age. The listener reads `forgotten_devices` in the
transaction of its next batch.
"""

import time
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, bindparam, delete, func, select

from core.devices.forgetting import DeviceSelection, DeviceTie, ForgetPlan, KnownDevice, forget_plan
from core.errors import Refused
from core.readings.manual_readings import is_manual_device
from store import changes
from store.alerts.tables import alert_probes, alerts
from store.database import Databases
from store.decoding.rules import stored_rules
from store.devices import forgotten_devices
from store.devices.tables import (
    clock_offsets,
    credentials,
    device_names,
    devices,
    ice_baths,
    probe_removals,
    usual_ages,
)
from store.journal.tables import latest, series
from store.readings.tables import calibrations, jump_windows, suspect_periods
from store.rooms.tables import placements

DEVICES_AT_ONCE, SERIES_AT_ONCE = 200, 2_000
"""One transaction, some 50 ms."""
_OF_SERIES = (latest, suspect_periods, jump_windows)
_OF_DEVICE = (clock_offsets.c.device, usual_ages.c.device, series.c.device, devices.c.id)


def plan(dbs: Databases, selection: DeviceSelection) -> ForgetPlan:
    """What would be forgotten, by id. Refused: no condition, a name that does not exist."""
    selection.checked()
    with dbs.records.read() as records, dbs.journal.read() as journal:
        listed = _known_devices(journal)
        missing = selection.names - {device.id for device in listed}
        if missing:
            raise Refused("unknown_device", "没有这个设备：%(device)s", device="、".join(sorted(missing)))
        return forget_plan(listed, _ties(records, journal), selection)


def forget(
    dbs: Databases,
    selection: DeviceSelection,
    now: Callable[[], int],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    for_s: float | None = None,
) -> tuple[int, int]:
    """Forgets what `plan` lists, in batches of one transaction each, for at most `for_s` seconds. Returns
    how many were forgotten, and how many are left. After a kill the rest is still there."""
    todo = plan(dbs, selection).forget
    done, end = 0, None if for_s is None else time.monotonic() + for_s
    for batch in _batches(todo):
        if end is not None and done and time.monotonic() >= end:
            break
        _forget_batch(dbs, selection, [device.id for device in batch], now())
        done += len(batch)
        progress(done, len(todo))
    return done, len(todo) - done


def _batches(todo: Sequence[KnownDevice]) -> Iterator[list[KnownDevice]]:
    batch: list[KnownDevice] = []
    count = 0
    for device in todo:
        if batch and (len(batch) >= DEVICES_AT_ONCE or count + device.series > SERIES_AT_ONCE):
            yield batch
            batch, count = [], 0
        batch.append(device)
        count += device.series
    if batch:
        yield batch


def _forget_batch(dbs: Databases, selection: DeviceSelection, batch: list[str], now: int) -> None:
    """The records stay locked meanwhile, so that nobody places a device that goes. The journal is committed
    first: what a kill leaves in the records is a name without a device."""
    with dbs.records.write() as records:
        with dbs.journal.write() as journal:
            ties = _ties(records, journal)
            by_id = {device.id: device for device in _known_devices(journal, batch)}
            names = list(
                by_id.keys()
                - {name for name, tie in ties.items() if name in by_id and selection.keeps(by_id[name], tie)}
            )
            if not names:
                return
            numbers = _delete(journal, names)
            forgotten_devices.add(journal, names, now)
        records.execute(delete(device_names).where(device_names.c.device.in_(names)))
        if numbers:
            wanted = delete(alert_probes).where(alert_probes.c.series == bindparam("number"))
            records.execute(wanted, [{"number": number} for number in numbers])
        changes.note(records, "device", names[0], now)


def _delete(tx: Connection, names: list[str]) -> list[int]:
    """Returns the ids of their series."""
    numbers = list(tx.execute(select(series.c.id).where(series.c.device.in_(names))).scalars())
    for table in _OF_SERIES:
        tx.execute(
            delete(table).where(table.c.series.in_(select(series.c.id).where(series.c.device.in_(names))))
        )
    for column in _OF_DEVICE:
        tx.execute(delete(column.table).where(column.in_(names)))
    return numbers


def _known_devices(tx: Connection, only: Sequence[str] | None = None) -> list[KnownDevice]:
    """Devices and owners of series, by id; no manual readings."""
    count, heard = func.count(series.c.id), func.max(latest.c.received_at)
    of_series = select(series.c.device, count, heard).outerjoin(latest, latest.c.series == series.c.id)
    listed = select(devices.c.id, devices.c.login, devices.c.last_seen)
    if only is not None:
        of_series, listed = of_series.where(series.c.device.in_(only)), listed.where(devices.c.id.in_(only))
    by_id = {row.id: KnownDevice(row.id, row.login, row.last_seen, 0) for row in tx.execute(listed)}
    for ident, number, heard_at in tx.execute(of_series.group_by(series.c.device)):
        before = by_id.get(ident, KnownDevice(ident, "", 0, 0))
        by_id[ident] = before._replace(series=number, heard_at=max(before.heard_at, heard_at or 0))
    return [by_id[ident] for ident in sorted(by_id) if not is_manual_device(ident)]


def _ties(records: Connection, journal: Connection) -> dict[str, DeviceTie]:
    """The strongest tie of each device that has one."""
    alerting = list(records.execute(select(alerts.c.series).where(alerts.c.series != 0).distinct()).scalars())
    alerted = select(series.c.device).where(series.c.id.in_(alerting))
    sources = [
        (DeviceTie.LOGIN, records, select(credentials.c.name).where(credentials.c.revoked_at.is_(None))),
        (DeviceTie.NAMED, records, select(device_names.c.device)),
        (DeviceTie.ALERT, journal, alerted),
        (DeviceTie.REPLACED, records, select(probe_removals.c.device)),
        (DeviceTie.REPLACED, records, select(probe_removals.c.new_device)),
        (DeviceTie.CALIBRATED, records, select(ice_baths.c.device)),
        (DeviceTie.CALIBRATED, records, select(calibrations.c.device)),
        (DeviceTie.PLACED, records, select(placements.c.device)),
    ]
    ties: dict[str, DeviceTie] = {}
    for tie, tx, query in sources:
        ties |= dict.fromkeys((name for name in tx.execute(query.distinct()).scalars() if name), tie)
    for stored in stored_rules(records):
        if stored.rule is not None:
            ties |= {name: DeviceTie.RULE for name in stored.rule.device if name not in ties}
    return ties
