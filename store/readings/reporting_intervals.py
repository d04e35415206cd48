"""Reporting intervals of devices, learned by the alert engine, which judges silence by them.

Pages and API use only these, whatever stores the history. Curves compute completeness from their own
window (core.readings.rollups), because an interval may have changed since.
"""

from sqlalchemy import Connection, select

from store.alerts.tables import alert_probes


def intervals(tx: Connection) -> dict[int, int]:
    """Series -> the longest usual gap between two messages (ms), for series with enough data."""
    columns = alert_probes.c["series", "interval"]
    query = select(*columns).where(alert_probes.c.interval.is_not(None))
    return {row.series: row.interval for row in tx.execute(query)}
