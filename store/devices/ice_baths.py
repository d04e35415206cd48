"""冰水校准 (ice-point calibration): which probes are in ice water, and the result.

Meanwhile a probe has no placement: its values belong to no room, raise no alert and are in no curve. The
placement returns 10 minutes after the probe was taken out, or 1 hour after it was put in if it is
forgotten.
"""

from typing import NamedTuple

from sqlalchemy import Connection, insert, update

from core.devices.ice_bath import zero_offset
from core.readings.calibrations import (
    BACK_AFTER,
    ICE_OVER_AFTER,
    LASTS,
    IceSettling,
    Method,
    NewCalibration,
)
from core.rooms.places import Placement
from store import changes
from store.columns import columns
from store.devices.tables import ice_baths as table
from store.readings.calibrations import calibrate
from store.rooms.places import pause_placement, placement_of_probe

METRIC = "temperature"


class IceBath(NamedTuple):
    id: int
    device: str
    position: str
    started_at: int
    ended_at: int | None
    by: int | None


_BATH = columns(table, IceBath)


def in_ice(tx: Connection, now: int) -> list[IceBath]:
    """Probes in ice water now, oldest bath first."""
    query = _BATH.select().where(table.c.ended_at.is_(None), table.c.started_at > now - ICE_OVER_AFTER)
    return _BATH.all(tx, query.order_by(table.c.started_at, table.c.id))


def put_in(tx: Connection, now: int, device: str, position: str, by: int | None) -> None:
    """Starts a bath. A repeated call changes nothing."""
    if _bath(tx, now, device, position) is not None:
        return
    values = {"device": device, "position": position, "started_at": now, "by": by}
    made = tx.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    stood = placement_of_probe(tx, device, position)
    if stood is not None:
        pause_placement(tx, now, device, position, stood, now + ICE_OVER_AFTER, by)
    changes.note(tx, "calibration", f"bath {made}", now)


def write_zero(
    tx: Connection, now: int, device: str, position: str, settled: IceSettling, by: int | None
) -> int:
    """记为0度: calibrates the probe from this hour on by its value in the ice. Returns the calibration's id.

    Refused if the probe is not in ice water, is not near 0 °C, or its value still changes.
    """
    offset = zero_offset(settled, in_ice=_bath(tx, now, device, position) is not None)
    made = calibrate(
        tx,
        now,
        NewCalibration(
            device=device,
            position=position,
            metric=METRIC,
            offset=offset,
            method=Method.ICE,
            by=by,
            due_at=now + LASTS,
            reference=0.0,
            measured=settled.value,
        ),
    )
    take_out(tx, now, device, position, by)
    return made


def take_out(tx: Connection, now: int, device: str, position: str, by: int | None) -> Placement | None:
    """Ends the bath. The placement returns in 10 minutes. Returns it; None if the probe has none."""
    bath = _bath(tx, now, device, position)
    stood = placement_of_probe(tx, device, position)
    if bath is None:
        return stood
    tx.execute(update(table).where(table.c.id == bath.id).values(ended_at=now))
    changes.note(tx, "calibration", f"bath {bath.id}", now)
    if stood is not None and stood.valid_from > now:
        pause_placement(tx, now, device, position, stood, now + BACK_AFTER, by)
    return stood


def _bath(tx: Connection, now: int, device: str, position: str) -> IceBath | None:
    same_probe = (bath for bath in in_ice(tx, now) if (bath.device, bath.position) == (device, position))
    return next(same_probe, None)
