"""Devices whose latest reading came so late that it says nothing about now."""

from sqlalchemy import Connection, func, select

from core.readings.readings import Flag
from store.journal.tables import latest, series

_IS_LATE = latest.c.flags.op("&")(int(Flag.LATE)) != 0


def late_arrivals(tx: Connection) -> dict[str, int]:
    """Device -> age (ms) of its latest reading when it arrived; only where that reading is late."""
    age, arrival = func.min(latest.c.received_at - latest.c.at), func.max(latest.c.received_at)
    joined = select(series.c.device, age, arrival).join(series, series.c.id == latest.c.series)
    of_late = {row[0]: row for row in tx.execute(joined.where(_IS_LATE).group_by(series.c.device))}
    if not of_late:
        return {}
    current = joined.where(~_IS_LATE, series.c.device.in_(list(of_late))).group_by(series.c.device)
    heard_at = {device: at for device, _, at in tx.execute(current)}
    return {
        device: int(age_ms)
        for device, age_ms, arrived_at in of_late.values()
        if heard_at.get(device, 0) < arrived_at
    }
