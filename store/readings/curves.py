"""Measurements of a device or of a room's probes, as a curve of few points."""

from sqlalchemy import select

from core.readings.manual_readings import FAMILY, device_of, manual_placement
from core.rooms.places import SPOTS, Placement, PositionClass
from store.database import Databases
from store.history import History
from store.journal.tables import series
from store.readings.curve_points import PlacementPeriod, curve
from store.readings.curve_query import Curve, CurveQuery
from store.rooms.places import placements_between


def device_curve(databases: Databases, history: History, device: str, query: CurveQuery) -> Curve:
    with databases.journal.read() as tx:
        wanted = select(series.c.id).where(series.c.device == device, series.c.metric == query.metric)
        if query.position is not None:
            wanted = wanted.where(series.c.position == query.position)
        numbers = tx.execute(wanted.order_by(series.c.id)).scalars().all()
    periods = [PlacementPeriod(number, query.start, query.end) for number in numbers]
    return curve(history, periods, query)


def room_curve(databases: Databases, history: History, room: int, query: CurveQuery) -> Curve:
    """The curve of a room's probes of one class, during their placements.

    Minimum of minima, mean of means, maximum of maxima. A moved probe counts up to that millisecond.
    Manual readings are included only if requested alone.
    """
    placements = [place for place in _placements(databases, room, query) if _is_wanted(place, query)]
    numbers = _series_of(databases, query.metric, {place.device for place in placements})
    periods = [
        PlacementPeriod(
            numbers[place.device, place.position],
            max(query.start, place.valid_from),
            query.end if place.valid_to is None else min(query.end, place.valid_to),
        )
        for place in placements
        if (place.device, place.position) in numbers
    ]
    return curve(history, periods, query)


def _placements(databases: Databases, room: int, query: CurveQuery) -> list[Placement]:
    if query.position == FAMILY:
        return by_hand(databases, room)
    with databases.records.read() as tx:
        return placements_between(tx, room, query.start, query.end)


def _is_wanted(placement: Placement, query: CurveQuery) -> bool:
    position_class = query.position_class
    if position_class is None and query.position is None:
        position_class = PositionClass.AIR
    if position_class is not None and placement.position_class != position_class:
        return False
    return query.position in (None, FAMILY) or _is_at(placement, str(query.position))


def by_hand(databases: Databases, room: int) -> list[Placement]:
    """The room's spots with manual readings, as placements."""
    device = device_of(room)
    with databases.journal.read() as tx:
        query = select(series.c.position).where(series.c.device == device).distinct()
        spots = tx.execute(query.order_by(series.c.position)).scalars().all()
    return [place for spot in spots if (place := manual_placement(device, spot))]


def _is_at(placement: Placement, position: str) -> bool:
    if position in SPOTS:
        return placement.spot == position
    return position in (
        placement.device,
        placement.position,
        f"{placement.device}/{placement.position}",
    )


def _series_of(databases: Databases, metric: str, devices: set[str]) -> dict[tuple[str, str], int]:
    with databases.journal.read() as tx:
        query = select(*series.c["device", "position", "id"])
        rows = tx.execute(query.where(series.c.metric == metric, series.c.device.in_(sorted(devices))))
        return {(row.device, row.position): row.id for row in rows}
