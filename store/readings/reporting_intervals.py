"""How often each device speaks: what the alert engine learned, and by which it calls a probe silent.

The one source for pages and API, whatever holds the history. Curves count their completeness by their
own window (core.readings.rollups), since what was usual last winter need not be so now.
"""

from sqlalchemy import Connection, select

from store.alerts.tables import alert_probes


def intervals(tx: Connection) -> dict[int, int]:
    """Series -> the longest usual time between two words, ms; those of which enough is known."""
    columns = alert_probes.c["series", "interval"]
    query = select(*columns).where(alert_probes.c.interval.is_not(None))
    return {row.series: row.interval for row in tx.execute(query)}
