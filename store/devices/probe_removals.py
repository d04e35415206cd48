"""Removed and replaced probes; their readings stay with the room."""

from typing import NamedTuple

from sqlalchemy import Connection, insert

from core.devices.probe_replacement import Probe, placement_to_take
from core.rooms.places import NewPlacement, Placement
from store import changes
from store.columns import columns
from store.devices.tables import probe_removals as table
from store.rooms.places import end_placement, place, placement_of_probe


class ProbeRemoval(NamedTuple):
    """`new_device` replaced the probe; None if it was only removed."""

    id: int
    device: str
    position: str
    room: int
    spot: str
    new_device: str | None
    new_position: str | None
    at: int
    by: int | None


_REMOVAL = columns(table, ProbeRemoval)


def probe_removals(tx: Connection, device: str | None = None) -> list[ProbeRemoval]:
    """Newest first; of one device (old or new) or of all."""
    query = _REMOVAL.select().order_by(table.c.at.desc(), table.c.id.desc())
    if device is not None:
        query = query.where((table.c.device == device) | (table.c.new_device == device))
    return _REMOVAL.all(tx, query)


def take_away(tx: Connection, now: int, device: str, position: str, by: int | None) -> Placement | None:
    """拿走: ends the probe's placement and returns it. None if it had none."""
    before = placement_of_probe(tx, device, position)
    if before is not None:
        end_placement(tx, now, device, position, now)
        _note(tx, now, before, None, by)
    return before


def replace(
    tx: Connection, now: int, device: str, position: str, new_device: str, new_position: str, by: int | None
) -> Placement:
    """换探头: the new probe takes the old one's placement, so the room's curve, limits and alerts go on.
    Calibrations stay with their hardware. Returns the old placement.

    Refused: not_placed (the old probe), itself, placed (the new probe has a placement).
    """
    old, new = Probe(device, position), Probe(new_device, new_position)
    before = placement_to_take(old, new, placement_of_probe(tx, *old), placement_of_probe(tx, *new))
    end_placement(tx, now, device, position, now)
    place(
        tx,
        now,
        NewPlacement(device=new_device, position=new_position, room=before.room, spot=before.spot, by=by),
    )
    _note(tx, now, before, new, by)
    return before


def retired(tx: Connection) -> dict[tuple[str, str], ProbeRemoval]:
    """Replaced probes without a new placement: (device, position) -> removal."""
    last: dict[tuple[str, str], ProbeRemoval] = {}
    for removal in reversed(probe_removals(tx)):
        last[removal.device, removal.position] = removal
    return {
        probe: removal
        for probe, removal in last.items()
        if removal.new_device is not None and placement_of_probe(tx, *probe) is None
    }


def _note(tx: Connection, now: int, before: Placement, new: tuple[str, str] | None, by: int | None) -> None:
    values = {"device": before.device, "position": before.position, "room": before.room}
    values |= {"spot": before.spot, "at": now, "by": by}
    if new is not None:
        values |= {"new_device": new[0], "new_position": new[1]}
    made = tx.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    changes.note(tx, "removal", made, now)
